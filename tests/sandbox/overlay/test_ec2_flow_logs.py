# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow logs: who may write them, and which of them exclude each other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import create_vpc, refused

SERVICE = "vpc-flow-logs.amazonaws.com"


def create_role(local: Local, service: str = SERVICE, **conditions: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if conditions:
        statement["Condition"] = conditions
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = local.client("iam").create_role(RoleName="flow-logs", AssumeRolePolicyDocument=document)["Role"]
    return str(role["Arn"])


def create(ec2: Any, vpc_id: str, role: str, traffic: str = "ALL", **more: Any) -> str:
    answer = ec2.create_flow_logs(
        ResourceIds=[vpc_id],
        ResourceType="VPC",
        TrafficType=traffic,
        LogGroupName="/vpc/hello",
        DeliverLogsPermissionArn=role,
        **more,
    )
    (identifier,) = answer["FlowLogIds"]
    return str(identifier)


def test_a_role_is_assumed_when_it_is_known(local: Local, ec2: Any) -> None:
    vpc_id, role = create_vpc(ec2), create_role(local)
    with refused("InvalidParameter", "Unable to assume given IAM role", role):
        create(ec2, vpc_id, role)
    local.passes("iam_propagation")
    assert create(ec2, vpc_id, role).startswith("fl-")


@pytest.mark.parametrize(
    ("service", "account"), [("ecs-tasks.amazonaws.com", ""), (SERVICE, "999999999999")], ids=["service", "account"]
)
def test_a_role_that_trusts_another_is_not(local: Local, ec2: Any, service: str, account: str) -> None:
    conditions = {"StringEquals": {"aws:SourceAccount": account}} if account else {}
    role = create_role(local, service, **conditions)
    local.passes("iam_propagation")
    with refused("InvalidParameter", "Unable to assume given IAM role"):
        create(ec2, create_vpc(ec2), role)


def test_one_vpc_has_one_flow_log_of_each_traffic_type_in_a_group(local: Local, ec2: Any) -> None:
    vpc_id, role = create_vpc(ec2), create_role(local)
    local.passes("iam_propagation")
    create(ec2, vpc_id, role)
    with refused("FlowLogAlreadyExists"):
        create(ec2, vpc_id, role, MaxAggregationInterval=60)
    create(ec2, vpc_id, role, "REJECT")
    assert len(ec2.describe_flow_logs()["FlowLogs"]) == 2


def test_tags_are_those_of_a_flow_log(local: Local, ec2: Any) -> None:
    vpc_id, role = create_vpc(ec2), create_role(local)
    local.passes("iam_propagation")
    tags = [{"Key": "Stack", "Value": "hello"}]
    with refused("InvalidParameterValue", "taggable"):
        create(ec2, vpc_id, role, TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])
    identifier = create(ec2, vpc_id, role, TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": tags}])
    (tag,) = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["Stack"]}])["Tags"]
    assert (tag["ResourceId"], tag["ResourceType"]) == (identifier, "vpc-flow-log")
    ec2.delete_flow_logs(FlowLogIds=[identifier])
    assert ec2.describe_tags()["Tags"] == []
