# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of a service that may have two target groups, whichever has the requests."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import DNS, Owner
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.load_balancer_calls import (
    read_service_targets,
)
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.targets import Targets
from tests.unit.ecs_service.script import REGION, Script, context, error

OWNER = Owner(stack="shop", environment="dev", component=DNS)
GROUPS = {"TargetGroups": [{"TargetGroupArn": "arn"}]}
NONE = error("TargetGroupNotFound")
UP, NEW, ILL = "healthy", "initial", "unhealthy"


def health(*states: str) -> dict[str, t.Any]:
    return {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in states]}


def read(script: Script) -> Targets:
    return read_service_targets(context(script), REGION, OWNER, ["web"])


@pytest.mark.parametrize(
    ("first", "second", "healthy", "ready"),
    [
        ((), (UP, UP), 2, True),
        ((NEW, NEW), (UP, UP), 2, True),
        ((UP, NEW), (UP, UP), 3, True),
        ((ILL, ILL), (), 0, False),
        ((), (ILL,), 0, False),
        ((), (), 0, False),
    ],
)
def test_those_of_both_groups_are_those_of_the_service(
    first: tuple[str, ...], second: tuple[str, ...], healthy: int, ready: bool
) -> None:
    script = Script(describe_target_groups=GROUPS, describe_target_health=(health(*first), health(*second)))
    found = read(script)
    assert (found.healthy, not found.unready(), len(found.states)) == (healthy, ready, len(first) + len(second))
    assert [request["Names"] for request in script.of("describe_target_groups")] == [
        ["shop-dev-web"],
        ["shop-dev-web-alternate"],
    ]


def test_a_group_that_is_well_is_all_that_is_asked_for() -> None:
    script = Script(describe_target_groups=GROUPS, describe_target_health=health(UP, UP))
    assert read(script).healthy == 2
    assert script.names == ["describe_target_groups", "describe_target_health"]


def test_a_service_may_have_one_group_or_none() -> None:
    one = read(Script(describe_target_groups=(GROUPS, NONE), describe_target_health=health(ILL)))
    assert (one.missing, one.reason()) == ("", "no healthy target in target group shop-dev-web: unhealthy")
    assert "there is no target group shop-dev-web" in read(Script(describe_target_groups=NONE)).missing
