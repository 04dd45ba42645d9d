# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift is named and repaired alone; what cannot be changed is replaced."""

from __future__ import annotations

import json
import typing as t

import pytest

from sandbox import Sandbox

from .world import (
    ALARM,
    DOMAIN,
    EAST,
    NAME,
    OURS,
    SCHEDULE,
    SWITCH_ROLE,
    WEST,
    Converge,
    World,
    addresses,
    delete_regional,
    primary,
    untag_alarm,
)

pytestmark = pytest.mark.once


def _update_check(name: str, **members: t.Any) -> t.Callable[[World], None]:
    def drift(world: World) -> None:
        world.route53.update_health_check(HealthCheckId=world.checks()[name]["Id"], **members)

    return drift


def _put_alarm(**settings: t.Any) -> t.Callable[[World], None]:
    def drift(world: World) -> None:
        name = f"hello-dev-switch-{EAST}"
        dimensions = [{"Name": "Stack", "Value": "hello"}, {"Name": "Environment", "Value": "dev"}]
        known = {
            **ALARM,
            "AlarmDescription": world.alarms(WEST)[name]["AlarmDescription"],
            "Dimensions": [*dimensions, {"Name": "Region", "Value": EAST}],
        }
        world.aws.client("cloudwatch", region=WEST).put_metric_alarm(AlarmName=name, **{**known, **settings})

    return drift


def _without_health_check(world: World) -> None:
    record = primary(world)
    del record["HealthCheckId"]
    world.change("UPSERT", **record)


def _delete_secondary(world: World) -> None:
    world.change("DELETE", **world.records()[f"{DOMAIN}.", f"hello/dev/{WEST}"])


def _elsewhere(world: World) -> None:
    record = world.records()[f"{EAST}.{DOMAIN}.", None]
    record["AliasTarget"] = world.records()[f"{WEST}.{DOMAIN}.", None]["AliasTarget"]
    world.change("UPSERT", **record)


def _delete_alarm(world: World) -> None:
    world.aws.client("cloudwatch", region=WEST).delete_alarms(AlarmNames=[f"hello-dev-switch-{EAST}"])


def _untag_check(world: World) -> None:
    world.route53.change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=world.checks()[f"{EAST}/endpoint"]["Id"], RemoveTagKeys=["Stack", "Name"]
    )


def _childless(world: World) -> None:
    checks = world.checks()
    world.route53.update_health_check(
        HealthCheckId=checks[f"{EAST}/calculated"]["Id"],
        ChildHealthChecks=[checks[f"{EAST}/endpoint"]["Id"]],
        HealthThreshold=1,
    )


def _schedule(**changed: t.Any) -> t.Callable[[World], None]:
    """UpdateSchedule with everything as it is but this; members of the target are merged into it."""

    def drift(world: World) -> None:
        scheduler = world.aws.client("scheduler", region=WEST)
        known = world.schedules(WEST)[SCHEDULE]
        target = {**known["Target"], **changed.get("Target", {})}
        scheduler.update_schedule(**{**known, **changed, "Target": target})

    return drift


def _delete_schedule(world: World) -> None:
    world.aws.client("scheduler", region=WEST).delete_schedule(Name=SCHEDULE)


def _widen_role(world: World) -> None:
    statement = {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.aws.client("iam").put_role_policy(RoleName=SWITCH_ROLE, PolicyName="switch", PolicyDocument=document)


DRIFTS: dict[str, tuple[t.Callable[[World], None], set[str]]] = {
    "record without its health check": (_without_health_check, {"record_sets/failover"}),
    "secondary deleted": (_delete_secondary, {"record_sets/failover"}),
    "regional name deleted": (delete_regional, {"record_sets/regional"}),
    "regional name leads elsewhere": (_elsewhere, {"record_sets/regional"}),
    "path": (_update_check(f"{EAST}/endpoint", ResourcePath="/other"), {f"health_check/{EAST}-endpoint"}),
    "port": (_update_check(f"{WEST}/endpoint", Port=81), {f"health_check/{WEST}-endpoint"}),
    "failure threshold": (_update_check(f"{EAST}/endpoint", FailureThreshold=5), {f"health_check/{EAST}-endpoint"}),
    "probed name": (
        _update_check(f"{EAST}/endpoint", FullyQualifiedDomainName="example.com"),
        {f"health_check/{EAST}-endpoint"},
    ),
    "checker regions": (
        _update_check(f"{EAST}/endpoint", Regions=["us-east-1", "us-west-1", "us-west-2"]),
        {f"health_check/{EAST}-endpoint"},
    ),
    "endpoint inverted": (_update_check(f"{EAST}/endpoint", Inverted=True), {f"health_check/{EAST}-endpoint"}),
    "calculated disabled": (_update_check(f"{EAST}/calculated", Disabled=True), {f"health_check/{EAST}-calculated"}),
    "threshold": (_update_check(f"{EAST}/calculated", HealthThreshold=1), {f"health_check/{EAST}-calculated"}),
    "children": (_childless, {f"health_check/{EAST}-calculated"}),
    "switch without memory": (
        _update_check(f"{EAST}/switch-{WEST}", InsufficientDataHealthStatus="Healthy"),
        {f"health_check/{EAST}-switch-{WEST}"},
    ),
    "tags of a check": (_untag_check, {f"health_check/{EAST}-endpoint"}),
    "tags of an alarm": (untag_alarm, {f"metric_alarm/{EAST}-switch-{WEST}"}),
    "alarm deleted": (_delete_alarm, {f"metric_alarm/{EAST}-switch-{WEST}"}),
    "alarm threshold": (_put_alarm(Threshold=5.0), {f"metric_alarm/{EAST}-switch-{WEST}"}),
    "alarm statistic": (_put_alarm(Statistic="Average"), {f"metric_alarm/{EAST}-switch-{WEST}"}),
    "alarm at M out of N": (
        _put_alarm(EvaluationPeriods=2, DatapointsToAlarm=1),
        {f"metric_alarm/{EAST}-switch-{WEST}"},
    ),
    "alarm missing data": (_put_alarm(TreatMissingData="breaching"), {f"metric_alarm/{EAST}-switch-{WEST}"}),
    "schedule deleted": (_delete_schedule, {f"schedule/{WEST}-switch"}),
    "schedule at another rate": (_schedule(ScheduleExpression="rate(1 hour)"), {f"schedule/{WEST}-switch"}),
    "schedule at any time": (
        _schedule(FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}),
        {f"schedule/{WEST}-switch"},
    ),
    "schedule publishes something else": (_schedule(Target={"Input": "{}"}), {f"schedule/{WEST}-switch"}),
    "schedule tries for a day": (
        _schedule(Target={"RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}}),
        {f"schedule/{WEST}-switch"},
    ),
    "role may publish everything": (_widen_role, {"iam_role/switch"}),
    "alarm without description": (_put_alarm(AlarmDescription=""), {f"metric_alarm/{EAST}-switch-{WEST}"}),
}


@pytest.mark.parametrize("nth", [3, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_drift_is_named_and_repaired_alone(world: World, converge: Converge, nth: int) -> None:
    """One after the other in one deployment, which saves a deployment each: every third, and all."""
    converge(EAST, WEST)
    before = world.everything()
    for name in list(DRIFTS)[::nth]:
        drift, expected = DRIFTS[name]
        drift(world)
        assert world.everything() != before, name
        assert addresses(converge(EAST, WEST, check_mode=True)) == expected, name
        assert addresses(converge(EAST, WEST)) == expected, name
        assert world.everything() == before, name
    assert not converge(EAST, WEST)["changed"]


def test_a_copy_of_the_alarms_settings_that_is_old_is_made_anew(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    before = world.everything()
    _put_alarm(Threshold=5.0)(world)
    _update_check(f"{EAST}/switch-{WEST}", Disabled=False)(world)  # Route 53 copies the settings now
    expected = {f"metric_alarm/{EAST}-switch-{WEST}", f"health_check/{EAST}-switch-{WEST}"}
    assert addresses(converge(EAST, WEST)) == expected
    assert world.everything() == before


def test_a_deleted_check_is_made_again_and_referred_to(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    before = world.everything()
    for name in (f"{EAST}/endpoint", f"{EAST}/switch-{WEST}", f"{WEST}/calculated"):
        world.route53.delete_health_check(HealthCheckId=world.checks()[name]["Id"])
        region, role = name.split("/")
        user = "record_sets/failover" if role == "calculated" else f"health_check/{region}-calculated"
        assert addresses(converge(EAST, WEST)) == {f"health_check/{region}-{role}", user}
        assert world.everything() == before


def test_others_tags_and_alarm_actions_are_left_alone(world: World, converge: Converge, warnings: list[str]) -> None:
    converge(EAST, WEST)
    check = world.checks()[f"{EAST}/endpoint"]["Id"]
    world.route53.change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=check, AddTags=[{"Key": "Cost", "Value": "42"}]
    )
    topic = f"arn:aws:sns:{WEST}:111111111111:tell-me"
    _put_alarm(AlarmActions=[topic])(world)
    arn = world.alarms(WEST)[f"hello-dev-switch-{EAST}"]["AlarmArn"]
    cost = [{"Key": "Cost", "Value": "42"}]
    world.aws.client("cloudwatch", region=WEST).tag_resource(ResourceARN=arn, Tags=cost)
    assert warnings == []
    assert not converge(EAST, WEST)["changed"]
    (warning,) = warnings
    assert topic in warning
    assert warning.endswith("They are left alone.")
    _put_alarm(AlarmActions=[topic], Threshold=7.0)(world)
    assert converge(EAST, WEST)["changed"]
    assert world.alarms(WEST)[f"hello-dev-switch-{EAST}"]["AlarmActions"] == [topic]
    assert world.tags(check)["Cost"] == world.alarm_tags(WEST, arn)["Cost"] == "42"


def test_new_tags_reach_checks_and_alarms(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    result = converge(EAST, WEST, tags={"Team": "blue"})
    assert {change["kind"] for change in result["changes"]} == {"health_check", "metric_alarm", "iam_role"}
    arn = world.alarms(WEST)[f"hello-dev-switch-{EAST}"]["AlarmArn"]
    assert world.alarm_tags(WEST, arn)["Team"] == "blue"
    assert all(world.tags(check["Id"])["Team"] == "blue" for check in world.checks().values())
    assert not converge(EAST, WEST, tags={"Team": "blue"})["changed"]


def test_what_cannot_be_changed_is_replaced_behind_the_calculated_check(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    converge(EAST, WEST)
    for health_check in ({"interval": 30}, {"measure_latency": True}, {"search_string": "well"}, {"protocol": "HTTPS"}):
        before, record = world.checks(), primary(world)
        mark = aws.requests.mark()
        converge(EAST, WEST, health_check=health_check)
        after = world.checks()
        calls = [call.operation for call in aws.requests.writes(mark)]
        assert after[f"{EAST}/endpoint"]["Id"] != before[f"{EAST}/endpoint"]["Id"]
        assert after[f"{EAST}/calculated"]["Id"] == before[f"{EAST}/calculated"]["Id"]
        assert after[f"{EAST}/endpoint"]["Id"] in after[f"{EAST}/calculated"]["HealthCheckConfig"]["ChildHealthChecks"]
        assert primary(world) == record
        assert "ChangeResourceRecordSets" not in calls
        assert calls.index("CreateHealthCheck") < calls.index("UpdateHealthCheck") < calls.index("DeleteHealthCheck")
        assert not converge(EAST, WEST, health_check=health_check)["changed"]


def test_a_new_load_balancer_takes_the_place_of_the_old_one(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    before = world.checks()
    elb = world.aws.client("elbv2", region=WEST)
    old = elb.describe_load_balancers(Names=[NAME])["LoadBalancers"][0]
    for listener in elb.describe_listeners(LoadBalancerArn=old["LoadBalancerArn"])["Listeners"]:
        elb.delete_listener(ListenerArn=listener["ListenerArn"])
    elb.delete_load_balancer(LoadBalancerArn=old["LoadBalancerArn"])
    elb.delete_target_group(TargetGroupArn=world.groups[WEST])
    missing = converge(EAST, WEST)
    assert missing["failed"]
    assert missing["not_ready"] == [{"region": WEST, "reason": f"there is no load balancer {NAME} in {WEST}"}]
    assert not missing["changed"]
    subnets = [zone["SubnetId"] for zone in old["AvailabilityZones"]]
    name = world.balance(WEST, old["VpcId"], subnets, OURS, targets=0)
    result = converge(EAST, WEST)
    assert addresses(result) == {"record_sets/failover", "record_sets/regional"}
    assert world.records()[f"{DOMAIN}.", f"hello/dev/{WEST}"]["AliasTarget"]["DNSName"] == f"{name}."
    assert world.checks() == before
