# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listener rules: conditions, priorities, pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.overlay.helpers import (
    create_balancer,
    create_listener,
    create_public_network,
    create_target_group,
    refused,
)


@pytest.fixture
def group(ec2: Any, elb: Any) -> str:
    vpc_id, _subnet_ids = create_public_network(ec2)
    return create_target_group(elb, vpc_id)


@pytest.fixture
def listener(ec2: Any, elb: Any, group: str) -> str:
    _vpc_id, subnet_ids = create_public_network(ec2)
    balancer = create_balancer(elb, subnet_ids)
    return str(create_listener(elb, balancer["LoadBalancerArn"], group)["ListenerArn"])


def path(*values: str) -> list[dict[str, Any]]:
    return [{"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}]


def host(*values: str) -> list[dict[str, Any]]:
    return [{"Field": "host-header", "HostHeaderConfig": {"Values": list(values)}}]


def make(elb: Any, listener: str, group: str, priority: int, conditions: list[dict[str, Any]]) -> dict[str, Any]:
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    made = elb.create_rule(ListenerArn=listener, Priority=priority, Conditions=conditions, Actions=forward)["Rules"]
    return dict(made[0])


def priorities(elb: Any, listener: str) -> list[tuple[str, str]]:
    rules = elb.describe_rules(ListenerArn=listener)["Rules"]
    return [(rule["RuleArn"][-4:], rule["Priority"]) for rule in rules]


def test_conditions_are_shown_both_ways(elb: Any, listener: str, group: str) -> None:
    rule = make(elb, listener, group, 1, host("a.example.com", "*.example.org"))
    assert rule["Conditions"] == [
        {
            "Field": "host-header",
            "Values": ["a.example.com", "*.example.org"],
            "HostHeaderConfig": {"Values": ["a.example.com", "*.example.org"]},
        }
    ]
    (changed,) = elb.modify_rule(RuleArn=rule["RuleArn"], Conditions=path("/a/*"))["Rules"]
    assert [condition["Field"] for condition in changed["Conditions"]] == ["path-pattern"]
    assert changed["Actions"] == rule["Actions"]


@pytest.mark.parametrize(
    ("conditions", "code", "text"),
    [
        ([], "ValidationError", "must have a condition"),
        (path("/a", "/b", "/c") + host("a.com", "b.com", "c.com"), "TooManyConditionValues", "at most 5"),
        (path("/*/*/*/*/*/*"), "ValidationError", "wildcards"),
        (path("/a") + path("/b"), "ValidationError", "only have one"),
        (path("/" + "a" * 128), "ValidationError", "too long"),
        (path("/a b"), "ValidationError", "not valid"),
        (host("localhost"), "ValidationError", "not valid"),
        (host("a.example.c0m"), "ValidationError", "not valid"),
        (host("a_b.example.com"), "ValidationError", "not valid"),
    ],
)
def test_conditions_that_aws_refuses(
    elb: Any, listener: str, group: str, conditions: list[dict[str, Any]], code: str, text: str
) -> None:
    with refused(code, text):
        make(elb, listener, group, 1, conditions)


def test_a_priority_has_one_rule(elb: Any, listener: str, group: str) -> None:
    make(elb, listener, group, 7, path("/a"))
    with refused("PriorityInUse"):
        make(elb, listener, group, 7, path("/b"))
    with pytest.raises(Exception, match="50001"):
        make(elb, listener, group, 50001, path("/b"))


def test_rules_swap_places_but_share_none(elb: Any, listener: str, group: str) -> None:
    first = make(elb, listener, group, 1, path("/a"))["RuleArn"]
    second = make(elb, listener, group, 2, path("/b"))["RuleArn"]
    elb.set_rule_priorities(RulePriorities=[{"RuleArn": first, "Priority": 2}, {"RuleArn": second, "Priority": 1}])
    assert priorities(elb, listener)[:2] == [(second[-4:], "1"), (first[-4:], "2")]
    with refused("PriorityInUse"):
        elb.set_rule_priorities(RulePriorities=[{"RuleArn": first, "Priority": 1}])
    # The place that it has already is not in use by another.
    elb.set_rule_priorities(RulePriorities=[{"RuleArn": first, "Priority": 2}])
    assert priorities(elb, listener)[-1][1] == "default"


def test_the_default_rule_is_neither_moved_nor_modified(elb: Any, listener: str) -> None:
    (default,) = elb.describe_rules(ListenerArn=listener)["Rules"]
    with refused("OperationNotPermitted"):
        elb.set_rule_priorities(RulePriorities=[{"RuleArn": default["RuleArn"], "Priority": 1}])
    with refused("OperationNotPermitted"):
        elb.modify_rule(RuleArn=default["RuleArn"], Conditions=path("/a"))


def test_rules_come_in_pages_in_order_of_priority(elb: Any, listener: str, group: str) -> None:
    for number in (3, 1, 2):
        make(elb, listener, group, number, path(f"/{number}"))
    pages = list(elb.get_paginator("describe_rules").paginate(ListenerArn=listener, PaginationConfig={"PageSize": 2}))
    assert [[rule["Priority"] for rule in page["Rules"]] for page in pages] == [["1", "2"], ["3", "default"]]


def test_rules_have_tags_from_the_start_until_they_go(elb: Any, listener: str, group: str) -> None:
    (rule,) = elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=path("/a"),
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
        Tags=[{"Key": "Team", "Value": "web"}],
    )["Rules"]
    arn = rule["RuleArn"]
    assert elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"] == [{"Key": "Team", "Value": "web"}]
    elb.delete_rule(RuleArn=arn)
    with refused("RuleNotFound"):
        elb.describe_tags(ResourceArns=[arn])
    with refused("RuleNotFound"):
        elb.delete_rule(RuleArn=arn)
    with refused("RuleNotFound"):
        elb.modify_rule(RuleArn=arn, Conditions=path("/b"))


def test_a_group_is_in_use_as_long_as_a_rule_forwards_to_it(elb: Any, ec2: Any, listener: str) -> None:
    vpc_id, _subnets = create_public_network(ec2)
    side = create_target_group(elb, vpc_id, "side")
    rule = make(elb, listener, side, 1, path("/a"))["RuleArn"]
    assert elb.describe_target_groups(Names=["side"])["TargetGroups"][0]["LoadBalancerArns"]
    with refused("ResourceInUse"):
        elb.delete_target_group(TargetGroupArn=side)
    elb.delete_rule(RuleArn=rule)
    assert elb.describe_target_groups(Names=["side"])["TargetGroups"][0]["LoadBalancerArns"] == []
    elb.delete_target_group(TargetGroupArn=side)
