# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who says how many tasks a region ran at most lately."""

from __future__ import annotations

import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import DNS, Owner
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.capacity import Most, reason
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.capacity_calls import (
    read_most,
    with_alternates,
)
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.tasks import Tasks
from tests.unit.ecs_service.script import REGION, Script, context, error

OWNER = Owner(stack="shop", environment="dev", component=DNS)
ARN = "arn:aws:elasticloadbalancing:us-east-1:111111111111:"
GROUP = {
    "TargetGroupArn": f"{ARN}targetgroup/shop-dev-web/0a1b",
    "LoadBalancerArns": [f"{ARN}loadbalancer/app/shop-dev/2c3d"],
}


def data(**values: t.Sequence[float]) -> dict[str, t.Any]:
    return {"MetricDataResults": [{"Id": name, "Values": list(found)} for name, found in values.items()]}


def most(script: Script, *services: str) -> Most:
    return read_most(context(script), REGION, OWNER, services)


def test_container_insights_is_asked_for_all_services_at_once_and_nobody_else() -> None:
    script = Script(get_metric_data=data(q0=[2.0, 4.0], q1=[1.0]))
    assert most(script, "web", "api") == Most(5, "Container Insights")
    assert script.names == ["get_metric_data"]


def test_without_container_insights_the_load_balancer_is_asked_for_what_was_healthy_for_minutes() -> None:
    script = Script(
        get_metric_data=(data(q0=[]), data(q0=[2.0, 6.0])), describe_target_groups={"TargetGroups": [GROUP]}
    )
    assert most(script, "web") == Most(6, "the load balancer")
    [_first, second] = script.of("get_metric_data")
    assert second["MetricDataQueries"][0]["MetricStat"] == {
        "Metric": {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": "HealthyHostCount",
            "Dimensions": [
                {"Name": "TargetGroup", "Value": "targetgroup/shop-dev-web/0a1b"},
                {"Name": "LoadBalancer", "Value": "app/shop-dev/2c3d"},
            ],
        },
        "Period": 300,
        "Stat": "Minimum",
    }


RULE = f"{ARN}listener-rule/app/shop-dev/2c3d/4e5f/6a7b"
PAIR = {"advancedConfiguration": {"alternateTargetGroupArn": GROUP["TargetGroupArn"], "productionListenerRule": RULE}}


def alternates(script: Script, found: Most, *balanced: dict[str, t.Any]) -> Most:
    return with_alternates(context(script), REGION, found, balanced)


def test_of_two_target_groups_the_one_counts_that_had_more() -> None:
    for first, most_of_both in ((0, 6), (4, 6), (8, 8)):
        script = Script(get_metric_data=data(q0=[2.0, 6.0]))
        assert alternates(script, Most(first, "the load balancer"), PAIR) == Most(most_of_both, "the load balancer")
        (query,) = script.of("get_metric_data")[0]["MetricDataQueries"]
        assert query["MetricStat"]["Metric"]["Dimensions"] == [
            {"Name": "TargetGroup", "Value": "targetgroup/shop-dev-web/0a1b"},
            {"Name": "LoadBalancer", "Value": "app/shop-dev/2c3d"},
        ]


def test_nobody_is_asked_for_a_second_group_where_there_is_none_or_insights_know() -> None:
    for found, balanced in ((Most(2, "the load balancer"), {}), (Most(2, "Container Insights"), PAIR)):
        script = Script()
        assert (alternates(script, found, balanced), script.names) == (found, [])


def test_each_service_has_a_source_of_its_own() -> None:
    answers = (data(q0=[3.0], q1=[]), data(q0=[2.0]))
    script = Script(get_metric_data=answers, describe_target_groups={"TargetGroups": [GROUP]})
    assert most(script, "web", "api") == Most(5, "Container Insights and the load balancer")


def test_nobody_knows_of_a_service_that_is_not_there() -> None:
    for answer in ({"TargetGroups": [{**GROUP, "LoadBalancerArns": []}]}, error("TargetGroupNotFound")):
        assert most(Script(get_metric_data=data(q0=[]), describe_target_groups=answer), "web") == Most()
    assert most(Script()) == Most()


def test_the_sentence_says_who_knows_where_that_is_not_what_ecs_was_to_run() -> None:
    assert reason("us-east-1", 100, 2, Most(6, "Container Insights")) == (
        "us-east-1 runs 2, and ran 6 at most in the last 24 hours"
    )
    assert reason("us-east-1", 100, 2, Most(6, "the load balancer")).endswith("24 hours by the load balancer")


def test_services_that_do_not_scale_have_their_own_number() -> None:
    scaled, fixed = Tasks(desired=3, limits=(2, 10)), Tasks(desired=4)
    assert (scaled + fixed).limits == (6, 14)
    assert (fixed + fixed).limits is None
    assert {**(scaled + fixed).describe()}["maximum"] == 14
