# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ApplyError, FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.layer import Layer, describe_failure, run
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change, Plan, Wait
from ansible_collections.everlook.failover.plugins.module_utils._engine.resource import Calls, Resource


class Things:
    """A layer over a dict: a gateway that needs a wait before the route can be made."""

    def __init__(self) -> None:
        self.there: dict[str, str] = {}
        self.fail = False

    def plan(self, _spec: None, snapshot: dict[str, str]) -> Plan:
        gateway = Change(kind="thing", name="gateway", action=Action.CREATE, reason="missing", after={"size": 1})
        ready = Wait(kind="ready", name="gateway", what="gateway", timeout=1, needs=frozenset({"thing/gateway"}))
        route = Change(
            kind="thing", name="route", action=Action.CREATE, reason="missing", needs=frozenset({"ready/gateway"})
        )
        missing = tuple(change for change in (gateway, route) if change.name not in snapshot)
        return Plan(changes=missing, waits=(ready,) if missing else ())

    def create(self, _ctx: Context, change: Change, known: Known) -> None:
        if self.fail and change.name == "route":
            raise FailoverError("no route")
        self.there[change.name] = f"id-{change.name}"
        known.put(change.address, id=self.there[change.name])

    @staticmethod
    def identify(snapshot: dict[str, str]) -> dict[str, dict[str, str]]:
        return {f"thing/{name}": {"id": value} for name, value in snapshot.items()}

    @property
    def layer(self) -> Layer[None, dict[str, str]]:
        return Layer(
            name="things",
            options={},
            parse=lambda _params, _region: None,
            observe=lambda _ctx, _spec: dict(self.there),
            plan=self.plan,
            outputs=lambda _spec, _snapshot, known: {"gateway_id": known.describe("thing/gateway")},
            resources=[Resource(kind="thing", plan=lambda *_: (), identify=self.identify)],
            calls=[Calls(kind="thing", create=self.create, waits={"ready": lambda *_: None})],
        )


@pytest.fixture
def things() -> Things:
    return Things()


def test_a_run_makes_the_changes_and_a_second_run_none(things: Things, ctx: Context) -> None:
    first = run(things.layer, ctx)
    assert first["changed"]
    assert [(c["name"], c["action"], c["reason"]) for c in first["changes"]] == [
        ("gateway", "create", "missing"),
        ("route", "create", "missing"),
    ]
    assert first["gateway_id"] == "id-gateway"
    second = run(things.layer, ctx)
    assert (second["changed"], second["changes"]) == (False, [])
    assert second.keys() == first.keys()


def test_check_mode_shows_the_whole_plan_and_placeholders(things: Things, ctx: Context) -> None:
    dry = run(things.layer, dataclasses.replace(ctx, check_mode=True))
    assert not things.there
    assert dry["gateway_id"] == "(known after apply: us-east-1/thing/gateway)"
    real = run(things.layer, ctx)
    assert dry.keys() == real.keys()
    assert dry["changes"] == real["changes"]
    assert dry["diff"] == real["diff"] == {"before": {}, "after": {"thing/gateway": {"size": 1}, "thing/route": {}}}


def test_without_wait_the_rest_is_pending(things: Things, ctx: Context) -> None:
    result = run(things.layer, dataclasses.replace(ctx, params={"wait": False}))
    assert set(things.there) == {"gateway"}
    assert result["pending"] == ["thing/route", "ready/gateway"]
    assert [change["name"] for change in result["changes"]] == ["gateway"]


def test_a_second_pass_has_the_changes_of_both(things: Things, ctx: Context) -> None:
    first = run(things.layer, dataclasses.replace(ctx, params={"wait": False}))
    second = run(things.layer, dataclasses.replace(ctx, params={"wait": True, "continue_from": first}))
    assert [change["name"] for change in second["changes"]] == ["gateway", "route"]
    assert second["pending"] == []
    assert second["changed"]
    again = run(things.layer, dataclasses.replace(ctx, params={"wait": True, "continue_from": second}))
    assert again["changed"]


def test_a_failure_tells_what_was_done_and_the_next_run_goes_on(things: Things, ctx: Context) -> None:
    things.fail = True
    with pytest.raises(ApplyError) as caught:
        run(things.layer, ctx)
    told: dict[str, t.Any] = describe_failure(caught.value)
    assert told["changed"]
    assert [change["name"] for change in told["changes"]] == ["gateway"]
    assert told["not_done"] == ["thing/route"]
    things.fail = False
    ctx.stop.clear()
    assert [change["name"] for change in run(things.layer, ctx)["changes"]] == ["route"]


def test_a_failure_before_the_first_change_has_changed_nothing() -> None:
    assert describe_failure(FailoverError("bad option")) == {"changed": False}


def test_a_run_that_holds_puts_off_what_replaces(things: Things, ctx: Context) -> None:
    replacing = dataclasses.replace(things.layer, replaces=lambda plan: bool(plan.changes))
    holding = dataclasses.replace(ctx, holds=lambda: True)
    held = run(replacing, holding)
    assert (held["changed"], held["held"], things.there) == (False, True, {})
    assert held["pending"] == ["thing/gateway", "ready/gateway", "thing/route"]
    # The dry run is the whole plan, and what replaces nothing is done at once.
    dry = run(replacing, dataclasses.replace(holding, check_mode=True))
    assert (len(dry["changes"]), "held" in dry) == (2, False)
    assert run(things.layer, holding)["changed"]
    assert "held" not in run(replacing, holding)
