# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on two machines at once: one changes the environment, the other one says who does."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from sandbox import Sandbox
from tests.playbooks import machine, start

from .conftest import Outcome, Playbooks, in_processes_of_their_own
from .test_policies import policy
from .test_site import WEST

pytestmark = pytest.mark.timeout(600)

NAME = "/everlook.failover/hello/dev/lease"
# The smallest part of a deployment that writes
ZONE = ("--tags", "route53_zone", "--skip-tags", "route53_failover")


def lease(aws: Sandbox) -> dict[str, t.Any]:
    """In the region of the lowest priority."""
    answer = aws.client("ssm", region="us-west-1").get_parameter(Name=NAME)
    found: dict[str, t.Any] = json.loads(answer["Parameter"]["Value"])
    return found


def hold(aws: Sandbox, version: int = 1) -> None:
    """As a run on a machine that cannot be seen from here."""
    held = {"version": version, "run": "0a1b2c3d", "holder": "drill.yml, process 7 of anna on far", "place": "far"}
    value = json.dumps({**held, "pid": 7, "since": 0})
    aws.client("ssm", region="us-west-1").put_parameter(Name=NAME, Value=value, Type="String", Overwrite=True)


def assert_kept_out(outcome: Outcome, holder: str) -> None:
    assert outcome.rc != 0
    assert outcome.writes == []
    assert f"hello in dev is being changed by {holder}" in outcome.flat()


def test_of_two_first_runs_at_once_one_refuses(
    playbooks: Playbooks, aws: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # ansible-core 2.21 has a socket there, whose path may have 107 characters.
    other = tmp_path_factory.mktemp("other")
    with aws.hold(operation="CreateHostedZone") as held:
        # It has its lease and has made its zone, of which it does not know yet.
        first = start(playbooks, playbooks.command("site", *ZONE), **machine(other))
        try:
            reached = held.wait(60)
            second = playbooks.run("site", *ZONE)
        finally:
            held.release()
            text, _nothing = first.communicate(timeout=300)
    assert (reached, first.returncode) == (True, 0), text
    assert_kept_out(second, f"site.yml, process {first.pid} of ")
    assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", second.flat())
    # It was given back, and a run with nothing to do does not ask.
    assert lease(aws)["run"] == ""
    assert "could not be released" not in text
    again = playbooks.ok("site", *ZONE)
    assert [record for record in again.calls if record.service == "ssm"] == []


def test_a_lease_that_cannot_be_released_is_told(playbooks: Playbooks, aws: Sandbox) -> None:
    """Otherwise whoever comes next, on another machine, is refused without a reason that can be seen here."""
    aws.fail("ThrottlingException", "Rate exceeded", operation="PutParameter", nth=2, count=0)
    told = playbooks.ok("site", *ZONE).flat()
    run = lease(aws)["run"]
    assert "the lease of hello in dev in us-west-1 could not be released: PutParameter in us-west-1: Throttl" in told
    assert f"runs on other machines need -e break_lease={run}." in told


@pytest.mark.exhaustive
def test_who_is_kept_out_can_break_it(playbooks: Playbooks, aws: Sandbox) -> None:
    one = playbooks.inventory(regions={"us-west-1": WEST})
    hold(aws)
    kept_out = playbooks.run("site", *ZONE, inventory=one)
    assert_kept_out(kept_out, "drill.yml, process 7 of anna on far, since 1970-01-01")
    assert playbooks.ok("site", "--check", *ZONE, inventory=one).writes == []
    broken = playbooks.ok("site", "-e", "break_lease=0a1b2c3d", *ZONE, inventory=one)
    assert broken.writes[0] == "PutParameter"
    assert (lease(aws)["run"], lease(aws)["version"]) == ("", 3)
    # Without an answer, the run names what stays of an environment that is gone.
    aws.fail("AccessDeniedException", operation="DeleteParameter", count=1)
    told = playbooks.ok("destroy", "-e", "confirm=dev", inventory=one).flat()
    assert f"the lease {NAME} stays in us-west-1: DeleteParameter in us-west-1: AccessDeniedException" in told
    assert lease(aws)["version"] > 3
    # Otherwise nothing stays, also if AWS is busy.
    playbooks.ok("site", *ZONE, inventory=one)
    aws.fail("ThrottlingException", operation="GetParameter", count=2)  # so the run goes on without its lease
    aws.fail("ThrottlingException", operation="DeleteParameter", count=3)
    playbooks.ok("destroy", "-e", "confirm=dev", inventory=one)
    with pytest.raises(Exception, match="ParameterNotFound"):
        lease(aws)


@pytest.mark.parametrize("problem", ["refused", "down"])
def test_a_run_without_its_lease_goes_on(playbooks: Playbooks, aws: Sandbox, problem: str) -> None:
    if problem == "refused":
        site = policy("site")
        site["Statement"] = [item for item in site["Statement"] if item["Sid"] != "Lease"]
        aws.restrict("dev", policy("read"), site, policy("network"))
    else:
        aws.cut(after=False, service="ssm", count=100)
    outcome = playbooks.ok("site", *ZONE)
    assert "CreateHostedZone" in outcome.writes
    assert outcome.flat().count("hello in dev has no lease in us-west-1: ") == 1


@pytest.mark.exhaustive
def test_a_module_in_a_process_of_its_own_has_the_lease_of_its_run(playbooks: Playbooks, aws: Sandbox) -> None:
    hold(aws)
    alone = in_processes_of_their_own("route53_zone")
    assert_kept_out(playbooks.run("site", *ZONE, *alone), "drill.yml")
    playbooks.ok("site", "-e", "break_lease=0a1b2c3d", *ZONE, *alone)
    assert (lease(aws)["run"], lease(aws)["version"]) == ("", 3)
