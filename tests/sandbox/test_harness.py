# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness: what tests of the collection rely on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from sandbox import Sandbox
from sandbox.accounts import UnknownAccountError
from sandbox.api import ControlError

ROOT = Path(__file__).resolve().parents[2]
CREATE = """
import boto3, sys
ec2 = boto3.client("ec2")
print(ec2.create_vpc(CidrBlock=sys.argv[1])["Vpc"]["VpcId"])
"""


def vpcs(aws: Sandbox) -> set[str]:
    return {vpc["CidrBlock"] for vpc in aws.client("ec2").describe_vpcs()["Vpcs"]}


def start_creating(aws: Sandbox, cidr: str) -> subprocess.Popen[str]:
    """Another process that makes a VPC, its environment that of any AWS program."""
    environment = {**os.environ, **aws.credentials("dev")}
    return subprocess.Popen(
        [sys.executable, "-c", CREATE, cidr], env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_the_environment_leads_any_sdk_to_an_account(aws: Sandbox) -> None:
    environment = aws.credentials("staging", region="us-west-1")
    assert environment["AWS_ENDPOINT_URL"] == aws.url
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "us-west-1"
    assert aws.client("sts", account="staging").get_caller_identity()["Account"] == "222222222222"
    assert aws.client("sts", account="123123123123").get_caller_identity()["Account"] == "123123123123"
    with pytest.raises(UnknownAccountError, match="nobody"):
        aws.credentials("nobody")


def test_the_request_log_tells_reads_from_writes(aws: Sandbox) -> None:
    mark = aws.requests.mark()
    ec2 = aws.client("ec2", region="us-west-1")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "x"}]}]
    ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=tags)
    ec2.describe_vpcs()
    with pytest.raises(ClientError):
        ec2.delete_vpc(VpcId="vpc-0")
    records = aws.requests.since(mark)
    assert [(record.call, record.write, record.status) for record in records] == [
        ("ec2:CreateVpc", True, 200),
        ("ec2:DescribeVpcs", False, 200),
        ("ec2:DeleteVpc", True, 400),
    ]
    assert {(record.account, record.region) for record in records} == {("111111111111", "us-west-1")}
    assert records[0].tags == {"Name": "x"}
    assert records[2].error == "InvalidVpcID.NotFound"
    assert aws.requests.writes(mark) == [records[0], records[2]]
    assert aws.requests.since(aws.requests.mark()) == []


def test_secrets_are_not_in_the_request_log(aws: Sandbox) -> None:
    mark = aws.requests.mark()
    value = "c0ffee-very-secret"
    iam = aws.client("iam")
    with pytest.raises(ClientError):
        iam.put_role_policy(RoleName="none", PolicyName="p", PolicyDocument=f'{{"Version": "{value}"}}')
    assert value not in str(aws.requests.since(mark))


def test_a_killed_client_leaves_what_its_write_did(aws: Sandbox) -> None:
    aws.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    with aws.hold(nth=2, write=True) as hold:
        first, second = start_creating(aws, "10.2.0.0/16"), None
        assert first.wait(30) == 0
        second = start_creating(aws, "10.3.0.0/16")
        assert hold.wait()
        second.kill()
        assert second.wait(10) != 0
    assert vpcs(aws) >= {"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"}


def test_a_held_reply_is_sent_when_released(aws: Sandbox) -> None:
    answers: list[Any] = []
    with aws.hold() as hold:
        ec2 = aws.client("ec2")
        thread = threading.Thread(target=lambda: answers.append(ec2.create_vpc(CidrBlock="10.1.0.0/16")))
        thread.start()
        assert hold.wait()
        assert not answers
    thread.join(10)
    assert len(answers) == 1


def test_a_hold_counts_writes_alone_unless_told_otherwise(aws: Sandbox) -> None:
    with aws.hold() as hold:
        aws.client("ec2").describe_vpcs()
        assert (hold.seen, hold.fired) == (0, 0)
        assert not hold.wait(timeout=0.01)


def test_an_error_is_answered_instead(aws: Sandbox) -> None:
    ec2 = aws.client("ec2")
    fault = {"service": "ec2", "operation": "CreateVpc", "nth": 2, "count": 2, "status": 503}
    with aws.fail("RequestLimitExceeded", "Slow down.", **fault) as rule:
        ec2.create_vpc(CidrBlock="10.1.0.0/16")
        for _ in range(2):
            with pytest.raises(ClientError, match="Slow down") as caught:
                ec2.create_vpc(CidrBlock="10.2.0.0/16")
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert caught.value.response["Error"]["Code"] == "RequestLimitExceeded"
        ec2.create_vpc(CidrBlock="10.3.0.0/16")
        assert rule.fired == 2
    assert not vpcs(aws) & {"10.2.0.0/16"}


@pytest.mark.parametrize("service", ["ec2", "elbv2", "ecs", "iam", "sts", "route53", "logs", "cloudwatch"])
def test_errors_speak_the_language_of_every_service(aws: Sandbox, service: str) -> None:
    operations = {
        "ec2": "describe_vpcs",
        "elbv2": "describe_load_balancers",
        "ecs": "list_clusters",
        "iam": "list_roles",
        "sts": "get_caller_identity",
        "route53": "list_hosted_zones",
        "logs": "describe_log_groups",
        "cloudwatch": "describe_alarms",
    }
    with aws.fail("Throttling", "Rate exceeded"), pytest.raises(ClientError) as caught:
        getattr(aws.client(service), operations[service])()
    assert caught.value.response["Error"]["Code"] == "Throttling"
    assert caught.value.response["Error"]["Message"] == "Rate exceeded"


def test_cut_before_and_after_the_call_took_effect(aws: Sandbox) -> None:
    ec2 = aws.client("ec2")
    for after, cidr in ((False, "10.1.0.0/16"), (True, "10.2.0.0/16")):
        with aws.cut(after=after, operation="CreateVpc"), pytest.raises(ConnectionClosedError):
            ec2.create_vpc(CidrBlock=cidr)
    assert "10.1.0.0/16" not in vpcs(aws)
    assert "10.2.0.0/16" in vpcs(aws)


def test_faults_can_be_for_one_region_and_account(aws: Sandbox) -> None:
    with aws.fail("Down", region="us-east-1", account="111111111111", count=100):
        aws.client("ec2", region="us-west-1").describe_vpcs()
        aws.client("ec2", account="staging").describe_vpcs()
        with pytest.raises(ClientError, match="Down"):
            aws.client("ec2").describe_vpcs()


def test_a_fault_with_a_wrong_field_is_an_error(aws: Sandbox) -> None:
    with pytest.raises(ControlError, match="regoin"):
        aws.fail("Down", regoin="us-east-1")


def test_latency_delays_every_answer_until_cleared(aws: Sandbox) -> None:
    mark = aws.requests.mark()
    aws.client("ec2").describe_vpcs()
    aws.latency(0.2)
    for _ in range(2):
        aws.client("ec2").describe_vpcs()
    times = [record.time for record in aws.requests.since(mark)]
    assert times[2] - times[1] >= 0.2
    aws.clear_faults()
    assert aws.api.get("latency")["seconds"] == 0


def test_a_reset_forgets_everything_but_the_log(aws: Sandbox) -> None:
    before = identities(aws)
    mark = aws.requests.mark()
    ec2 = aws.client("ec2")
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
    aws.fail("Down", count=100)
    aws.latency(5.0)
    aws.restrict("dev")
    aws.reset()
    assert "10.1.0.0/16" not in vpcs(aws)
    assert identities(aws) == before
    assert [record.call for record in aws.requests.since(mark)] == ["ec2:CreateVpc", "ec2:DescribeVpcs"]
    aws.reset(seed=False)
    assert aws.snapshot() == []


def identities(aws: Sandbox) -> list[tuple[str, ...]]:
    """What is there, without ids that are drawn anew."""
    return sorted((found.account, found.region, found.service, found.kind) for found in aws.snapshot())


def test_a_client_token_repeats_the_answer_and_refuses_another_request(aws: Sandbox) -> None:
    ec2 = aws.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    tables = [ec2.create_route_table(VpcId=vpc_id, ClientToken="once")["RouteTable"] for _ in range(2)]
    assert tables[0]["RouteTableId"] == tables[1]["RouteTableId"]
    other = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        ec2.create_route_table(VpcId=other, ClientToken="once")


def test_users_can_be_restricted(aws: Sandbox) -> None:
    statement = {"Effect": "Allow", "Action": ["ec2:Describe*", "ec2:CreateVpc"], "Resource": "*"}
    aws.restrict("dev", {"Version": "2012-10-17", "Statement": [statement]})
    ec2 = aws.client("ec2")
    ec2.describe_vpcs()
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "x"}]}]
    with pytest.raises(ClientError, match="ec2:CreateTags"):
        ec2.create_vpc(CidrBlock="10.2.0.0/16", TagSpecifications=tags)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        aws.client("ecs").list_clusters()
    with pytest.raises(ClientError, match=r"AccessDeniedException.* tag:GetResources"):
        aws.client("resourcegroupstaggingapi").get_resources()
    aws.client("sts").get_caller_identity()
    aws.client("ecs", account="staging").list_clusters()


def test_what_the_sandbox_cannot_do_is_said(aws: Sandbox) -> None:
    with pytest.raises(ClientError, match="NotImplemented"):
        aws.client("ec2").describe_ipam_pools()
