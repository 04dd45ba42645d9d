# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal: what goes, in which order, and what stands in its way."""

from __future__ import annotations

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ApplyError, ConflictError
from sandbox import Sandbox

from .world import COMPLETE, OURS, Deploy, Network, Stack, changes, ours, pairs

pytestmark = pytest.mark.once


def test_nothing_is_left(deploy: Deploy, destroy: Deploy, aws: Sandbox, stack: Stack) -> None:
    deploy()
    planned = destroy(check_mode=True)
    result = destroy()
    assert planned["changes"] == result["changes"]
    assert changes(result) == dict.fromkeys(COMPLETE, "delete")
    assert result["pending"] == []
    assert not ours(aws)
    left = stack.ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": ["ELB app/hello-dev/*"]}])
    assert left["NetworkInterfaces"] == []
    mark = aws.requests.mark()
    assert destroy()["changed"] is False
    assert len(aws.requests.since(mark)) == 2


def test_deploying_right_after_destroying_works(deploy: Deploy, destroy: Deploy) -> None:
    deploy()
    destroy()
    assert changes(deploy()) == dict.fromkeys(COMPLETE, "create")


def test_without_waiting_the_rest_is_for_a_later_run(deploy: Deploy, destroy: Deploy, aws: Sandbox) -> None:
    deploy()
    first = destroy(wait=False)
    assert set(first["pending"]) == {"network_interfaces_gone/main", "security_group/alb"}
    assert changes(destroy()) == {"security_group/alb": "delete"}
    assert not ours(aws)


def test_deletion_protection_is_refused_before_the_first_change(deploy: Deploy, destroy: Deploy, aws: Sandbox) -> None:
    deploy(deletion_protection=True)
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match="alb_deletion_protection"):
        destroy()
    assert aws.requests.writes(mark) == []
    deploy(deletion_protection=False)
    destroy()
    assert not ours(aws)


def _referring(aws: Sandbox, network: Network, group_id: str, tags: dict[str, str]) -> str:
    ec2 = aws.client("ec2")
    group: str = ec2.create_security_group(
        GroupName="service",
        Description="admits the load balancer",
        VpcId=network.vpc_id,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": pairs(tags)}],
    )["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group_id}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return group


def test_rules_of_ours_that_refer_to_the_group_go_first(
    deploy: Deploy, destroy: Deploy, aws: Sandbox, network: Network
) -> None:
    service = _referring(aws, network, deploy()["security_group_id"], {**OURS, "Component": "hello"})
    destroy()
    (left,) = aws.client("ec2").describe_security_groups(GroupIds=[service])["SecurityGroups"]
    assert left["IpPermissions"] == []
    assert not ours(aws)


def test_rules_of_others_that_refer_to_the_group_stop_its_deletion(
    deploy: Deploy, destroy: Deploy, aws: Sandbox, network: Network
) -> None:
    service = _referring(aws, network, deploy()["security_group_id"], {"Name": "theirs"})
    with pytest.raises(ApplyError, match=f"rules of {service}, which are not of this stack"):
        destroy()
    (left,) = aws.client("ec2").describe_security_groups(GroupIds=[service])["SecurityGroups"]
    assert left["IpPermissions"]
    aws.client("ec2").delete_security_group(GroupId=service)
    destroy()
    assert not ours(aws)


def test_services_go_first(deploy: Deploy, destroy: Deploy, aws: Sandbox, stack: Stack) -> None:
    deploy()
    group = stack.add_service()
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=r"target groups hello-dev-api\. Delete those services first"):
        destroy()
    warnings: list[str] = []
    planned = destroy(check_mode=True, warnings=warnings)
    assert [warning for warning in warnings if "hello-dev-api" in warning]
    assert changes(planned) == dict.fromkeys(COMPLETE, "delete")
    assert aws.requests.writes(mark) == []
    (rule,) = (rule for rule in stack.service()[2])
    stack.elb.delete_rule(RuleArn=rule["RuleArn"])
    stack.elb.delete_target_group(TargetGroupArn=group)
    assert changes(destroy()) == dict.fromkeys(COMPLETE, "delete")
    assert not ours(aws)


def test_what_others_added_goes_with_the_load_balancer(
    deploy: Deploy, destroy: Deploy, aws: Sandbox, stack: Stack, network: Network
) -> None:
    deploy()
    group = stack.elb.create_target_group(
        Name="theirs", Protocol="HTTP", Port=80, VpcId=network.vpc_id, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": group}
    stack.elb.create_listener(LoadBalancerArn=stack.arn, Protocol="HTTP", Port=9000, DefaultActions=[action])
    destroy()
    assert not ours(aws)
    (left,) = stack.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
    assert left["LoadBalancerArns"] == []
