# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles, sessions, keys: who is trusted, and what a role may do."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import refused

STAGING, PROD, MANAGEMENT = "222222222222", "333333333333", "999999999999"


def trust(principal: str = f"arn:aws:iam::{STAGING}:root", external_id: str | None = "secret") -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def create_role(local: Local, document: dict[str, Any], name: str = "dns") -> str:
    """A role in the management account that everybody knows already; its ARN."""
    iam = local.client("iam", account="management")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]
    local.passes("iam_propagation", 1.1)
    return str(role["Arn"])


def assume(local: Local, arn: str, account: str = "staging", **more: Any) -> Any:
    sts = local.client("sts", account=account)
    return sts.assume_role(**{"RoleArn": arn, "RoleSessionName": "test", "ExternalId": "secret"} | more)


def session_client(local: Local, service: str, assumed: Any) -> Any:
    login = assumed["Credentials"]
    return client_of(local, service, login["AccessKeyId"], login["SecretAccessKey"], login["SessionToken"])


def client_of(local: Local, service: str, *keys: str) -> Any:
    new_session: Any = boto3.Session
    return new_session(*keys).client(service, "us-east-1", endpoint_url=local.url)


def test_the_user_of_an_account_is_its_deployer(local: Local) -> None:
    found = local.client("sts").get_caller_identity()
    assert (found["Account"], found["Arn"]) == (STAGING, f"arn:aws:iam::{STAGING}:user/deployer")


def test_a_session_of_a_role_works_in_the_account_of_the_role(local: Local) -> None:
    arn = create_role(local, trust())
    found = session_client(local, "sts", assume(local, arn)).get_caller_identity()
    assert (found["Account"], found["Arn"]) == (MANAGEMENT, f"arn:aws:sts::{MANAGEMENT}:assumed-role/dns/test")


@pytest.mark.parametrize("principal", [STAGING, f"arn:aws:iam::{STAGING}:user/deployer", "*"])
def test_other_ways_to_trust_the_caller(local: Local, principal: str) -> None:
    assert assume(local, create_role(local, trust(principal)))


@pytest.mark.parametrize("principal", [f"arn:aws:iam::{PROD}:root", f"arn:aws:iam::{STAGING}:user/other", PROD])
def test_who_is_not_trusted_gets_no_session(local: Local, principal: str) -> None:
    arn = create_role(local, trust(principal))
    with refused("AccessDenied", "user/deployer is not authorized to perform: sts:AssumeRole on resource: " + arn):
        assume(local, arn)


def test_the_external_id_counts(local: Local) -> None:
    arn = create_role(local, trust())
    with refused("AccessDenied"):
        assume(local, arn, ExternalId="wrong")
    with refused("AccessDenied"):
        local.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")


def test_an_external_id_nobody_asked_for_does_no_harm(local: Local) -> None:
    assert assume(local, create_role(local, trust(external_id=None)))


def test_a_denial_wins(local: Local) -> None:
    document = trust()
    document["Statement"].append({"Effect": "Deny", "Principal": "*", "Action": "sts:*"})
    with refused("AccessDenied"):
        assume(local, create_role(local, document))


def test_a_role_that_does_not_exist_is_no_different(local: Local) -> None:
    with refused("AccessDenied"):
        assume(local, f"arn:aws:iam::{MANAGEMENT}:role/none")


def test_a_role_is_known_a_moment_after_it_was_made(local: Local) -> None:
    iam = local.client("iam", account="management")
    arn = iam.create_role(RoleName="dns", AssumeRolePolicyDocument=json.dumps(trust()))["Role"]["Arn"]
    with refused("AccessDenied"):
        assume(local, arn)
    local.passes("iam_propagation", 1.1)
    assert assume(local, arn)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"RoleSessionName": "no spaces"}, "roleSessionName"),
        ({"DurationSeconds": 7200}, "MaxSessionDuration"),
    ],
)
def test_sessions_have_limits(local: Local, more: dict[str, Any], words: str) -> None:
    arn = create_role(local, trust())
    with refused("ValidationError", words):
        assume(local, arn, **more)


def test_a_session_does_what_the_policies_of_its_role_allow(local: Local) -> None:
    arn = create_role(local, trust())
    session = assume(local, arn)
    route53 = session_client(local, "route53", session)
    with refused("AccessDenied", "route53:ListHostedZones"):
        route53.list_hosted_zones()
    policy = {"Statement": {"Effect": "Allow", "Action": "route53:List*", "Resource": "*"}, "Version": "2012-10-17"}
    local.client("iam", account="management").put_role_policy(
        RoleName="dns", PolicyName="dns", PolicyDocument=json.dumps(policy)
    )
    assert route53.list_hosted_zones()["HostedZones"] == []
    with refused("AccessDenied", "route53:CreateHostedZone"):
        route53.create_hosted_zone(Name="example.com", CallerReference="test")


@pytest.mark.parametrize(
    ("service", "operation", "code", "words"),
    [
        ("ec2", "describe_vpcs", "AuthFailure", "AWS was not able to validate the provided access credentials"),
        ("ecs", "list_clusters", "UnrecognizedClientException", "security token included in the request is invalid"),
        (
            "elbv2",
            "describe_load_balancers",
            "InvalidClientTokenId",
            "security token included in the request is invalid",
        ),
        ("route53", "list_hosted_zones", "InvalidClientTokenId", "security token included in the request is invalid"),
        ("sts", "get_caller_identity", "InvalidClientTokenId", "security token included in the request is invalid"),
    ],
)
def test_an_unknown_key_is_refused(local: Local, service: str, operation: str, code: str, words: str) -> None:
    client = client_of(local, service, "AKIAIOSFODNN7EXAMPLE", "secret")
    with refused(code, words):
        getattr(client, operation)()


def test_role_names_are_taken_whatever_their_case(local: Local) -> None:
    create_role(local, trust(), "Dns")
    with refused("EntityAlreadyExists"):
        create_role(local, trust(), "dNS")


def test_what_is_attached_cannot_be_deleted(local: Local) -> None:
    create_role(local, trust())
    iam = local.client("iam", account="management")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
    policy = iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="dns", PolicyArn=policy)
    iam.put_role_policy(RoleName="dns", PolicyName="inline", PolicyDocument=json.dumps(document))
    with refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=policy)
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="dns")
    iam.detach_role_policy(RoleName="dns", PolicyArn=policy)
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="dns")
    iam.delete_role_policy(RoleName="dns", PolicyName="inline")
    iam.delete_policy(PolicyArn=policy)
    iam.delete_role(RoleName="dns")
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="dns")


def test_attachments_of_a_managed_policy_are_counted_in_each_account_and_gone_after_a_reset(local: Local) -> None:
    """AWS's policies are read once a process and shared."""
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"

    def count(account: str) -> int:
        return int(local.client("iam", account=account).get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"])

    create_role(local, trust())
    local.client("iam", account="management").attach_role_policy(RoleName="dns", PolicyArn=arn)
    assert (count("management"), count("staging")) == (1, 0)
    assert local.aws
    local.aws.reset(seed=False)
    assert count("management") == 0
