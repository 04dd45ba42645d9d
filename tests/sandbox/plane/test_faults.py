# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions that are broken on purpose: cut off, slow, in error; and the commands that do it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from sandbox import Sandbox
from sandbox.api import ControlError
from sandbox.outages import Outages
from sandbox.process import Daemon, Options
from tests.sandbox.plane.stacks import Stack, processes
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def stack(plane: Sandbox) -> Stack:
    return Stack(plane).set_up().serve()


def fails(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ConnectionClosedError:
        return True
    return False


def test_a_region_that_is_cut_off_answers_nothing_at_all(stack: Stack) -> None:
    aws = stack.aws
    (node, _other) = stack.nodes()
    tasks = processes(aws)
    aws.break_region(stack.region)
    with pytest.raises(ConnectionClosedError):
        stack.tasks()
    with pytest.raises(ConnectionClosedError):
        aws.client("sts", region=stack.region).get_caller_identity()
    # Other regions and the services without a region go on.
    assert aws.client("ec2", region="us-east-1").describe_vpcs()["Vpcs"]
    assert aws.client("route53", account="management", region="us-east-1").list_hosted_zones()["HostedZones"]
    assert aws.client("iam").list_roles()
    aws.heal_region(stack.region)
    assert len(stack.nodes()) == 2
    # What is cut off goes on inside.
    assert processes(aws) == tasks
    assert stack.states() == ["healthy", "healthy"]
    assert node in stack.nodes()


def test_the_load_balancers_of_a_region_that_is_cut_off_drop_packets(stack: Stack) -> None:
    nodes = stack.nodes()
    stack.nodes = lambda: nodes  # type: ignore[method-assign]  # the API does not tell them now
    stack.aws.break_region(stack.region, "cut")
    eventually(lambda: [stack.get(node=node, seconds=0.3).status for node in (0, 1)], lambda found: found == [-1, -1])
    stack.aws.heal_region()
    eventually(lambda: [stack.get(node=node, seconds=1).status for node in (0, 1)], lambda found: found == [200, 200])


def test_a_region_in_error_answers_503_and_its_api_works(stack: Stack) -> None:
    stack.aws.break_region(stack.region, "error")
    answer = stack.get()
    assert (answer.status, answer.headers["server"]) == (503, "awselb/2.0")
    assert stack.states() == ["healthy", "healthy"]
    stack.aws.heal_region(stack.region)
    assert stack.get().status == 200


def test_a_slow_region_answers_later(stack: Stack) -> None:
    # However fast time goes, it is two seconds late.
    stack.aws.break_region(stack.region, "slow")
    assert stack.get(seconds=0.1).status == -1
    assert stack.get(seconds=30).status == 200


def test_services_without_a_region_are_broken_apart(plane: Sandbox) -> None:
    plane.break_region("global")
    assert fails(lambda: plane.client("route53").list_hosted_zones())
    assert fails(lambda: plane.client("iam").list_roles())
    assert plane.client("ec2").describe_vpcs()["Vpcs"]
    plane.heal_region("global")
    assert plane.client("iam").list_roles()


def test_a_reset_heals(plane: Sandbox) -> None:
    plane.break_region("eu-west-1")
    plane.break_region("us-east-1", "slow")
    assert plane.api.get("regions")["broken"] == {"eu-west-1": "cut", "us-east-1": "slow"}
    plane.reset()
    assert plane.api.get("regions")["broken"] == {}


@pytest.mark.parametrize(("region", "how"), [("us-east-1", "burn"), ("us-east", "cut"), ("", "cut")])
def test_what_cannot_be_broken_is_named(plane: Sandbox, region: str, how: str) -> None:
    with pytest.raises(ControlError, match=re.escape(repr(how if how == "burn" else region))):
        plane.break_region(region, how)
    assert plane.api.get("regions")["broken"] == {}


def test_outages() -> None:
    outages = Outages(speed=10)
    outages.begin("us-east-1", "slow")
    outages.begin("us-west-1", "cut")
    assert (outages.of("us-east-1"), outages.of("us-west-1"), outages.of("eu-west-1")) == ("slow", "cut", None)
    assert (outages.late("us-east-1"), outages.late("us-west-1")) == (2.0, 0.0)
    assert Outages(speed=1, _broken=outages.all()).late("us-east-1") == 3.0
    assert (outages.place("route53", "us-east-1"), outages.place("ecs", "us-east-1")) == ("global", "us-east-1")
    outages.begin("us-east-1", "error")
    outages.end("us-west-1")
    outages.end("eu-west-1")
    assert outages.all() == {"us-east-1": "error"}
    outages.end()
    assert outages.all() == {}


@pytest.mark.exhaustive
def test_break_heal_and_status_on_the_command_line(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "sandbox", "--folder", str(tmp_path), *arguments]
        return subprocess.run(line, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)

    for command in (("break", "us-east-1"), ("heal",), ("env",)):
        refused = run(*command)
        assert (refused.returncode, "not running" in refused.stderr) == (1, True)
    daemon = Daemon(tmp_path)
    try:
        process, _started = daemon.up(Options(ttl=300, speed=20, plane=True))
        aws = Sandbox.at(process.url, process.token)
        nodes = Stack(aws).set_up().nodes()
        assert run("break", "us-east-1", "us-west-1", "--how", "slow").returncode == 0
        assert aws.api.get("regions")["broken"] == {"us-east-1": "slow", "us-west-1": "slow"}
        status = run("status").stdout
        assert "Broken: us-east-1 (slow)" in status
        assert " ".join(nodes) in status
        assert aws.network()["EVERLOOK_FAILOVER_RESOLVER"] in status
        assert run("heal", "us-east-1").returncode == 0
        assert aws.api.get("regions")["broken"] == {"us-west-1": "slow"}
        assert run("heal").returncode == 0
        assert "Broken" not in run("status").stdout
        unknown = run("break", "nowhere")
        assert (unknown.returncode, "'nowhere'" in unknown.stderr, "Traceback" in unknown.stderr) == (1, True, False)
        exported = dict(re.findall(r"export (EVERLOOK_\w+)=(\S+)", run("env").stdout))
        assert exported == aws.network()
    finally:
        daemon.down()


@pytest.mark.exhaustive
def test_without_the_data_plane_there_is_no_resolver_to_point_at(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    try:
        process, _started = daemon.up(Options(ttl=300))
        aws = Sandbox.at(process.url, process.token)
        assert aws.network() == {}
        others = {name: value for name, value in aws.credentials().items() if not name.startswith("AWS_")}
        assert others == {"EVERLOOK_FAILOVER_RESOLVER": "none"}, "what is only local asks nobody else"
        # The API of a region can be cut off all the same.
        aws.break_region("us-east-1")
        assert fails(lambda: aws.client("ec2").describe_vpcs())
    finally:
        daemon.down()
