# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies: what an evaluation makes of actions, resources and conditions."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.policies import Request, UnknownConditionError, allowed, like, refuse_unknown

ZONE = "arn:aws:route53:::hostedzone/Z1"
NAMES = "route53:ChangeResourceRecordSetsNormalizedRecordNames"


def statement(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "route53:ChangeResourceRecordSets", "Resource": ZONE} | more


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def request(**more: Any) -> Request:
    fields: dict[str, Any] = {
        "action": "route53:ChangeResourceRecordSets",
        "resource": ZONE,
    }
    return Request(**fields | more)


def test_nothing_is_allowed_without_a_statement() -> None:
    assert not allowed([], request())
    assert allowed([document(statement())], request())


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [("ec2:Describe*", "ec2:DescribeVpcs", True), ("ec2:Describe?", "ec2:DescribeVpcs", False), ("[a]", "a", False)],
)
def test_patterns(pattern: str, value: str, matches: bool) -> None:
    assert like(pattern, value) is matches


@pytest.mark.parametrize(
    ("change", "asked", "expected"),
    [
        ({"Action": "ROUTE53:change*"}, {}, True),
        ({"Action": ["ec2:*", "iam:*"]}, {}, False),
        ({"Resource": "arn:aws:route53:::hostedzone/Z2"}, {}, False),
        ({"Resource": "arn:aws:route53:::hostedzone/*"}, {}, True),
        ({}, {"resource": "*"}, False),
        ({}, {"resource": None}, True),
    ],
)
def test_action_and_resource(change: dict[str, Any], asked: dict[str, Any], expected: bool) -> None:
    assert allowed([document(statement(**change))], request(**asked)) is expected


def test_not_action_and_not_resource() -> None:
    everything_else = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:route53:::hostedzone/Z2"}
    assert allowed([document(everything_else)], request())
    assert not allowed([document(everything_else)], request(action="iam:CreateRole"))
    assert not allowed([document(everything_else)], request(resource="arn:aws:route53:::hostedzone/Z2"))


def test_a_denial_in_any_document_wins() -> None:
    assert not allowed([document(statement()), document(statement(Effect="Deny"))], request())


NARROW = {
    "ForAllValues:StringEquals": {NAMES: ["dev.example.com"]},
    "Null": {NAMES: "false"},
}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("dev.example.com",), True),
        (("dev.example.com", "www.example.com"), False),
        (("www.example.com",), False),
        (None, False),
    ],
)
def test_for_all_values_with_null(names: tuple[str, ...] | None, expected: bool) -> None:
    context = {NAMES.lower(): names} if names else {}
    assert allowed([document(statement(Condition=NARROW))], request(context=context)) is expected


def test_for_all_values_alone_is_true_of_an_absent_key() -> None:
    condition = {"ForAllValues:StringEquals": NARROW["ForAllValues:StringEquals"]}
    assert allowed([document(statement(Condition=condition))], request())


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("StringEquals", "a", ("a",), True),
        ("StringEquals", ["b", "a"], ("a",), True),
        ("StringEquals", "A", ("a",), False),
        ("StringEquals", "a", None, False),
        ("StringEqualsIfExists", "a", None, True),
        ("StringEqualsIgnoreCase", "A", ("a",), True),
        ("StringLike", "a*", ("abc",), True),
        ("StringNotEquals", "a", ("a",), False),
        ("StringNotEquals", ["a", "b"], ("c",), True),
        ("StringNotEquals", ["a", "b"], ("b",), False),
        ("StringNotEquals", "a", None, True),
        ("Bool", True, ("true",), True),
        ("ForAnyValue:StringEquals", "a", ("b", "a"), True),
        ("ForAnyValue:StringEquals", "a", ("b",), False),
        ("ForAnyValue:StringEquals", "a", None, False),
    ],
)
def test_operators(operator: str, wanted: Any, actual: tuple[str, ...] | None, expected: bool) -> None:
    condition = {operator: {"aws:RequestTag/Stack": wanted}}
    context = {"aws:requesttag/stack": actual} if actual else {}
    assert allowed([document(statement(Condition=condition))], request(context=context)) is expected


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, "the condition key aws:SourceVpc"),
        ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, "the condition key aws:SourceVpc"),
        ({"IpAddress": {"aws:PrincipalArn": "10.0.0.0/8"}}, "the condition operator IpAddress"),
    ],
)
def test_a_condition_the_sandbox_does_not_know_is_refused(condition: dict[str, Any], words: str) -> None:
    """Taken as met, a misspelled key would prove a policy that allows nothing on AWS."""
    documents = [document(statement(Condition=condition))]
    with pytest.raises(UnknownConditionError, match=words):
        allowed(documents, request())
    with pytest.raises(UnknownConditionError, match=words):
        refuse_unknown(documents)


def test_a_key_that_the_request_does_not_carry_is_absent() -> None:
    tagged = {"StringEquals": {"aws:ResourceTag/Stack": "hello"}}
    assert not allowed([document(statement(Condition=tagged))], request())
    assert allowed([document(statement(Condition=tagged))], request(context={"aws:resourcetag/stack": ("hello",)}))
    assert allowed([document(statement(Condition={"Null": {"aws:ResourceTag/Stack": "true"}}))], request())


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", True),
        ({"AWS": "arn:aws:iam::111111111111:root"}, True),
        ({"AWS": ["arn:aws:iam::222222222222:root", "111111111111"]}, True),
        ({"AWS": "arn:aws:iam::111111111111:user/deployer"}, True),
        ({"AWS": "arn:aws:iam::222222222222:root"}, False),
        ({"Service": "ecs-tasks.amazonaws.com"}, False),
    ],
)
def test_principals(principal: Any, expected: bool) -> None:
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    asked = Request("sts:AssumeRole", principal="arn:aws:iam::111111111111:user/deployer", account="111111111111")
    assert allowed([document(trust)], asked) is expected
