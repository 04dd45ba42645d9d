# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight says of a deployment strategy while records evaluate target health."""

from __future__ import annotations

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.chain import Member
from ansible_collections.everlook.failover.plugins.module_utils._preflight.target_health import is_asked, refused
from ansible_collections.everlook.failover.plugins.module_utils._route53.records import AliasTarget

EAST, WEST = "us-east-1", "us-west-1"
DECIDING = {"hello": "ecs_service_deployment_strategy"}


def member(region: str, *, evaluated: bool) -> Member:
    alias = AliasTarget(dns_name=f"hello.{region}.elb.amazonaws.com.", zone_id="Z2", evaluate_target_health=evaluated)
    return Member(region=region, balancer=alias, health_check_id="1")


@pytest.mark.parametrize(
    ("east", "west", "asked"),
    [(True, True, True), (True, False, True), (False, True, False), (None, True, False), (None, None, False)],
)
def test_a_region_is_judged_by_its_own_record(east: bool | None, west: bool | None, asked: bool) -> None:
    """None: it is not in the DNS, where nothing asks."""
    states = {EAST: east, WEST: west}
    members = [member(region, evaluated=state) for region, state in states.items() if state is not None]
    assert is_asked(EAST, members) is asked


def test_the_variables_and_the_way_out_are_named() -> None:
    (problem,) = refused(DECIDING, ())
    text = str(problem)
    assert text.startswith("ecs_service_deployment_strategy: gives hello a second target group")
    assert "With dns_evaluate_target_health: false run site.yml with --tags route53_failover first" in text
    assert list(refused(DECIDING, ("hello",))) == []
