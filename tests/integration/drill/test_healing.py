# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill breaks, and how it is healed."""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER as ALB
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import journal
from tests.sampling import every_third

from .field import ACCOUNT, EAST, IN_AWS, WEST, Field, healed_by, until

pytestmark = pytest.mark.once


@pytest.mark.parametrize("kind", IN_AWS)
def test_a_drill_breaks_and_heals(field: Field, kind: str) -> None:
    before = field.state()
    ctx, plan = field.decide(kind, give_up=1)
    drill = field.drill(ctx, plan)
    with field.aws.hold(operation="PutMetricData"):
        drill.run()
    document = drill.document()
    assert document["verdict"] == "failed"  # nobody has moved
    assert [event["kind"] for event in document["events"]][:3] == ["ready", "fault", "given_up"]
    healed_by(field, before, "drill")


def test_healing_that_fails_says_so_and_is_tried_again(field: Field) -> None:
    told: list[str] = []
    before = field.state()
    ctx, plan = field.decide(kinds.BLOCK_ALB, give_up=1)
    drill = field.drill(dataclasses.replace(ctx, progress=told.append), plan)
    # The first one is the rehearsal.
    with field.aws.fail("Unavailable", operation="AuthorizeSecurityGroupIngress", nth=2):
        drill.run()
    said = f"healing {EAST} failed, and is tried again: AuthorizeSecurityGroupIngress in {EAST}: Unavailable"
    assert [text for text in told if text.startswith(said)], told
    healed_by(field, before, "drill")


@pytest.mark.parametrize("kind", every_third(IN_AWS))
def test_while_it_is_broken_a_mark_and_the_journal_say_so(field: Field, kind: str) -> None:
    before = field.state()
    with field.process(kind):
        broken = field.state()
        assert broken[WEST] == before[WEST]
        assert broken[EAST] != before[EAST]
        assert kinds.TAG in json.dumps(broken[EAST])
        found = field.journal()
        assert found is not None
        assert (found.region, found.fault, found.account_id, found.endpoint_url) == (EAST, kind, ACCOUNT, field.aws.url)
        assert found.by_hand
        text = field.path.read_text()
        assert field.aws.credentials()["AWS_SECRET_ACCESS_KEY"] not in text


@pytest.mark.exhaustive
def test_a_switch_is_released_by_the_guardian(field: Field) -> None:
    """It takes some minutes until no earlier point can count any more, which nobody waits for here."""
    field.spoilt = True
    with field.process(kinds.SWITCH) as process:
        # One of the rehearsal, and one of the fault every ten seconds
        zeros, ones = published(field)
        assert (zeros, ones > 0) == (1, True)
        assert kinds.TAG in str(alarm_tags(field))
        process.kill()
        until("another point of 0", lambda: published(field)[0] > 1)
        assert field.phase() == journal.BROKEN


def test_scaling_is_suspended_while_its_tasks_are_stopped_and_goes_on_whoever_heals(field: Field) -> None:
    field.spoilt = True
    scaler, ecs = (field.aws.client(name, region=EAST) for name in ("application-autoscaling", "ecs"))
    place = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
    name = "service/hello-dev-hello/hello-dev-hello"
    scaler.register_scalable_target(**place, ResourceId=name, MinCapacity=2, MaxCapacity=4)
    [service] = ecs.describe_services(cluster="hello-dev-hello", services=["hello-dev-hello"])["services"]
    tags = [{"key": "everlook.failover:scaling", "value": "on"}]
    ecs.tag_resource(resourceArn=service["serviceArn"], tags=tags)
    before = field.state()

    def suspended() -> list[bool]:
        [found] = scaler.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[name])["ScalableTargets"]
        return sorted(set((found.get("SuspendedState") or {"none": False}).values()))

    with field.process(kinds.STOP_TASKS) as process:
        assert suspended() == [True]
        process.kill()
        healed_by(field, before, "guardian")
    assert suspended() == [False]


def published(field: Field) -> tuple[int, int]:
    """How many data points of the switch are 0, and how many 1."""
    alarm = switch_alarm(field)
    now = datetime.datetime.now(datetime.UTC)
    found = field.aws.client("cloudwatch", region=WEST).get_metric_statistics(
        **{key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")},
        StartTime=now - datetime.timedelta(hours=1),
        EndTime=now + datetime.timedelta(hours=1),
        Period=86400,
        Statistics=["SampleCount", "Sum"],
    )["Datapoints"]
    ones = sum(round(point["Sum"]) for point in found)
    return sum(round(point["SampleCount"]) for point in found) - ones, ones


def switch_alarm(field: Field) -> dict[str, t.Any]:
    cloudwatch = field.aws.client("cloudwatch", region=WEST)
    found: dict[str, t.Any] = cloudwatch.describe_alarms(AlarmNames=[f"hello-dev-switch-{EAST}"])["MetricAlarms"][0]
    return found


def alarm_tags(field: Field) -> list[dict[str, str]]:
    cloudwatch = field.aws.client("cloudwatch", region=WEST)
    found: list[dict[str, str]] = cloudwatch.list_tags_for_resource(ResourceARN=switch_alarm(field)["AlarmArn"])["Tags"]
    return found


@pytest.mark.exhaustive
def test_what_was_healed_by_hand_stays_as_it_is(field: Field) -> None:
    with field.process(kinds.STOP_TASKS) as process:
        field.aws.client("ecs").update_service(cluster="hello-dev-hello", service="hello-dev-hello", desiredCount=3)
        process.kill()
        until("the journal to be closed", lambda: not field.path.exists())
    assert field.state()[EAST]["desired"] == [3]
    assert kinds.TAG not in json.dumps(field.state())


@pytest.mark.exhaustive
def test_a_deployment_in_between_and_the_healing_do_not_get_into_each_others_way(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process:
        ec2 = field.aws.client("ec2")
        vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:Stack", "Values": ["hello"]}])["Vpcs"][0]["VpcId"]
        subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
        public = [item["SubnetId"] for item in subnets if "public" in json.dumps(item["Tags"])]
        result = field.run_job(ALB.job, region=EAST, vpc_id=vpc, subnet_ids=public)
        assert result["changed"]
        process.kill()
        healed_by(field, before, "guardian")
    assert "already has ingress rules" in field.closed()["healed"]["outcomes"][0]


@pytest.mark.exhaustive
def test_a_guardian_whose_credentials_have_expired_goes_on_trying(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process:
        with field.aws.fail("ExpiredToken", operation="DescribeSecurityGroups", count=1000):
            process.kill()
            until("an error in the journal", lambda: "ExpiredToken" in getattr(field.journal(), "last_error", ""))
        healed_by(field, before, "guardian")


def test_a_fault_that_fails_is_healed_and_reported(field: Field) -> None:
    before = field.state()
    ctx, plan = field.decide(kinds.UNHEALTHY_APP)
    # The first one is the rehearsal.
    failing = field.aws.fail("AccessDenied", operation="ModifyTargetGroup", nth=2)
    with failing, pytest.raises(Exception, match="AccessDenied"):
        field.drill(ctx, plan).run()
    healed_by(field, before, "drill")
