# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift is named and repaired alone."""

from __future__ import annotations

import typing as t

import pytest

from sandbox import Sandbox

from .world import OURS, Deploy, Network, Stack, changes

pytestmark = pytest.mark.once


def _fixed_response(stack: Stack) -> None:
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    stack.elb.modify_listener(ListenerArn=stack.listener["ListenerArn"], DefaultActions=[action])


def _other_group(stack: Stack) -> None:
    group = stack.ec2.create_security_group(GroupName="x", Description="x", VpcId=stack.balancer["VpcId"])["GroupId"]
    stack.elb.set_security_groups(LoadBalancerArn=stack.arn, SecurityGroups=[group, stack.group["GroupId"]])


def _ssh(stack: Stack) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    stack.ec2.authorize_security_group_ingress(GroupId=stack.group["GroupId"], IpPermissions=[rule])


def _described(stack: Stack) -> None:
    rule = {**stack.group["IpPermissions"][0], "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "x"}]}
    stack.ec2.update_security_group_rule_descriptions_ingress(GroupId=stack.group["GroupId"], IpPermissions=[rule])


def _balancer_attribute(key: str, value: str) -> t.Callable[[Stack], None]:
    return lambda stack: stack.elb.modify_load_balancer_attributes(
        LoadBalancerArn=stack.arn, Attributes=[{"Key": key, "Value": value}]
    )


DRIFT: dict[str, tuple[t.Callable[[Stack], object], str, str]] = {
    "listener answers itself": (_fixed_response, "listener/http", "not_found_body"),
    "listener moved": (
        lambda stack: stack.elb.modify_listener(ListenerArn=stack.listener["ListenerArn"], Port=81),
        "listener/http",
        "port",
    ),
    "listener tags": (
        lambda stack: stack.elb.remove_tags(ResourceArns=[stack.listener["ListenerArn"]], TagKeys=list(OURS)),
        "listener/http",
        "tags",
    ),
    "load balancer tags": (
        lambda stack: stack.elb.add_tags(ResourceArns=[stack.arn], Tags=[{"Key": "Name", "Value": "x"}]),
        "load_balancer/main",
        "tags",
    ),
    "security group tags": (
        lambda stack: stack.ec2.delete_tags(Resources=[stack.group["GroupId"]], Tags=[{"Key": "Resource"}]),
        "security_group/alb",
        "tags",
    ),
    "another security group": (_other_group, "load_balancer/main", "security_group_ids"),
    "a subnet less": (
        lambda stack: stack.elb.set_subnets(
            LoadBalancerArn=stack.arn, Subnets=[zone["SubnetId"] for zone in stack.balancer["AvailabilityZones"]][:2]
        ),
        "load_balancer/main",
        "subnet_ids",
    ),
    "idle timeout": (
        _balancer_attribute("idle_timeout.timeout_seconds", "999"),
        "load_balancer/main",
        "idle_timeout",
    ),
    "deletion protection": (
        _balancer_attribute("deletion_protection.enabled", "true"),
        "load_balancer/main",
        "deletion_protection",
    ),
    "a rule too many": (_ssh, "security_group/alb", "rules"),
    "ingress blocked": (
        lambda stack: stack.ec2.revoke_security_group_ingress(
            GroupId=stack.group["GroupId"], IpPermissions=stack.group["IpPermissions"]
        ),
        "security_group/alb",
        "rules",
    ),
    "egress blocked": (
        lambda stack: stack.ec2.revoke_security_group_egress(
            GroupId=stack.group["GroupId"], IpPermissions=stack.group["IpPermissionsEgress"]
        ),
        "security_group/alb",
        "rules",
    ),
    "a rule described otherwise": (_described, "security_group/alb", "rules"),
}


@pytest.mark.parametrize("name", DRIFT)
def test_drift_is_named_and_repaired_alone(deploy: Deploy, stack: Stack, name: str) -> None:
    drift, address, field = DRIFT[name]
    deploy()
    stack.add_service()
    right, service = stack.seen(), stack.service()
    drift(stack)
    assert stack.seen() != right
    planned = deploy(check_mode=True)
    (change,) = planned["changes"]
    assert (f"{change['kind']}/{change['name']}", change["action"]) == (address, "update")
    assert change["reason"] == f"differs in {field}"
    assert deploy()["changes"] == planned["changes"]
    assert stack.seen() == right
    assert stack.service() == service


def test_a_deleted_listener_comes_back_alone(deploy: Deploy, stack: Stack) -> None:
    deploy()
    stack.elb.delete_listener(ListenerArn=stack.listener["ListenerArn"])
    assert changes(deploy()) == {"listener/http": "create"}
    assert deploy()["changed"] is False


def test_a_deleted_load_balancer_comes_back(deploy: Deploy, stack: Stack) -> None:
    before = deploy()
    stack.elb.delete_load_balancer(LoadBalancerArn=stack.arn)
    result = deploy()
    assert changes(result) == {"load_balancer/main": "create", "listener/http": "create"}
    assert result["load_balancer_arn"] != before["load_balancer_arn"]
    assert deploy()["changed"] is False


def test_a_deleted_security_group_comes_back(deploy: Deploy, stack: Stack, network: Network) -> None:
    deploy()
    ours_id = stack.group["GroupId"]
    other = stack.ec2.create_security_group(GroupName="x", Description="x", VpcId=network.vpc_id)["GroupId"]
    stack.elb.set_security_groups(LoadBalancerArn=stack.arn, SecurityGroups=[other])
    stack.ec2.delete_security_group(GroupId=ours_id)
    assert changes(deploy()) == {"security_group/alb": "create", "load_balancer/main": "update"}
    assert stack.balancer["SecurityGroups"] == [stack.group["GroupId"]]
    assert deploy()["changed"] is False


def test_what_others_add_is_left_alone(deploy: Deploy, aws: Sandbox, stack: Stack) -> None:
    deploy()
    tag = [{"Key": "Theirs", "Value": "x"}]
    stack.elb.add_tags(ResourceArns=[stack.arn], Tags=tag)
    stack.ec2.create_tags(Resources=[stack.group["GroupId"]], Tags=tag)
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    stack.elb.create_listener(LoadBalancerArn=stack.arn, Protocol="HTTP", Port=9000, DefaultActions=[action])
    mark = aws.requests.mark()
    assert deploy()["changed"] is False
    assert aws.requests.writes(mark) == []
