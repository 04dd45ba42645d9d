# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import json
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service import (
    Deployment,
    ServiceUpdate,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_fields import (
    FIELDS,
    wanted_values,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_rollout import Rollout
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.task_definition import chosen
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec_service import Service
from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change, Plan
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown, unknown
from tests.unit.ecs_service.support import (
    PARAMETER,
    REGION,
    SECRET,
    applied,
    as_seen_for_deletion,
    container,
    definition_of,
    service_of,
    spec_of,
)

EVERYTHING = [
    "cluster/main",
    "iam_role/execution",
    "iam_role/task",
    "listener_rule/main",
    "log_group/main",
    "security_group/service",
    "service/main",
    "target_group/main",
    "task_definition/main",
]
EMPTY = Snapshot()


def addresses(found: Plan) -> list[str]:
    return sorted(change.address for change in found.changes)


def waits(found: Plan) -> list[str]:
    return [wait.address for wait in found.waits]


def change_of(found: Plan, address: str) -> Change:
    return next(change for change in found.changes if change.address == address)


def with_service(snapshot: Snapshot, **changes: t.Any) -> Snapshot:
    assert snapshot.service is not None
    return dataclasses.replace(snapshot, service=dataclasses.replace(snapshot.service, **changes))


def with_field(snapshot: Snapshot, name: str, value: t.Any) -> Snapshot:
    assert snapshot.service is not None
    return with_service(snapshot, values={**snapshot.service.values, name: value})


def values_of(service: Service) -> dict[str, t.Any]:
    return wanted_values(service, task_definition="x", security_group_id="sg-1", target_group_arn="arn")


# Whatever the user asks for, what has been applied is left alone.
texts = st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=12)
variables = st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True)
containers = st.fixed_dictionaries(
    {"image": st.sampled_from(["nginx", "nginx:1.27", "123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b:1"])},
    optional={
        "command": st.lists(texts, max_size=3),
        "entry_point": st.lists(texts, max_size=2),
        "environment": st.dictionaries(variables, st.one_of(texts, st.integers(), st.booleans()), max_size=4),
        "secrets": st.dictionaries(variables.map("S_{}".format), st.sampled_from([SECRET, PARAMETER]), max_size=3),
        "cpu": st.integers(0, 256),
        "memory": st.integers(64, 512),
        "health_check": st.fixed_dictionaries(
            {"command": st.just(["CMD", "true"])},
            optional={"interval": st.integers(5, 300), "retries": st.integers(1, 10)},
        ),
        "readonly_root_filesystem": st.booleans(),
        "init_process": st.booleans(),
        "user": st.sampled_from(["nobody", "1000:1000"]),
        "stop_timeout": st.integers(0, 120),
        "ulimits": st.just([{"name": "nofile", "soft": 10, "hard": 20}, {"name": "core", "soft": 0, "hard": 0}]),
        "docker_labels": st.dictionaries(texts, texts, max_size=2),
        "log_options": st.just({"mode": "non-blocking"}),
    },
)
options = st.fixed_dictionaries(
    {"containers": containers.map(lambda changes: [container(**changes)])},
    optional={
        "desired_count": st.integers(0, 9),
        "execute_command": st.booleans(),
        "circuit_breaker": st.booleans(),
        "rollback": st.booleans(),
        "managed_tags": st.booleans(),
        "availability_zone_rebalancing": st.booleans(),
        "health_check_grace_period": st.integers(0, 600),
        "propagate_tags": st.sampled_from(["service", "task_definition", "none"]),
        "container_insights": st.sampled_from(["disabled", "enabled", "enhanced"]),
        "log_retention_days": st.sampled_from([0, 1, 30, 3653]),
        "ephemeral_storage": st.integers(21, 200),
        "cpu_architecture": st.sampled_from(["X86_64", "ARM64"]),
        "platform_version": st.sampled_from(["LATEST", "1.4.0"]),
        "task_role_arn": st.just("arn:aws:iam::111111111111:role/theirs"),
        "tags": st.dictionaries(variables, texts, max_size=2),
    },
)


@hypothesis.given(options)
@hypothesis.settings(max_examples=60)
def test_nothing_is_left_to_do_once_a_plan_has_been_applied(changes: dict[str, t.Any]) -> None:
    spec = spec_of(**changes)
    found = plan(spec, applied(spec))
    assert found == Plan()


@hypothesis.given(options)
@hypothesis.settings(max_examples=30)
def test_absent_deletes_each_thing_once_and_nothing_twice(changes: dict[str, t.Any]) -> None:
    spec = spec_of(**changes)
    snapshot = as_seen_for_deletion(applied(spec))
    found = plan(spec_of(state="absent"), snapshot)
    expected = [address for address in EVERYTHING if address != "iam_role/task" or snapshot.task_role]
    assert addresses(found) == expected
    assert {change.action for change in found.changes} == {Action.DELETE}


@hypothesis.given(options, options)
@hypothesis.settings(max_examples=60)
def test_two_specs_that_differ_need_changes_and_no_resource_is_created_twice(
    before: dict[str, t.Any], after: dict[str, t.Any]
) -> None:
    first, second = spec_of(**before), spec_of(**after)
    snapshot = applied(first)
    found = plan(second, snapshot)
    creations = {change.address for change in found.changes if change.action is Action.CREATE}
    assert creations <= {"iam_role/task"}
    if definition_of(first).document != definition_of(second).document:
        assert {"task_definition/main", "service/main"} <= set(addresses(found))
        assert "rollout/main" in waits(found)


def test_an_empty_account_gets_everything_in_aws_s_order() -> None:
    found = plan(spec_of(), EMPTY)
    assert addresses(found) == EVERYTHING
    assert {change.action for change in found.changes} == {Action.CREATE}
    assert waits(found) == ["rollout/main"]
    order = [step.address for step in found.in_order()]
    assert order[-2:] == ["service/main", "rollout/main"]
    assert order.index("task_definition/main") > max(order.index("iam_role/task"), order.index("iam_role/execution"))


def test_a_dry_run_before_the_other_layers_is_complete() -> None:
    spec = spec_of(
        vpc_id=unknown(REGION, "vpc/main"),
        subnet_ids=[unknown(REGION, "subnet/private-a")],
        alb_security_group_id=unknown(REGION, "security_group/alb"),
        listener_arn=unknown(REGION, "listener/http"),
    )
    found = plan(spec, EMPTY)
    assert addresses(found) == EVERYTHING
    assert is_unknown(change_of(found, "service/main").after["task_definition"])
    assert is_unknown(change_of(found, "task_definition/main").after["executionRoleArn"])


def test_a_new_service_starts_with_two_tasks_and_an_old_one_keeps_its_count() -> None:
    spec = spec_of()
    assert change_of(plan(spec, EMPTY), "service/main").after["desired_count"] == 2
    scaled = with_service(with_field(applied(spec), "desired_count", 7), desired_count=7, running_count=7)
    assert plan(spec, scaled) == Plan()


def test_a_count_that_is_asked_for_is_set_without_a_rollout() -> None:
    spec = spec_of(desired_count=3)
    found = plan(spec, with_field(applied(spec), "desired_count", 7))
    assert change_of(found, "service/main").after == {"desired_count": 3}
    assert change_of(found, "service/main").data.deploys is False
    [wait] = found.waits
    assert wait.data.follows is False


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


TASK_CHANGES: list[tuple[dict[str, t.Any], str]] = [
    ({"cpu": 512, "memory": 1024}, "differs in cpu, memory"),
    ({"ephemeral_storage": 30}, "differs in ephemeralStorage.sizeInGiB"),
    ({"cpu_architecture": "ARM64"}, "differs in runtimePlatform.cpuArchitecture"),
    ({"containers": [container(image="nginx:2")]}, "differs in containers.app.image"),
    ({"containers": [container(command=["x"])]}, "differs in containers.app.command"),
    ({"containers": [container(entry_point=["x"])]}, "differs in containers.app.entryPoint"),
    ({"containers": [container(environment={"A": "1"})]}, "differs in containers.app.environment.A"),
    ({"containers": [container(cpu=10)]}, "differs in containers.app.cpu"),
    ({"containers": [container(memory=100)]}, "differs in containers.app.memory"),
    ({"containers": [container(memory_reservation=100)]}, "differs in containers.app.memoryReservation"),
    ({"containers": [container(readonly_root_filesystem=True)]}, "differs in containers.app.readonlyRootFilesystem"),
    ({"containers": [container(init_process=True)]}, "differs in containers.app.linuxParameters.initProcessEnabled"),
    ({"containers": [container(user="nobody")]}, "differs in containers.app.user"),
    ({"containers": [container(working_directory="/srv")]}, "differs in containers.app.workingDirectory"),
    ({"containers": [container(start_timeout=9)]}, "differs in containers.app.startTimeout"),
    ({"containers": [container(stop_timeout=9)]}, "differs in containers.app.stopTimeout"),
    ({"containers": [container(docker_labels={"a": "b"})]}, "differs in containers.app.dockerLabels.a"),
    ({"containers": [container(log_options={"mode": "x"})]}, "differs in containers.app.logConfiguration.options.mode"),
    (
        {"containers": [container(ulimits=[{"name": "core", "soft": 0, "hard": 0}])]},
        "differs in containers.app.ulimits",
    ),
    (
        {"containers": [container(port_mappings=[{"container_port": 8080, "name": "http"}])]},
        "differs in containers.app.portMappings",
    ),
]


@pytest.mark.parametrize(("changes", "reason"), TASK_CHANGES, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("forward", [True, False], ids=["set", "unset"])
def test_every_field_of_the_task_is_compared_both_ways(changes: dict[str, t.Any], reason: str, forward: bool) -> None:
    before, after = (spec_of(), spec_of(**changes)) if forward else (spec_of(**changes), spec_of())
    found = plan(after, applied(before))
    assert addresses(found) == ["service/main", "task_definition/main"]
    assert change_of(found, "task_definition/main").reason == reason
    assert change_of(found, "task_definition/main").action is Action.UPDATE


def test_what_nobody_can_set_here_is_noticed_too() -> None:
    """Someone registered a revision with a volume and put the service on it."""
    spec = spec_of()
    snapshot = applied(spec)
    other = definition_of(spec, 2)
    other = dataclasses.replace(other, document={**other.document, "pidMode": "task"})
    snapshot = with_service(
        with_field(dataclasses.replace(snapshot, current=other, latest=other), "task_definition", other.arn),
        task_definition_arn=other.arn,
    )
    found = plan(spec, snapshot)
    assert change_of(found, "task_definition/main").reason == "differs in pidMode"
    assert change_of(found, "task_definition/main").after == {"pidMode": None}


def test_values_of_the_environment_are_nowhere_to_be_seen() -> None:
    before = spec_of(containers=[container(environment={"PASSWORD": "hunter2"})])
    after = spec_of(containers=[container(environment={"PASSWORD": "correct horse"})])
    for found in (plan(after, applied(before)), plan(after, EMPTY)):
        shown = json.dumps([[c.reason, c.before, c.after] for c in found.changes], default=str)
        assert "hunter2" not in shown
        assert "correct horse" not in shown
        assert "PASSWORD" in shown
    assert "hunter2" not in repr(before)
    assert "hunter2" not in repr(applied(before))


def test_what_others_log_drivers_are_given_is_nowhere_to_be_seen() -> None:
    """A revision that somebody else put in place may send logs elsewhere, with a token."""
    spec = spec_of()
    snapshot = applied(spec)
    assert snapshot.current is not None
    app = snapshot.current.document["containers"]["app"]
    logs = {"logDriver": "splunk", "options": {"splunk-token": "hunter2", "mode": "blocking"}}
    document = {**snapshot.current.document, "containers": {"app": {**app, "logConfiguration": logs}}}
    theirs = dataclasses.replace(snapshot.current, document=document)
    change = change_of(plan(spec, dataclasses.replace(snapshot, current=theirs, latest=theirs)), "task_definition/main")
    assert "hunter2" not in json.dumps([change.reason, change.before, change.after], default=str)
    assert change.before["containers.app.logConfiguration.options.splunk-token"].startswith("(sha256:")
    assert change.before["containers.app.logConfiguration.options.mode"] == "blocking"
    assert change.after["containers.app.logConfiguration.options.awslogs-group"] == "/ecs/hello/dev/web"


def test_a_revision_registered_by_a_run_that_was_cut_off_is_used() -> None:
    before, after = spec_of(), spec_of(containers=[container(image="nginx:2")])
    registered = definition_of(after, 2)
    found = plan(after, dataclasses.replace(applied(before), latest=registered))
    assert addresses(found) == ["service/main"]
    assert change_of(found, "service/main").after == {"task_definition": registered.arn}
    assert change_of(found, "service/main").reason == (
        "differs in task_definition; hello-dev-web:2 was registered before but is not what runs; it is tried again"
    )


def test_after_a_rollback_the_former_image_needs_no_new_revision() -> None:
    before, broken = spec_of(), spec_of(containers=[container(image="nginx:broken")])
    snapshot = dataclasses.replace(applied(before), latest=definition_of(broken, 2))
    assert plan(before, snapshot) == Plan()
    found = chosen(before, snapshot)
    assert found is not None
    assert found.arn.endswith("hello-dev-web:1")


def test_a_first_rollout_that_failed_is_forced_again() -> None:
    spec = spec_of()
    snapshot = applied(spec)
    deployment = Deployment(
        task_definition_arn=definition_of(spec).arn, rollout="FAILED", reason="tasks failed to start"
    )
    found = plan(spec, with_service(snapshot, deployment=deployment, running_count=0))
    change = change_of(found, "service/main")
    assert addresses(found) == ["service/main"]
    assert change.reason == "its last rollout failed (tasks failed to start); it is tried again"
    assert change.data.force
    assert change.data.deploys
    assert waits(found) == ["rollout/main"]


def test_what_ecs_put_in_place_of_our_revision_is_rolled_out_again() -> None:
    spec = spec_of()
    deployment = Deployment(task_definition_arn=definition_of(spec, 7).arn, rollout="COMPLETED", reason="")
    found = plan(spec, with_service(applied(spec), deployment=deployment))
    assert change_of(found, "service/main").reason == "hello-dev-web:7 runs in its place; it is tried again"
    assert change_of(found, "service/main").data.force


@pytest.mark.parametrize("rollout", ["IN_PROGRESS", "COMPLETED"])
def test_what_is_under_way_is_waited_for(rollout: str) -> None:
    spec = spec_of()
    deployment = Deployment(task_definition_arn=definition_of(spec).arn, rollout=rollout, reason="")
    found = plan(spec, with_service(applied(spec), deployment=deployment, running_count=1))
    assert found.changes == ()
    [wait] = found.waits
    assert isinstance(wait.data, Rollout)
    assert (wait.data.follows, wait.data.task_definition_arn) == (False, definition_of(spec).arn)


@pytest.mark.parametrize("changes", [{"status": "INACTIVE"}, {"tags": {}}])
def test_a_revision_that_is_deregistered_or_not_ours_is_replaced(changes: dict[str, t.Any]) -> None:
    spec = spec_of()
    snapshot = applied(spec)
    revision = dataclasses.replace(definition_of(spec), **changes)
    found = plan(spec, dataclasses.replace(snapshot, current=revision, latest=None))
    assert addresses(found) == ["service/main", "task_definition/main"]
    assert change_of(found, "task_definition/main").reason == (
        "hello-dev-web:1 is deregistered, or its tags do not say that it belongs to this service"
    )


def test_a_service_that_is_draining_is_waited_for_and_made_again() -> None:
    spec = spec_of()
    found = plan(spec, with_service(applied(spec), draining=True))
    assert [(item.address, item.action) for item in found.changes] == [("service/main", Action.CREATE)]
    assert [step.address for step in found.in_order()] == ["service_drained/main", "service/main", "rollout/main"]


@pytest.mark.parametrize(
    "what", ["log_group", "cluster", "service", "latest", "execution_role", "task_role", "target_group"]
)
def test_what_is_not_ours_stops_the_run(what: str) -> None:
    spec = spec_of()
    ours = getattr(applied(spec), what)
    snapshot = Snapshot(**{what: dataclasses.replace(ours, tags={})})
    with pytest.raises(ConflictError, match="Rename the stack"):
        plan(spec, snapshot)


def test_what_is_not_ours_survives_absent() -> None:
    snapshot = as_seen_for_deletion(applied(spec_of()))
    foreign = dataclasses.replace(snapshot, revisions=(), groups=())
    for what in ("log_group", "cluster", "service", "execution_role", "task_role", "target_group"):
        foreign = dataclasses.replace(foreign, **{what: dataclasses.replace(getattr(foreign, what), tags={})})
    rules = tuple(dataclasses.replace(rule, tags={}) for rule in foreign.rules)
    assert plan(spec_of(state="absent"), dataclasses.replace(foreign, rules=rules)) == Plan()


def test_absent_waits_for_the_tasks_before_anything_they_use_goes() -> None:
    found = plan(spec_of(state="absent"), as_seen_for_deletion(applied(spec_of())))
    order = [step.address for step in found.in_order()]
    assert order[:2] == ["service/main", "service_drained/main"]


def test_absent_finishes_what_another_run_began() -> None:
    snapshot = as_seen_for_deletion(applied(spec_of()))
    found = plan(spec_of(state="absent"), with_service(snapshot, draining=True))
    assert "service/main" not in addresses(found)
    assert waits(found) == ["service_drained/main"]
    found = plan(spec_of(state="absent"), dataclasses.replace(EMPTY, revisions=(definition_of(spec_of()),)))
    assert addresses(found) == ["task_definition/main"]
    assert plan(spec_of(state="absent"), EMPTY) == Plan()


def test_groups_left_in_a_former_vpc_go_too() -> None:
    snapshot = as_seen_for_deletion(applied(spec_of()))
    [group] = snapshot.groups
    groups = (group, dataclasses.replace(group, id="sg-0old", vpc_id="vpc-0old"))
    found = plan(spec_of(state="absent"), dataclasses.replace(EMPTY, groups=groups))
    assert {change.data.group_id for change in found.changes} == {"sg-0service", "sg-0old"}


def test_permissions_the_former_tasks_need_go_when_they_are_gone() -> None:
    """A rollback has to find what the former tasks could read."""
    before = spec_of(containers=[container(secrets={"A": SECRET})])
    after = spec_of(containers=[container(secrets={"A": PARAMETER})])
    found = plan(after, applied(before))
    assert addresses(found) == [
        "iam_role/execution",
        "iam_role_trim/execution",
        "service/main",
        "task_definition/main",
    ]
    widened = change_of(found, "iam_role/execution").after["policy execution"]
    assert {SECRET, PARAMETER} <= {arn for item in widened["Statement"] for arn in item["Resource"]}
    order = [step.address for step in found.in_order()]
    assert order.index("iam_role/execution") < order.index("service/main") < order.index("rollout/main")
    assert order[-1] == "iam_role_trim/execution"


THEIRS = "arn:aws:iam::111111111111:role/theirs"


def test_a_role_that_an_option_replaces_goes_when_no_task_has_it_any_more() -> None:
    found = plan(spec_of(task_role_arn=THEIRS), applied(spec_of()))
    assert addresses(found) == ["iam_role/task", "service/main", "task_definition/main"]
    change = change_of(found, "iam_role/task")
    assert (change.action, change.reason) == (Action.DELETE, f"{THEIRS} takes its place")
    assert [step.address for step in found.in_order()][-2:] == ["rollout/main", "iam_role/task"]
    now, later = found.without_waits()
    assert "iam_role/task" not in addresses(now)
    assert "iam_role/task" in later


def test_a_role_that_was_left_when_an_option_replaced_it_goes() -> None:
    before, after = spec_of(), spec_of(execution_role_arn=THEIRS)
    left = dataclasses.replace(applied(after), execution_role=applied(before).execution_role)
    assert addresses(plan(after, left)) == ["iam_role/execution"]


def test_a_role_of_ours_that_an_option_names_stays() -> None:
    """Someone gives back what the module returned."""
    before = applied(spec_of())
    assert before.execution_role is not None
    after = spec_of(execution_role_arn=before.execution_role.arn)
    assert plan(after, before) == Plan()


def test_a_role_of_our_name_that_is_not_ours_stays_where_an_option_names_another() -> None:
    after = spec_of(task_role_arn=THEIRS)
    role = applied(spec_of()).task_role
    assert role is not None
    assert plan(after, dataclasses.replace(applied(after), task_role=dataclasses.replace(role, tags={}))) == Plan()


def test_permissions_that_drifted_are_repaired_at_once_when_nothing_rolls_out() -> None:
    spec = spec_of()
    snapshot = applied(spec)
    assert snapshot.task_role is not None
    settings = dataclasses.replace(
        snapshot.task_role.settings, attached=frozenset({"arn:aws:iam::aws:policy/AdministratorAccess"})
    )
    role = dataclasses.replace(snapshot.task_role, settings=settings)
    found = plan(spec, dataclasses.replace(snapshot, task_role=role))
    assert [(item.address, item.reason) for item in found.changes] == [
        ("iam_role/task", "differs in attached_policies")
    ]


def test_the_service_of_a_spec_is_the_service_that_is_read_back() -> None:
    """Guards the support of these tests: they would pass over nothing."""
    spec = spec_of(desired_count=4, execute_command=True)
    service = service_of(spec, definition_of(spec))
    assert service.values["desired_count"] == 4
    assert service.values["execute_command"] is True
    change = change_of(plan(spec_of(), applied(spec)), "service/main")
    assert isinstance(change.data, ServiceUpdate)
    assert change.data.values == {"execute_command": False}
