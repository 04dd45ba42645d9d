# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not ours is left alone."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from sandbox import Sandbox

from .world import GROUP_NAME, NAME, Deploy, Network, make_network, pairs

pytestmark = pytest.mark.once


@pytest.fixture
def lookalikes(aws: Sandbox) -> list[str]:
    """Names like ours, none of our tags, in another VPC."""
    elb, ec2 = aws.client("elbv2"), aws.client("ec2")
    other = make_network(aws, "10.99")
    group = ec2.create_security_group(GroupName=GROUP_NAME, Description="theirs", VpcId=other.vpc_id)["GroupId"]
    balancer = elb.create_load_balancer(
        Name="hello-dev-2",
        Subnets=list(other.subnet_ids),
        SecurityGroups=[group],
        Tags=pairs({"Name": "hello-dev-entrance-main"}),
    )["LoadBalancers"][0]["LoadBalancerArn"]
    target_group = elb.create_target_group(
        Name="hello-dev-2", Protocol="HTTP", Port=8080, VpcId=other.vpc_id, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": target_group}
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[action])
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[balancer], WaiterConfig={"Delay": 1})
    return [group, balancer, target_group, listener["Listeners"][0]["ListenerArn"]]


def describe(aws: Sandbox, group: str, balancer: str, target_group: str, listener: str) -> list[t.Any]:
    """All that boto3 sees of the lookalikes, and of the group with our name that was there before."""
    elb, ec2 = aws.client("elbv2"), aws.client("ec2")
    named = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [GROUP_NAME]}])
    found = [
        each for each in named["SecurityGroups"] if not any(tag["Value"] == "hello" for tag in each.get("Tags", []))
    ]
    assert group in {each["GroupId"] for each in found}
    return [
        sorted(found, key=lambda each: str(each["GroupId"])),
        elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"],
        elb.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"],
        elb.describe_target_groups(TargetGroupArns=[target_group])["TargetGroups"],
        elb.describe_target_group_attributes(TargetGroupArn=target_group)["Attributes"],
        elb.describe_listeners(ListenerArns=[listener])["Listeners"],
        elb.describe_tags(ResourceArns=[balancer, target_group, listener])["TagDescriptions"],
    ]


def test_lookalikes_are_left_alone(deploy: Deploy, destroy: Deploy, aws: Sandbox, lookalikes: list[str]) -> None:
    before = describe(aws, *lookalikes)
    assert len(before[0]) == 2
    deploy()
    deploy(ingress_cidrs=["10.0.0.0/8"], idle_timeout=61, listener_port=81)
    destroy()
    assert describe(aws, *lookalikes) == before


def _foreign_balancer(aws: Sandbox, network: Network) -> None:
    aws.client("elbv2").create_load_balancer(Name=NAME, Subnets=list(network.subnet_ids))


def _foreign_security_group(aws: Sandbox, network: Network) -> None:
    aws.client("ec2").create_security_group(GroupName=GROUP_NAME, Description="theirs", VpcId=network.vpc_id)


@pytest.mark.parametrize("make", [_foreign_balancer, _foreign_security_group])
def test_our_name_taken_is_an_error_before_the_first_change(
    deploy: Deploy,
    destroy: Deploy,
    aws: Sandbox,
    network: Network,
    make: t.Callable[[Sandbox, Network], None],
) -> None:
    make(aws, network)
    mark = aws.requests.mark()
    for check_mode in (True, False):
        with pytest.raises(ConflictError, match="hello-dev"):
            deploy(check_mode=check_mode)
    assert destroy()["changed"] is False
    assert aws.requests.writes(mark) == []
