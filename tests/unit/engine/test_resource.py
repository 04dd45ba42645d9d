# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change, Step, Wait
from ansible_collections.everlook.failover.plugins.module_utils._engine.resource import (
    Calls,
    Resource,
    handlers_of,
    identify_all,
    plan_all,
)


def pen(spec: str, snapshot: str) -> t.Iterator[Step | None]:
    yield None if spec == snapshot else Change(kind="pen", name="main", action=Action.CREATE, reason="missing")
    yield Wait(kind="pen_dry", name="main", what="the ink to dry", timeout=1)


PEN = Resource(kind="pen", plan=pen, identify=lambda snapshot: {"pen/main": {"id": snapshot}})


def call(_ctx: Context, _step: t.Any, _known: Known) -> None:
    """A write, or a wait that has come true."""


def test_the_plan_of_a_layer_is_that_of_its_resources() -> None:
    plan = plan_all([PEN], "blue", "red")
    assert [step.address for step in plan.steps] == ["pen/main", "pen_dry/main"]
    assert plan_all([PEN], "blue", "blue").changes == ()


def test_what_is_known_is_known_by_address() -> None:
    assert identify_all([PEN, Resource(kind="ink", plan=pen)], "red") == {"pen/main": {"id": "red"}}


def test_handlers_are_those_that_there_are() -> None:
    handlers = handlers_of([Calls(kind="pen", create=call, waits={"pen_dry": call}), Calls(kind="ink", delete=call)])
    assert set(handlers.changes) == {("pen", Action.CREATE), ("ink", Action.DELETE)}
    assert set(handlers.waits) == {"pen_dry"}
