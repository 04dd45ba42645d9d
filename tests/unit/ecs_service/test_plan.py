# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is to what should be: what holds for all of it."""

from __future__ import annotations

import typing as t

import hypothesis
import hypothesis.strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service import (
    ServiceUpdate,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Plan
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown, unknown
from tests.sampling import examples
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

from .plans import EMPTY, EVERYTHING, addresses, change_of, waits, with_field, with_service

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
@examples(60)
def test_nothing_is_left_to_do_once_a_plan_has_been_applied(changes: dict[str, t.Any]) -> None:
    spec = spec_of(**changes)
    found = plan(spec, applied(spec))
    assert found == Plan()


@hypothesis.given(options)
@examples(30)
def test_absent_deletes_each_thing_once_and_nothing_twice(changes: dict[str, t.Any]) -> None:
    spec = spec_of(**changes)
    snapshot = as_seen_for_deletion(applied(spec))
    found = plan(spec_of(state="absent"), snapshot)
    expected = [address for address in EVERYTHING if address != "iam_role/task" or snapshot.task_role]
    assert addresses(found) == expected
    assert {change.action for change in found.changes} == {Action.DELETE}


@hypothesis.given(options, options)
@examples(60)
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


def test_the_service_of_a_spec_is_the_service_that_is_read_back() -> None:
    """Guards the support of these tests: they would pass over nothing."""
    spec = spec_of(desired_count=4, execute_command=True)
    service = service_of(spec, definition_of(spec))
    assert service.values["desired_count"] == 4
    assert service.values["execute_command"] is True
    change = change_of(plan(spec_of(), applied(spec)), "service/main")
    assert isinstance(change.data, ServiceUpdate)
    assert change.data.values == {"execute_command": False}
