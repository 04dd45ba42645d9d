# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A right that is missing is told as such, with action, resource and the statement that gives it."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.everlook.failover.plugins.module_utils._engine.aws_errors import REFUSALS, client_error
from ansible_collections.everlook.failover.plugins.module_utils._engine.permissions import statements_for

USER = "User: arn:aws:iam::111111111111:user/ci is not authorized to perform:"


def refusal(operation: str, code: str, message: str) -> str:
    error = client_error(ClientError({"Error": {"Code": code, "Message": message}}, operation), "us-east-1")
    assert error.refused
    return str(error)


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_it_names_action_resource_and_statement(code: str) -> None:
    alarm = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:*"
    text = refusal("DescribeAlarms", code, f"{USER} cloudwatch:DescribeAlarms on resource: {alarm} because no policy")
    assert text.startswith(f"DescribeAlarms in us-east-1: {code}: {USER}")
    assert f"because no policy. Grant the deployer cloudwatch:DescribeAlarms on {alarm}." in text
    assert "statement Read of docs/iam/read.json or Read of docs/iam/switch.json." in text


def test_a_call_is_refused_for_another_action_than_its_own() -> None:
    text = refusal("CreateLoadBalancer", "AccessDenied", f"{USER} ec2:GetSecurityGroupsForVpc on resource: *")
    assert "Grant the deployer ec2:GetSecurityGroupsForVpc on *" in text
    assert "statement LoadBalancerNeeds of docs/iam/network.json." in text


def test_ec2_may_say_nothing_but_that_it_refuses() -> None:
    text = refusal("DescribeVpcs", "UnauthorizedOperation", "You are not authorized to perform this operation.")
    assert "this operation. Grant the deployer ec2:DescribeVpcs." in text
    assert "docs/iam/read.json" in text


def test_what_a_policy_denies_explicitly_no_other_gives() -> None:
    text = refusal(
        "DescribeAlarms",
        "AccessDenied",
        f"{USER} cloudwatch:DescribeAlarms with an explicit deny in a service control policy",
    )
    assert "A policy explicitly denies cloudwatch:DescribeAlarms: have that policy changed." in text


def test_an_action_that_no_policy_has() -> None:
    text = refusal("Decrypt", "AccessDeniedException", f"{USER} kms:Decrypt on resource: arn:aws:kms:::key/1")
    assert text.endswith("Grant the deployer kms:Decrypt on arn:aws:kms:::key/1.")
    assert statements_for("kms:Decrypt") == []


def test_an_outage_is_none() -> None:
    error = client_error(ClientError({"Error": {"Code": "InternalFailure"}}, "DescribeAlarms"), "us-east-1")
    assert not error.refused
