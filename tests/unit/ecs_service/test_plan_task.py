# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a task, and rollouts of others."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service import (
    Deployment,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_rollout import Rollout
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.task_definition import chosen
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Plan
from tests.unit.ecs_service.support import (
    applied,
    container,
    definition_of,
    spec_of,
)

from .plans import EMPTY, addresses, change_of, waits, with_field, with_service

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
    ({"log_mode": "non-blocking"}, "differs in containers.app.logConfiguration.options.mode"),
    (
        {"containers": [container(log_options={"mode": "blocking"})]},
        "differs in containers.app.logConfiguration.options.mode",
    ),
    ({"volumes": [{"name": "tmp"}]}, "differs in volumes.tmp.kind"),
    (
        {"containers": [container(tmpfs=[{"path": "/tmp", "size": 64, "options": ["noexec"]}])]},
        "differs in containers.app.linuxParameters.tmpfs",
    ),
    (
        {"containers": [container(drop_capabilities=["ALL"])]},
        "differs in containers.app.linuxParameters.capabilities.drop",
    ),
    (
        {"containers": [container(add_capabilities=["SYS_PTRACE"])]},
        "differs in containers.app.linuxParameters.capabilities.add",
    ),
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
    assert change.before["containers.app.logConfiguration.options.splunk-token"].startswith("(salted hash ")
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
