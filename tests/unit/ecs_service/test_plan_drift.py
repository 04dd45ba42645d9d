# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift of a service and of what stands around it."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service import replaces_tasks
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_fields import (
    FIELDS,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Plan
from tests.unit.ecs_service.support import (
    TARGET_GROUP,
    applied,
    definition_of,
    spec_of,
)

from .plans import addresses, change_of, values_of, waits, with_field, with_service


@pytest.mark.parametrize(
    ("field", "value", "deploys", "forced"),
    [
        ("platform_version", "1.3.0", True, False),
        ("health_check_grace_period", 1, False, False),
        ("execute_command", True, True, True),
        ("managed_tags", False, False, False),
        ("propagate_tags", "NONE", False, False),
        ("availability_zone_rebalancing", "DISABLED", False, False),
        (
            "network",
            {"subnets": ["subnet-0c"], "security_groups": ["sg-0service"], "public_addresses": True},
            True,
            False,
        ),
        ("load_balancers", [], True, False),
        ("deployment", {"circuit_breaker": False}, False, False),
        ("capacity_provider_strategy", [{"capacityProvider": "FARGATE_SPOT"}], True, True),
        ("service_registries", [{"registryArn": "x"}], True, False),
        ("service_connect", True, True, False),
        ("volumes", [{"name": "data"}], True, False),
        ("vpc_lattice", [{"portName": "http"}], True, False),
    ],
)
def test_drift_of_the_service_is_named_and_repaired_alone(
    field: str, value: t.Any, deploys: bool, forced: bool
) -> None:
    spec = spec_of()
    found = plan(spec, with_field(applied(spec), field, value))
    assert addresses(found) == ["service/main"]
    change = change_of(found, "service/main")
    assert change.reason == f"differs in {field}"
    assert set(change.data.values) == {field}
    assert (change.data.deploys, change.data.force) == (deploys, forced)
    assert replaces_tasks(found.changes) is deploys
    assert waits(found) == (["rollout/main"] if deploys else [])


@pytest.mark.parametrize(
    ("seen", "name", "sent"),
    [
        (
            {"deploymentCircuitBreaker": {"enable": True, "rollback": True, "resetOnHealthyTask": False}},
            "circuit_breaker_reset",
            {"deploymentCircuitBreaker": {"enable": True, "rollback": True, "resetOnHealthyTask": True}},
        ),
        (
            {
                "deploymentCircuitBreaker": {
                    "enable": True,
                    "rollback": True,
                    "thresholdConfiguration": {"type": "COUNT", "value": 9},
                }
            },
            "circuit_breaker_threshold",
            {
                "deploymentCircuitBreaker": {
                    "enable": True,
                    "rollback": True,
                    "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
                }
            },
        ),
        ({"bakeTimeInMinutes": 30}, "bake_time", {"bakeTimeInMinutes": 0}),
        ({"lifecycleHooks": [{"hookTargetArn": "x"}]}, "lifecycle_hooks", {"lifecycleHooks": []}),
        (
            {"earlySuccessCriteria": {"enable": True, "healthyPercent": 50}},
            "early_success",
            {"earlySuccessCriteria": {"enable": False}},
        ),
    ],
)
def test_drift_of_how_the_service_deploys_is_repaired_with_what_goes_with_it(
    seen: dict[str, t.Any], name: str, sent: dict[str, t.Any]
) -> None:
    """ECS wants ``enable`` and ``rollback`` in every circuit breaker that it is sent."""
    spec = spec_of()
    whole = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}, **seen}
    read = field.read(FIELDS, {"deploymentConfiguration": whole})
    change = change_of(plan(spec, with_field(applied(spec), name, read[name])), "service/main")
    assert change.reason == f"differs in {name}"
    assert change.data.deploys is False
    request = field.write(FIELDS, change.data.values)["deploymentConfiguration"]
    assert {key: request[key] for key in sent} == sent
    assert (request["maximumPercent"], request["minimumHealthyPercent"]) == (200, 100)


def test_a_load_balancer_that_shifts_traffic_is_set_back() -> None:
    spec = spec_of()
    service = applied(spec).service
    assert service is not None
    [ours] = field.write(FIELDS, {"load_balancers": service.values["load_balancers"]})["loadBalancers"]
    seen = field.read(FIELDS, {"loadBalancers": [{**ours, "advancedConfiguration": {"roleArn": "x"}}]})[
        "load_balancers"
    ]
    change = change_of(plan(spec, with_field(applied(spec), "load_balancers", seen)), "service/main")
    assert field.write(FIELDS, change.data.values)["loadBalancers"] == [ours]


OTHER_GROUP = TARGET_GROUP.replace("/0123456789abcdef", "/9123456789abcdef")


def shifting(weights: tuple[int, int], rollout: str) -> Snapshot:
    """A service between whose own target group and another one ECS shifts traffic."""
    seen = applied(spec_of())
    assert seen.service is not None
    pair = {"alternate": OTHER_GROUP, "rule": "rule", "role": "role"}
    balancers = [{**item, "shifts_traffic": pair} for item in seen.service.values["load_balancers"]]
    seen = with_field(with_field(seen, "load_balancers", balancers), "strategy", "CANARY")
    assert seen.service is not None
    assert seen.service.deployment is not None
    groups = zip((TARGET_GROUP, OTHER_GROUP), weights, strict=True)
    tuples = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
    action = json.dumps([{"Type": "forward", "ForwardConfig": {"TargetGroups": tuples}}])
    deployment = dataclasses.replace(seen.service.deployment, rollout=rollout)
    return dataclasses.replace(
        seen,
        service=dataclasses.replace(seen.service, deployment=deployment),
        rules=tuple(dataclasses.replace(rule, values={**rule.values, "action": action}) for rule in seen.rules),
    )


def test_a_strategy_of_others_is_set_back_while_the_own_group_has_the_requests() -> None:
    found = plan(spec_of(), shifting((100, 0), "COMPLETED"))
    assert [item.address for item in found.changes] == ["listener_rule/main", "service/main"]
    assert change_of(found, "service/main").data.values["strategy"] == "ROLLING"


@pytest.mark.parametrize(
    ("weights", "rollout", "words"),
    [
        ((0, 100), "COMPLETED", "now they go to the other one"),
        ((100, 0), "IN_PROGRESS", "a deployment is under way, which is left alone"),
        ((90, 10), "IN_PROGRESS", "a deployment is under way, which is left alone"),
    ],
)
def test_nobody_is_sent_to_a_target_group_that_may_be_empty(weights: tuple[int, int], rollout: str, words: str) -> None:
    with pytest.raises(ConflictError, match=words):
        plan(spec_of(), shifting(weights, rollout))


def test_a_new_service_says_nothing_of_what_nobody_asked_for() -> None:
    """An older botocore does not know all of it."""
    desired = spec_of().wanted
    values = values_of(desired.service)
    assert field.write_new(FIELDS, values)["deploymentConfiguration"] == {
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
    }


def test_without_a_circuit_breaker_no_rollback_is_asked_for() -> None:
    spec = spec_of(circuit_breaker=False)
    values = values_of(spec.wanted.service)
    assert values["deployment"]["rollback"] is False
    assert plan(spec, applied(spec)) == Plan()


def test_drift_of_tags_is_named_and_others_tags_are_left_alone() -> None:
    spec = spec_of()
    snapshot = applied(spec)
    assert snapshot.service is not None
    assert snapshot.cluster is not None
    theirs = {**snapshot.service.tags, "CostCentre": "7"}
    assert plan(spec, with_service(snapshot, tags=theirs)) == Plan()
    found = plan(spec, with_service(snapshot, tags={**theirs, "Name": "x"}))
    assert [(item.address, item.reason) for item in found.changes] == [("service/main", "differs in tag Name")]
    assert found.waits == ()
    cluster = dataclasses.replace(snapshot.cluster, tags={**snapshot.cluster.tags, "Name": "x"})
    found = plan(spec, dataclasses.replace(snapshot, cluster=cluster))
    assert [(item.address, item.reason) for item in found.changes] == [("cluster/main", "differs in tag Name")]
    revision = definition_of(spec)
    tagged = dataclasses.replace(revision, tags={**revision.tags, "Name": "x"})
    found = plan(spec, dataclasses.replace(snapshot, current=tagged, latest=tagged))
    assert [(item.address, item.reason) for item in found.changes] == [("task_definition/main", "differs in tag Name")]


@pytest.mark.parametrize(
    ("attribute", "value"), [("retention_days", 0), ("kms_key_arn", "arn:aws:kms:us-east-1:111111111111:key/1")]
)
def test_drift_of_the_log_group_is_named_and_repaired_alone(attribute: str, value: t.Any) -> None:
    spec = spec_of()
    snapshot = applied(spec)
    assert snapshot.log_group is not None
    group = dataclasses.replace(snapshot.log_group, **{attribute: value})
    found = plan(spec, dataclasses.replace(snapshot, log_group=group))
    assert [(item.address, item.reason) for item in found.changes] == [("log_group/main", f"differs in {attribute}")]


def test_drift_of_container_insights_is_repaired_alone() -> None:
    spec = spec_of()
    snapshot = applied(spec)
    assert snapshot.cluster is not None
    values = {**snapshot.cluster.values, "container_insights": "disabled"}
    cluster = dataclasses.replace(snapshot.cluster, values=values)
    found = plan(spec, dataclasses.replace(snapshot, cluster=cluster))
    assert [(item.address, item.reason) for item in found.changes] == [
        ("cluster/main", "differs in container_insights")
    ]


@pytest.mark.parametrize("missing", ["log_group", "execution_role", "task_role"])
def test_what_is_missing_is_made_again_alone(missing: str) -> None:
    """A role that is made again has the ARN of before, so nothing else has to change."""
    spec = spec_of()
    nothing: dict[str, t.Any] = {missing: None}
    found = plan(spec, dataclasses.replace(applied(spec), **nothing))
    address = {"log_group": "log_group/main", "execution_role": "iam_role/execution", "task_role": "iam_role/task"}
    assert [(item.address, item.action) for item in found.changes] == [(address[missing], Action.CREATE)]


def test_a_new_security_group_is_given_to_the_service() -> None:
    spec = spec_of()
    found = plan(spec, dataclasses.replace(applied(spec), group=None))
    assert addresses(found) == ["security_group/service", "service/main"]
    assert change_of(found, "service/main").reason == "differs in network"


def test_alarms_that_roll_back_are_left_to_their_layer_and_sent_with_the_rest() -> None:
    spec = spec_of(rollback_on_alarms=True)
    watched = with_field(applied(spec), "alarms", ["errors"])
    assert addresses(plan(spec, watched)) == []
    change = change_of(plan(spec, with_field(watched, "deployment", {"circuit_breaker": False})), "service/main")
    assert set(change.data.values) == {"deployment", "alarms"}
    sent = field.write(FIELDS, change.data.values)["deploymentConfiguration"]
    assert sent["alarms"] == {"alarmNames": ["errors"], "enable": True, "rollback": True}
    # Without the option there are none.
    assert change_of(plan(spec_of(), watched), "service/main").reason == "differs in alarms"
