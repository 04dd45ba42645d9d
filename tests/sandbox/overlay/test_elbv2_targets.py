# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Target groups and their targets: what a prober sees, and who uses the group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.overlay import World
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import (
    create_balancer,
    create_listener,
    create_public_network,
    create_subnet,
    create_target_group,
    create_vpc,
    refused,
)

ADDRESS = "10.10.0.50"


@dataclass
class Stack:
    vpc_id: str
    subnet_ids: list[str]
    balancer_arn: str
    group_arn: str


@pytest.fixture
def stack(local: Local, ec2: Any, elb: Any) -> Stack:
    """An active load balancer and a target group that no listener uses yet."""
    vpc_id, subnet_ids = create_public_network(ec2)
    balancer = create_balancer(elb, subnet_ids)["LoadBalancerArn"]
    local.passes("load_balancer_create", 1.1)
    return Stack(vpc_id, subnet_ids, balancer, create_target_group(elb, vpc_id))


def register(elb: Any, stack: Stack, address: str = ADDRESS) -> None:
    elb.register_targets(TargetGroupArn=stack.group_arn, Targets=[{"Id": address}])


def health(elb: Any, stack: Stack) -> list[tuple[str, str]]:
    described = elb.describe_target_health(TargetGroupArn=stack.group_arn)["TargetHealthDescriptions"]
    found = [known["TargetHealth"] for known in described]
    return [(known["State"], known.get("Reason", "")) for known in found]


def test_unused_until_a_listener_forwards_to_it(local: Local, elb: Any, stack: Stack) -> None:
    register(elb, stack)
    local.passes("target_initial", 2)
    assert health(elb, stack) == [("unused", "Target.NotInUse")]
    listener = create_listener(elb, stack.balancer_arn, stack.group_arn)["ListenerArn"]
    assert health(elb, stack) == [("initial", "Elb.InitialHealthChecking")]
    local.passes("target_initial", 1.1)
    assert health(elb, stack) == [("healthy", "")]
    elb.delete_listener(ListenerArn=listener)
    assert health(elb, stack) == [("unused", "Target.NotInUse")]


def test_initial_then_what_probers_see(local: Local, elb: Any, stack: Stack) -> None:
    create_listener(elb, stack.balancer_arn, stack.group_arn)
    register(elb, stack)
    local.passes("target_initial", 0.9)
    assert health(elb, stack) == [("initial", "Elb.InitialHealthChecking")]
    local.passes("target_initial", 0.2)
    assert health(elb, stack) == [("healthy", "")]
    local.observe("target", ADDRESS, "unhealthy")
    assert health(elb, stack) == [("unhealthy", "Target.ResponseCodeMismatch")]
    local.observe("target", ADDRESS, "healthy")
    assert health(elb, stack) == [("healthy", "")]


def test_initial_while_the_load_balancer_is_provisioned(local: Local, elb: Any, stack: Stack) -> None:
    balancer = create_balancer(elb, stack.subnet_ids, "other")["LoadBalancerArn"]
    create_listener(elb, balancer, stack.group_arn)
    register(elb, stack)
    local.passes("load_balancer_create", 0.9)
    assert health(elb, stack) == [("initial", "Elb.RegistrationInProgress")]


def test_draining_then_gone(local: Local, elb: Any, stack: Stack) -> None:
    create_listener(elb, stack.balancer_arn, stack.group_arn)
    register(elb, stack)
    elb.deregister_targets(TargetGroupArn=stack.group_arn, Targets=[{"Id": ADDRESS}])
    assert health(elb, stack) == [("draining", "Target.DeregistrationInProgress")]
    local.passes("target_draining", 1.1)
    assert health(elb, stack) == []
    asked = elb.describe_target_health(TargetGroupArn=stack.group_arn, Targets=[{"Id": ADDRESS}])
    (described,) = asked["TargetHealthDescriptions"]
    assert described["TargetHealth"]["Reason"] == "Target.NotRegistered"
    elb.deregister_targets(TargetGroupArn=stack.group_arn, Targets=[{"Id": ADDRESS}])


def test_without_a_delay_nothing_drains(elb: Any, stack: Stack) -> None:
    attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": "0"}
    elb.modify_target_group_attributes(TargetGroupArn=stack.group_arn, Attributes=[attribute])
    register(elb, stack)
    elb.deregister_targets(TargetGroupArn=stack.group_arn, Targets=[{"Id": ADDRESS}])
    assert health(elb, stack) == []


def test_a_target_is_described_with_its_zone_and_port(elb: Any, stack: Stack) -> None:
    register(elb, stack)
    (described,) = elb.describe_target_health(TargetGroupArn=stack.group_arn)["TargetHealthDescriptions"]
    assert described["Target"] == {"Id": ADDRESS, "Port": 8080, "AvailabilityZone": "us-west-1a"}
    assert described["HealthCheckPort"] == "8080"


def test_unused_in_a_zone_without_the_load_balancer(local: Local) -> None:
    ec2, elb = local.client("ec2", "us-west-2"), local.client("elbv2", "us-west-2")
    vpc_id = create_vpc(ec2)
    subnets = [create_subnet(ec2, vpc_id, number, f"us-west-2{zone}") for number, zone in enumerate("abc")]
    balancer = create_balancer(elb, subnets[:2], Scheme="internal")["LoadBalancerArn"]
    there = Stack(vpc_id, subnets, balancer, create_target_group(elb, vpc_id))
    create_listener(elb, balancer, there.group_arn)
    register(elb, there, "10.10.2.50")
    local.passes("load_balancer_create", 2)
    local.passes("target_initial", 2)
    assert health(elb, there) == [("unused", "Target.NotInUse")]
    elb.set_subnets(LoadBalancerArn=balancer, Subnets=subnets)
    assert health(elb, there) == [("healthy", "")]


def test_a_group_knows_its_load_balancers(elb: Any, stack: Stack) -> None:
    def arns() -> list[str]:
        (group,) = elb.describe_target_groups(TargetGroupArns=[stack.group_arn])["TargetGroups"]
        return list(group["LoadBalancerArns"])

    assert arns() == []
    listener = create_listener(elb, stack.balancer_arn, stack.group_arn)["ListenerArn"]
    assert arns() == [stack.balancer_arn]
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}
    elb.modify_listener(ListenerArn=listener, DefaultActions=[fixed])
    assert arns() == []
    forward = {"Type": "forward", "TargetGroupArn": stack.group_arn}
    elb.modify_listener(ListenerArn=listener, DefaultActions=[forward])
    assert arns() == [stack.balancer_arn]
    elb.delete_load_balancer(LoadBalancerArn=stack.balancer_arn)
    assert arns() == []


def test_a_load_balancer_without_groups_has_none(elb: Any, stack: Stack) -> None:
    assert elb.describe_target_groups(LoadBalancerArn=stack.balancer_arn)["TargetGroups"] == []


def test_a_group_serves_one_load_balancer(elb: Any, stack: Stack) -> None:
    create_listener(elb, stack.balancer_arn, stack.group_arn)
    other = create_balancer(elb, stack.subnet_ids, "other")["LoadBalancerArn"]
    with refused("TargetGroupAssociationLimit", stack.group_arn):
        create_listener(elb, other, stack.group_arn)


def test_a_group_in_use_stays(elb: Any, stack: Stack) -> None:
    listener = create_listener(elb, stack.balancer_arn, stack.group_arn)["ListenerArn"]
    with refused("ResourceInUse"):
        elb.delete_target_group(TargetGroupArn=stack.group_arn)
    elb.delete_listener(ListenerArn=listener)
    elb.delete_target_group(TargetGroupArn=stack.group_arn)
    elb.delete_target_group(TargetGroupArn=stack.group_arn)
    with refused("TargetGroupNotFound"):
        elb.describe_target_health(TargetGroupArn=stack.group_arn)


def test_the_same_again_is_the_same_and_anything_else_a_duplicate(elb: Any, stack: Stack) -> None:
    assert create_target_group(elb, stack.vpc_id) == stack.group_arn
    for difference in ({"HealthCheckPath": "/health"}, {"Port": 80}, {"Tags": [{"Key": "a", "Value": "b"}]}):
        with refused("DuplicateTargetGroupName", "hello"):
            create_target_group(elb, stack.vpc_id, **difference)


@pytest.mark.parametrize(
    "setting",
    [
        {"HealthCheckIntervalSeconds": 301},
        {"HealthCheckTimeoutSeconds": 121},
        {"HealthyThresholdCount": 11},
        {"UnhealthyThresholdCount": 11},
        {"HealthCheckPath": "health"},
        {"HealthCheckPort": "http"},
        {"Matcher": {"HttpCode": "500"}},
        {"HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": 10},
    ],
)
def test_health_checks_that_aws_refuses(elb: Any, stack: Stack, setting: dict[str, Any]) -> None:
    with refused("ValidationError"):
        create_target_group(elb, stack.vpc_id, "other", **setting)
    with refused("ValidationError"):
        elb.modify_target_group(TargetGroupArn=stack.group_arn, **setting)


def test_a_timeout_fits_the_interval_that_is_there(elb: Any, stack: Stack) -> None:
    with refused("ValidationError", "'30'"):
        elb.modify_target_group(TargetGroupArn=stack.group_arn, HealthCheckTimeoutSeconds=30)


def test_attributes_are_all_there_and_checked(elb: Any, stack: Stack) -> None:
    def modify(**values: str) -> dict[str, str]:
        pairs = [{"Key": names[key], "Value": value} for key, value in values.items()]
        answer = elb.modify_target_group_attributes(TargetGroupArn=stack.group_arn, Attributes=pairs)
        return {known["Key"]: known["Value"] for known in answer["Attributes"]}

    health_of = "target_group_health"
    names = {
        "delay": "deregistration_delay.timeout_seconds",
        "dns": f"{health_of}.dns_failover.minimum_healthy_targets.count",
        "share": f"{health_of}.dns_failover.minimum_healthy_targets.percentage",
        "routing": f"{health_of}.unhealthy_state_routing.minimum_healthy_targets.count",
        "type": "stickiness.type",
        "nonsense": "nonsense",
    }
    attributes = modify(delay="3600", dns="2", share="50")
    assert (attributes[names["delay"]], attributes[names["dns"]], attributes[names["share"]]) == ("3600", "2", "50")
    assert attributes["stickiness.lb_cookie.duration_seconds"] == "86400"
    described = elb.describe_target_group_attributes(TargetGroupArn=stack.group_arn)["Attributes"]
    assert {known["Key"]: known["Value"] for known in described} == attributes
    for wrong in ({"delay": "3601"}, {"share": "101"}, {"type": "source_ip"}, {"nonsense": "1"}):
        with refused("ValidationError"):
            modify(**wrong)
    with refused("InvalidConfigurationRequest", names["routing"]):
        modify(routing="3")
    with refused("InvalidConfigurationRequest", "cookie name"):
        modify(type="app_cookie")


def test_more_than_ten_tags(elb: Any, stack: Stack) -> None:
    tags = [{"Key": f"key-{number}", "Value": "x"} for number in range(12)]
    arn = create_target_group(elb, stack.vpc_id, "tagged", Tags=tags)
    (description,) = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    assert len(description["Tags"]) == 12


def test_a_target_elsewhere_has_no_zone(ec2: Any, elb: Any, stack: Stack) -> None:
    create_subnet(ec2, stack.vpc_id, 5)
    register(elb, stack, "192.0.2.7")
    (described,) = elb.describe_target_health(TargetGroupArn=stack.group_arn)["TargetHealthDescriptions"]
    assert described["Target"] == {"Id": "192.0.2.7", "Port": 8080}


def test_a_target_that_is_gone_while_it_is_described(
    local: Local, elb: Any, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_listener(elb, stack.balancer_arn, stack.group_arn)
    for number in range(3):
        register(elb, stack, f"10.10.0.{50 + number}")
    elb.deregister_targets(TargetGroupArn=stack.group_arn, Targets=[{"Id": ADDRESS}])
    local.passes("target_draining", 0.9)

    def a_clock_that_moves(_world: World) -> float:
        local.passes("target_draining", 0.05)
        return local.time

    monkeypatch.setattr(World, "now", a_clock_that_moves)
    assert health(elb, stack)[0] == ("draining", "Target.DeregistrationInProgress")
