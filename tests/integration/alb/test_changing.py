# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that change, and those that cannot."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from sandbox import Sandbox

from .world import COMPLETE, Deploy, Network, Stack, changes, make_network

pytestmark = pytest.mark.once


CHANGES: list[tuple[dict[str, t.Any], dict[str, str], set[str]]] = [
    ({"idle_timeout": 30, "http2": False}, {"load_balancer/main": "update"}, {"ModifyLoadBalancerAttributes"}),
    ({"deletion_protection": True}, {"load_balancer/main": "update"}, {"ModifyLoadBalancerAttributes"}),
    (
        {"ingress_cidrs": ["10.0.0.0/8"]},
        {"security_group/alb": "update"},
        {"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"},
    ),
    (
        {"listener_port": 8000},
        {"listener/http": "update", "security_group/alb": "update"},
        {"ModifyListener", "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"},
    ),
    (
        {"tags": {"Team": "web"}},
        dict.fromkeys(COMPLETE, "update"),
        {"AddTags", "CreateTags"},
    ),
]


@pytest.mark.parametrize(("params", "changed", "operations"), CHANGES, ids=lambda names: ",".join(sorted(names)))
def test_a_changed_option_changes_what_it_is_about(
    deploy: Deploy,
    aws: Sandbox,
    stack: Stack,
    params: dict[str, t.Any],
    changed: dict[str, str],
    operations: set[str],
) -> None:
    before = deploy()
    stack.add_service()
    service = stack.service()
    mark = aws.requests.mark()
    result = deploy(**params)
    assert changes(result) == changed
    assert {record.operation for record in aws.requests.writes(mark)} == operations
    assert deploy(**params)["changed"] is False
    assert result["load_balancer_arn"] == before["load_balancer_arn"]
    assert stack.service() == service


def test_subnets_are_exchanged(deploy: Deploy, aws: Sandbox, stack: Stack, network: Network) -> None:
    deploy(subnet_ids=list(network.subnet_ids[:2]))
    mark = aws.requests.mark()
    result = deploy(subnet_ids=list(network.subnet_ids[1:]))
    assert changes(result) == {"load_balancer/main": "update"}
    assert [record.operation for record in aws.requests.writes(mark)] == ["SetSubnets"]
    assert sorted(zone["SubnetId"] for zone in stack.balancer["AvailabilityZones"]) == list(network.subnet_ids[1:])


def test_what_cannot_be_changed_is_refused_before_the_first_change(deploy: Deploy, aws: Sandbox) -> None:
    deploy()
    other = make_network(aws, "10.98")
    mark = aws.requests.mark()
    with pytest.raises(SpecError, match="AWS cannot change that"):
        deploy(**other.options, idle_timeout=99)
    assert aws.requests.writes(mark) == []


def test_wrong_networks_are_refused_before_the_first_change(deploy: Deploy, aws: Sandbox, network: Network) -> None:
    ec2 = aws.client("ec2")
    twin = ec2.create_subnet(VpcId=network.vpc_id, CidrBlock="10.10.99.0/24", AvailabilityZone="us-east-1a")["Subnet"]
    other = make_network(aws, "10.98")
    mark = aws.requests.mark()
    for params, message in (
        ({"subnet_ids": [*network.subnet_ids, twin["SubnetId"]]}, "are both in us-east-1a"),
        ({"subnet_ids": [network.subnet_ids[0], other.subnet_ids[1]]}, f"not in {network.vpc_id}"),
        ({"subnet_ids": [network.subnet_ids[0], "subnet-0000000000000dead"]}, "subnet-0000000000000dead"),
        ({"vpc_id": "vpc-0000000000000dead"}, "does not exist in us-east-1"),
    ):
        with pytest.raises(SpecError, match=message):
            deploy(**params)
    assert aws.requests.writes(mark) == []


def test_warnings_reach_the_user(deploy: Deploy) -> None:
    warnings: list[str] = []
    deploy(check_mode=True, warnings=warnings, ingress_cidrs=[])
    assert [warning for warning in warnings if "nobody can reach" in warning]
