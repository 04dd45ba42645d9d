# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others write in AWS's answers reaches the terminal, and moves no cursor and forges no line there."""

from __future__ import annotations

import typing as t

import pytest

from sandbox import Sandbox
from tests.control_characters import found_in
from tests.integration.hostile_aws import FORGED, proxy

from .conftest import Outcome, Playbooks, in_processes_of_their_own

pytestmark = pytest.mark.timeout(900)

_REGIONS: t.Final = {"us-east-1": {"failover_priority": 1, "vpc_cidr": "10.10.0.0/16"}}


def assert_harmless(outcome: Outcome, *words: str) -> None:
    for word in words:
        assert word in outcome.text
    assert found_in(outcome.text, but="\n") == []
    # What YAML has wrapped is indented.
    assert [line for line in outcome.text.splitlines() if line.startswith(FORGED)] == []


@pytest.fixture
def hostile(playbooks: Playbooks, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Playbooks]:
    """Playbooks whose AWS is behind a proxy that spoils its answers."""
    with proxy(playbooks.aws.url) as url:
        environment = {**playbooks.environment(), "AWS_ENDPOINT_URL": url}
        monkeypatch.setattr(Playbooks, "environment", lambda _self, _account="dev": environment)
        yield playbooks


@pytest.mark.parametrize(
    "in_worker", [True, pytest.param(False, marks=pytest.mark.exhaustive)], ids=["worker", "module"]
)
def test_a_failed_rollout_and_a_refused_call_leave_the_terminal_alone(
    hostile: Playbooks, aws: Sandbox, in_worker: bool
) -> None:
    host = () if in_worker else in_processes_of_their_own("ecs_service")
    inventory = hostile.inventory(regions=_REGIONS, app_image="nginx:broken")
    first = hostile.run("site", "-v", *host, inventory=inventory)
    # Stopped reasons, events, and the rollout's own reason
    assert_harmless(first, "Last events", r"\x1b", r"\u202e", FORGED)
    assert first.failed["us-east-1"]
    with aws.fail("UnsupportedOperation", "said so", operation="DescribeTargetGroups", count=1000):
        refused = hostile.run("site", "-vvv", *host, inventory=inventory)
    assert_harmless(refused, "said so", r"\x9b", r"\u2066", FORGED)
    assert refused.rc != 0
