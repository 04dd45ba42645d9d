# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes, when, and what stops it."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Plan
from tests.unit.ecs_service.support import (
    applied,
    as_seen_for_deletion,
    definition_of,
    spec_of,
)

from .plans import EMPTY, addresses, waits, with_service


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
    with pytest.raises(ConflictError, match=r"tag it again: .* rename the stack"):
        plan(spec, snapshot)


def test_what_is_not_ours_survives_absent() -> None:
    snapshot = as_seen_for_deletion(applied(spec_of()))
    foreign = dataclasses.replace(snapshot, revisions=(), groups=())
    for what in ("log_group", "cluster", "service", "execution_role", "task_role", "target_group"):
        foreign = dataclasses.replace(foreign, **{what: dataclasses.replace(getattr(foreign, what), tags={})})
    rules = tuple(dataclasses.replace(rule, tags={}) for rule in foreign.rules)
    assert plan(spec_of(state="absent"), dataclasses.replace(foreign, rules=rules)) == Plan()


def test_a_removal_is_refused_while_a_service_without_tags_is_in_its_cluster() -> None:
    """ECS deletes no cluster with a service in it."""
    snapshot = as_seen_for_deletion(applied(spec_of()))
    assert snapshot.service
    with pytest.raises(ConflictError, match=f"{snapshot.service.arn}.* tag it again: "):
        plan(spec_of(state="absent"), with_service(snapshot, tags={}))


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
