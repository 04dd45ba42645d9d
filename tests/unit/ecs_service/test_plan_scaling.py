# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of tasks follows the load: what is made, repaired and taken away, and whose the number is."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources import (
    scalable_target,
    scaling_policy,
    scheduled_action,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec import Spec
from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown
from tests.unit.ecs_service.support import applied, as_seen_for_deletion, params, spec_of

from .plans import addresses, change_of, waits

NIGHT = {"name": "night", "schedule": "cron(0 20 ? * * *)", "timezone": "Europe/Berlin", "minimum": 1, "maximum": 2}
SCALING: dict[str, t.Any] = {"minimum": 2, "maximum": 10, "cpu": 60, "requests": 600, "schedules": [NIGHT]}
TARGET, CPU, REQUESTS, SCHEDULE = (
    "scalable_target/main",
    "scaling_policy/cpu",
    "scaling_policy/requests",
    "scheduled_action/night",
)


def scaled(spec: Spec) -> Snapshot:
    """The account once the spec with its scaling has been applied, as AWS answers."""
    scaling = spec.scaling
    assert scaling
    steps = {step.address: step for step in plan(spec, applied(spec)).changes}
    target = {"MinCapacity": scaling.minimum, "MaxCapacity": scaling.maximum, "SuspendedState": {}, "RoleARN": "role"}
    snapshot = dataclasses.replace(
        applied(spec),
        scalable_target=scalable_target.ScalableTarget(values=field.read(scalable_target.FIELDS, target)),
        scaling_policies=tuple(
            scaling_policy.ScalingPolicy(
                name=step.data.name,
                values=field.read(scaling_policy.FIELDS, field.write(scaling_policy.FIELDS, step.data.values)),
            )
            for step in steps.values()
            if step.kind == scaling_policy.KIND
        ),
        scheduled_actions=tuple(
            scheduled_action.ScheduledAction(
                name=step.data.name,
                values=field.read(scheduled_action.FIELDS, field.write(scheduled_action.FIELDS, step.data.values)),
            )
            for step in steps.values()
            if step.kind == scheduled_action.KIND
        ),
    )
    return with_tags(snapshot, everlook_tags("on"))


def everlook_tags(value: str) -> dict[str, str]:
    return {"everlook.failover:scaling": value}


def with_tags(snapshot: Snapshot, tags: t.Mapping[str, str]) -> Snapshot:
    service = snapshot.service
    assert service
    return dataclasses.replace(snapshot, service=dataclasses.replace(service, tags={**service.tags, **tags}))


def with_count(snapshot: Snapshot, count: int) -> Snapshot:
    service = snapshot.service
    assert service
    values = {**service.values, "desired_count": count}
    service = dataclasses.replace(service, desired_count=count, running_count=count, values=values)
    return dataclasses.replace(snapshot, service=service)


def with_target(snapshot: Snapshot, **values: t.Any) -> Snapshot:
    target = snapshot.scalable_target
    assert target
    return dataclasses.replace(
        snapshot, scalable_target=dataclasses.replace(target, values={**target.values, **values})
    )


def test_a_new_service_starts_within_the_limits_and_is_registered_once_it_is_there() -> None:
    found = plan(spec_of(scaling={**SCALING, "minimum": 3}, desired_count=1), Snapshot())
    service = change_of(found, "service/main")
    assert service.data.values["desired_count"] == 3
    assert service.data.tags["everlook.failover:scaling"] == "on"
    assert change_of(found, TARGET).needs == {"service/main"}
    assert {TARGET, "listener_rule/main"} <= change_of(found, REQUESTS).needs
    assert change_of(found, SCHEDULE).needs == {TARGET}
    assert is_unknown(change_of(found, REQUESTS).data.values["resource_label"])


def test_policies_say_what_aws_takes() -> None:
    spec = spec_of(scaling=SCALING)
    policy = change_of(plan(spec, applied(spec)), REQUESTS)
    assert policy.data.name == "hello-dev-web-requests"
    assert field.write(scaling_policy.FIELDS, policy.data.values) == {
        "TargetValue": 600.0,
        "ScaleInCooldown": 300,
        "ScaleOutCooldown": 60,
        "DisableScaleIn": False,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ALBRequestCountPerTarget",
            "ResourceLabel": "app/hello-dev/0123456789abcdef/targetgroup/hello-dev-web/0123456789abcdef",
        },
    }


@pytest.mark.parametrize("count", [2, 7, 10, 40, 0])
def test_the_number_of_tasks_stays_the_scalers(count: int) -> None:
    spec = spec_of(scaling=SCALING, desired_count=3)
    found = plan(spec, with_count(scaled(spec), count))
    assert addresses(found) == []
    assert waits(found) == []


def test_a_higher_minimum_waits_for_the_tasks_that_it_brings() -> None:
    spec = spec_of(scaling={**SCALING, "minimum": 4})
    found = plan(spec, with_target(scaled(spec), minimum=2))
    assert addresses(found) == [TARGET]
    assert waits(found) == ["rollout/main"]
    assert (found.waits[0].data.between, found.waits[0].data.follows) == ((4, 10), False)
    assert found.waits[0].needs == {TARGET}


def test_a_wider_range_waits_for_nothing() -> None:
    spec = spec_of(scaling={**SCALING, "maximum": 20})
    found = plan(spec, with_target(scaled(spec), maximum=10))
    assert (addresses(found), waits(found)) == ([TARGET], [])


def test_of_a_time_that_is_over_no_action_is_made() -> None:
    """In the time zone of the schedule. One that stands has happened; another one of its name must not."""
    once = {"name": "sale", "schedule": "at(2026-11-27T08:00:00)", "timezone": "America/New_York", "minimum": 6}
    spec = spec_of(scaling={**SCALING, "schedules": [once]})
    there = scaled(spec)
    gone = dataclasses.replace(there, scheduled_actions=())
    before, after = (dt.datetime(2026, 11, 27, hour, 30, tzinfo=dt.UTC) for hour in (12, 13))
    sale = "scheduled_action/sale"

    def planned(snapshot: Snapshot, now: dt.datetime) -> list[str]:
        return addresses(plan(spec, dataclasses.replace(snapshot, now=now)))

    assert (planned(gone, before), planned(gone, after)) == ([sale], [])
    assert (planned(there, before), planned(there, after)) == ([], [])
    other = dataclasses.replace(there.scheduled_actions[0], values={**there.scheduled_actions[0].values, "minimum": 5})
    changed = dataclasses.replace(there, scheduled_actions=(other,))
    assert planned(changed, before) == [sale]
    deletion = change_of(plan(spec, dataclasses.replace(changed, now=after)), sale)
    assert (deletion.action, deletion.reason) == (Action.DELETE, "the time of sale is over")


def test_what_a_schedule_has_set_is_no_drift() -> None:
    spec = spec_of(scaling=SCALING)
    assert addresses(plan(spec, with_target(scaled(spec), minimum=1, maximum=2))) == []
    # The minimum of one with the maximum of the other is nobody's.
    assert addresses(plan(spec, with_target(scaled(spec), minimum=1))) == [TARGET]


def test_scaling_that_was_suspended_goes_on() -> None:
    spec = spec_of(scaling=SCALING)
    target = {"MinCapacity": 2, "MaxCapacity": 10, "SuspendedState": {"DynamicScalingOutSuspended": True}}
    change = change_of(plan(spec, with_target(scaled(spec), **field.read(scalable_target.FIELDS, target))), TARGET)
    assert change.reason == "differs in suspended"
    assert field.write(scalable_target.FIELDS, change.data.values)["SuspendedState"] == {
        "DynamicScalingInSuspended": False,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("target", 90.0),
        ("scale_in_cooldown", 10),
        ("scale_out_cooldown", 300),
        ("disable_scale_in", True),
        ("metric", "ECSServiceAverageMemoryUtilization"),
        ("resource_label", "app/theirs/1/targetgroup/theirs/2"),
    ],
)
def test_drift_of_a_policy(name: str, value: t.Any) -> None:
    spec = spec_of(scaling=SCALING)
    snapshot = scaled(spec)
    policies = [
        dataclasses.replace(item, values={**item.values, name: value}) if item.name.endswith("requests") else item
        for item in snapshot.scaling_policies
    ]
    found = plan(spec, dataclasses.replace(snapshot, scaling_policies=tuple(policies)))
    assert addresses(found) == [REQUESTS]
    assert change_of(found, REQUESTS).reason == f"differs in {name}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schedule", "rate(1 hour)"),
        ("timezone", "UTC"),
        ("minimum", 0),
        ("maximum", None),
        ("end", str(dt.datetime(2030, 1, 1, tzinfo=dt.UTC))),
    ],
)
def test_drift_of_a_schedule(name: str, value: t.Any) -> None:
    spec = spec_of(scaling=SCALING)
    snapshot = scaled(spec)
    [action] = snapshot.scheduled_actions
    action = dataclasses.replace(action, values={**action.values, name: value})
    found = plan(spec, dataclasses.replace(snapshot, scheduled_actions=(action,)))
    assert addresses(found) == [SCHEDULE]
    assert change_of(found, SCHEDULE).reason == f"differs in {name}"


def test_what_the_inventory_no_longer_has_goes_and_what_others_made_stays() -> None:
    snapshot = scaled(spec_of(scaling=SCALING))
    others = (
        dataclasses.replace(snapshot.scaling_policies[0], name="theirs"),
        dataclasses.replace(snapshot.scheduled_actions[0], name="theirs"),
    )
    snapshot = dataclasses.replace(
        snapshot,
        scaling_policies=(*snapshot.scaling_policies, t.cast("t.Any", others[0])),
        scheduled_actions=(*snapshot.scheduled_actions, t.cast("t.Any", others[1])),
    )
    found = plan(spec_of(scaling={"minimum": 2, "maximum": 10, "cpu": 60}), snapshot)
    assert {(change.address, change.action) for change in found.changes} == {
        (REQUESTS, Action.DELETE),
        (SCHEDULE, Action.DELETE),
    }


def test_scaling_that_is_turned_off_leaves_nothing_and_the_number_is_the_inventorys() -> None:
    snapshot = with_count(scaled(spec_of(scaling=SCALING)), 7)
    found = plan(spec_of(desired_count=3), snapshot)
    assert addresses(found) == [TARGET, "service/main"]
    service = change_of(found, "service/main")
    assert service.data.values == {"desired_count": 3}
    assert service.data.tags == everlook_tags("off")
    assert service.needs == {TARGET}
    assert change_of(found, TARGET).reason == "scaling is not set"


def test_the_run_after_that_has_nothing_to_do() -> None:
    spec = spec_of(desired_count=2)
    assert addresses(plan(spec, with_tags(applied(spec), everlook_tags("off")))) == []


def test_a_run_that_ended_between_the_two_is_finished() -> None:
    spec = spec_of()
    found = plan(spec, with_tags(applied(spec), everlook_tags("on")))
    assert addresses(found) == ["service/main"]
    assert change_of(found, "service/main").data.tags == everlook_tags("off")


def test_the_target_of_others_stays() -> None:
    spec = spec_of()
    theirs = scalable_target.ScalableTarget(values={"minimum": 1, "maximum": 9, "suspended": []})
    assert addresses(plan(spec, dataclasses.replace(applied(spec), scalable_target=theirs))) == []


def test_removal_begins_with_the_target() -> None:
    spec = spec_of(scaling=SCALING)
    snapshot = as_seen_for_deletion(scaled(spec))
    snapshot = dataclasses.replace(snapshot, scaling_policies=(), scheduled_actions=())
    found = plan(spec_of(state="absent"), snapshot)
    assert TARGET in change_of(found, "service/main").needs
    assert change_of(found, TARGET).needs == frozenset()


@pytest.mark.parametrize(
    ("changes", "option", "words"),
    [
        ({"minimum": 5, "maximum": 4}, "scaling", "do not go together"),
        ({"minimum": -1}, "scaling", "do not go together"),
        ({"maximum": 5001}, "scaling", "do not go together"),
        ({"cpu": 0}, "scaling.cpu", "out of range"),
        ({"memory": 101}, "scaling.memory", "out of range"),
        ({"requests": 0}, "scaling.requests", "at least 1"),
        ({"scale_in_cooldown": -1}, "scaling.scale_in_cooldown", "0 to 86400"),
        ({"scale_out_cooldown": 86401}, "scaling.scale_out_cooldown", "0 to 86400"),
        ({"schedules": [NIGHT, NIGHT]}, "scaling.schedules", "2 times"),
        ({"schedules": [{**NIGHT, "schedule": "at(2030-02-30T08:00:00)"}]}, "scaling.schedules[night].schedule", "no"),
        ({"schedules": [{**NIGHT, "name": "a/b"}]}, "scaling.schedules[a/b].name", "letters"),
        ({"schedules": [{**NIGHT, "schedule": "0 20 * * *"}]}, "scaling.schedules[night].schedule", "cron("),
        ({"schedules": [{**NIGHT, "timezone": "here!"}]}, "scaling.schedules[night].timezone", "Europe/Berlin"),
        ({"schedules": [{**NIGHT, "schedule": "rate(1 hour)"}]}, "scaling.schedules[night].timezone", "no effect"),
        ({"schedules": [{**NIGHT, "minimum": 3}]}, "scaling.schedules[night]", "do not go together"),
    ],
)
def test_limits(changes: dict[str, t.Any], option: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_of(scaling={**SCALING, **changes})
    assert caught.value.option == option
    assert words in str(caught.value)


def test_a_worker_has_no_requests_to_follow() -> None:
    worker = {"container_port": None, "listener_arn": None, "alb_security_group_id": None}
    assert spec_of(**worker, scaling={"minimum": 1, "maximum": 3, "cpu": 50}).scaling
    with pytest.raises(SpecError, match="a worker gets no requests"):
        spec_of(**worker, scaling={"minimum": 1, "maximum": 3, "requests": 50})


def test_limits_that_nothing_uses_are_mentioned() -> None:
    [warning] = spec_of(scaling={"minimum": 1, "maximum": 3}).warnings
    assert "nothing in scaling changes the number of tasks" in warning
    assert spec_of(scaling={"minimum": 3, "maximum": 3}).warnings == ()


def test_a_null_turns_it_off() -> None:
    assert params(scaling=None)["scaling"] is None
    assert spec_of(scaling=None).scaling is None


def test_a_rollout_must_have_room_at_the_minimum() -> None:
    with pytest.raises(SpecError, match="a rollout could neither start nor stop a task"):
        spec_of(scaling={**SCALING, "minimum": 1, "schedules": []}, maximum_percent=150)
