# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles: permissions that tasks still need, and roles of others."""

from __future__ import annotations

import dataclasses

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Plan
from tests.unit.ecs_service.support import (
    PARAMETER,
    SECRET,
    applied,
    container,
    spec_of,
)

from .plans import addresses, change_of


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
