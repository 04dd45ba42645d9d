# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import threading
import typing as t

import hypothesis
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.apply import Handlers, _Waiting, apply
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ApplyError,
    AwsError,
    FailoverError,
    Stopped,
    WaitError,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change, Plan, Wait
from tests.unit.engine.test_plan import Edges, change, graphs, wait
from tests.waiting import eventually

Do = t.Callable[[Context, Change, Known], None]


def handlers(do: Do, poll: t.Callable[[Context, Wait, Known], str | None] | None = None) -> Handlers:
    return Handlers(changes={("thing", Action.CREATE): do}, waits={"wait": poll or (lambda *_: None)})


@hypothesis.given(graphs())
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_each_change_is_made_once_and_after_what_it_needs(ctx: Context, edges: Edges) -> None:
    made: list[str] = []

    def do(_ctx: Context, item: Change, _known: Known) -> None:
        assert {need.partition("/")[2] for need in item.needs} <= set(made)
        made.append(item.name)

    plan = Plan(changes=tuple(change(name, needs) for name, needs in edges.items()))
    done = apply(ctx, plan, handlers(do), Known("r")).changes
    assert sorted(made) == sorted(edges)
    assert {item.name for item in done} == set(edges)


def test_independent_changes_run_at_the_same_time(ctx: Context) -> None:
    together = threading.Barrier(3)

    def do(*_: t.Any) -> None:
        together.wait(timeout=10)

    apply(ctx, Plan(changes=tuple(change(name) for name in "abc")), handlers(do), Known("r"))


def test_a_wait_holds_back_only_what_needs_it(ctx: Context) -> None:
    free_done = threading.Event()
    order: list[str] = []

    def do(_ctx: Context, item: Change, _known: Known) -> None:
        order.append(item.name)
        if item.name == "free":
            free_done.set()

    def poll(*_: t.Any) -> str | None:
        return None if free_done.is_set() else "pending"

    needy = Change(kind="thing", name="needy", action=Action.CREATE, reason="", needs=frozenset({"wait/gateway"}))
    plan = Plan(changes=(needy, change("free")), waits=(wait("gateway"),))
    apply(ctx, plan, handlers(do, poll), Known("r"))
    assert order == ["free", "needy"]


def test_after_a_failure_nothing_starts_and_the_error_tells_both_sides(ctx: Context) -> None:
    def do(_ctx: Context, item: Change, _known: Known) -> None:
        if item.name == "b":
            raise AwsError("CreateThing in us-east-1: Nope")

    plan = Plan(changes=(change("a"), change("b", "a"), change("c", "b")))
    with pytest.raises(ApplyError) as caught:
        apply(ctx, plan, handlers(do), Known("r"))
    assert [item.name for item in caught.value.done] == ["a"]
    assert [step.name for step in caught.value.not_done] == ["b", "c"]
    assert ctx.stop.is_set()
    message = str(caught.value)
    assert "thing/b: CreateThing in us-east-1: Nope" in message
    assert "Done before that: thing/a" in message
    assert "Not done: thing/b, thing/c" in message


def test_what_runs_during_a_failure_is_waited_for_and_counted(ctx: Context) -> None:
    failed = threading.Event()

    def do(_ctx: Context, item: Change, _known: Known) -> None:
        if item.name == "bad":
            failed.set()
            raise FailoverError("no")
        assert failed.wait(10)
        assert ctx.stop.wait(10)

    with pytest.raises(ApplyError) as caught:
        apply(ctx, Plan(changes=(change("bad"), change("slow"))), handlers(do), Known("r"))
    assert [item.name for item in caught.value.done] == ["slow"]


def test_stopped_steps_are_no_cause(ctx: Context) -> None:
    def do(_ctx: Context, item: Change, _known: Known) -> None:
        if item.name == "bad":
            raise FailoverError("the cause")
        ctx.stop.wait(10)
        raise Stopped("late")

    with pytest.raises(ApplyError) as caught:
        apply(ctx, Plan(changes=(change("bad"), change("late"))), handlers(do), Known("r"))
    assert [step.name for step, _error in caught.value.errors] == ["bad"]
    assert {step.name for step in caught.value.not_done} == {"bad", "late"}


def test_a_defect_of_ours_is_named_by_type(ctx: Context) -> None:
    def do(*_: t.Any) -> None:
        raise KeyError("SubnetId")

    with pytest.raises(ApplyError, match="KeyError"):
        apply(ctx, Plan(changes=(change("a"),)), handlers(do), Known("r"))


def test_a_wait_that_cannot_come_true_fails_the_run(ctx: Context) -> None:
    def poll(*_: t.Any) -> str | None:
        raise WaitError("the rollout was rolled back")

    with pytest.raises(ApplyError, match="rolled back"):
        apply(ctx, Plan(waits=(wait("rollout"),)), handlers(lambda *_: None, poll), Known("r"))


def test_a_wait_gives_up_in_time_and_says_what_it_saw(ctx: Context) -> None:
    item = Wait(kind="wait", name="gateway", what="NAT gateway a to be available", timeout=0)
    with pytest.raises(ApplyError, match="NAT gateway a to be available; it is still: pending"):
        apply(ctx, Plan(waits=(item,)), handlers(lambda *_: None, lambda *_: "pending"), Known("r"))


def test_an_interrupt_sets_stop_tells_and_goes_on_up(ctx: Context, told: list[str]) -> None:
    class Interrupt(BaseException):
        pass

    started = threading.Event()

    def do(*_: t.Any) -> None:
        started.set()
        assert ctx.stop.wait(10)

    stop = ctx.stop
    original = stop.is_set

    def is_set() -> bool:
        if started.is_set() and threading.current_thread() is threading.main_thread() and not original():
            raise Interrupt
        return original()

    stop.is_set = is_set  # type: ignore[method-assign]
    with pytest.raises(Interrupt):
        apply(ctx, Plan(changes=(change("a"), change("b", "a"))), handlers(do), Known("r"))
    assert original()
    assert any(message.startswith("interrupted; ") and "thing/b" in message for message in told)


def test_long_waits_are_reported(ctx: Context, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ansible_collections.everlook.failover.plugins.module_utils._engine.apply._PROGRESS_SECONDS", 0.0
    )
    answers = iter(["pending", None])
    apply(ctx, Plan(waits=(wait("the gateway"),)), handlers(lambda *_: None, lambda *_: next(answers)), Known("r"))
    assert any("waiting for the gateway" in message and "pending" in message for message in told)


def test_it_tells_when_each_step_ran(ctx: Context) -> None:
    plan = Plan(changes=(change("a"), change("b", "a")), waits=(wait("gateway"),))
    spans = apply(ctx, plan, handlers(lambda *_: None), Known("r")).spans
    assert spans.keys() == {"thing/a", "thing/b", "wait/gateway"}
    assert all(span.started <= span.ended for span in spans.values())
    assert spans["thing/a"].ended <= spans["thing/b"].started


@pytest.mark.parametrize(
    ("interval", "calls"), [(0.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2]), (1.0, [0.0, 0.2, 0.4, 0.8, 1.6, 2.6, 3.6])]
)
def test_polls_become_rarer_sooner_where_an_api_allows_few(interval: float, calls: list[float]) -> None:
    item = Wait(kind="wait", name="records", what="records", timeout=60, interval=interval)
    waiting = _Waiting(item, since=0.0, due=0.0)
    times = [0.0]
    while len(times) < len(calls):
        times.append(waiting.next_poll(times[-1]))
    assert times == pytest.approx(calls)


def test_a_long_wait_is_noticed_late_by_a_tenth_and_by_two_seconds_at_most() -> None:
    waiting = _Waiting(Wait(kind="wait", name="a", what="a", timeout=600), since=0.0, due=0.0)
    assert waiting.next_poll(15.0) == pytest.approx(16.5)
    assert waiting.next_poll(500.0) == pytest.approx(502.0)


def test_what_another_plan_can_avoid_does_not_stop_the_run(ctx: Context) -> None:
    """What runs ends, nothing else begins, and writes stay possible."""
    failed = threading.Event()

    def do(_ctx: Context, item: Change, _known: Known) -> None:
        if item.name == "bad":
            failed.set()
            raise AwsError("no", code="NotAvailableInZone")
        assert failed.wait(10)

    plan = Plan(changes=(change("bad"), change("slow"), change("after", ["slow"])))
    with pytest.raises(ApplyError) as caught:
        apply(ctx, plan, handlers(do), Known("r"), {"NotAvailableInZone"})
    assert "bad" in {step.name for step in caught.value.not_done}
    assert not ctx.stop.is_set()


def test_a_change_that_takes_long_says_so(ctx: Context, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that is repeated until AWS takes it is a wait, too."""
    monkeypatch.setattr(
        "ansible_collections.everlook.failover.plugins.module_utils._engine.apply._PROGRESS_SECONDS", 0.0
    )

    def do(*_: t.Any) -> None:
        eventually(lambda: told)

    apply(ctx, Plan(changes=(change("a"),)), handlers(do), Known("r"))
    assert re.fullmatch(r"waiting for thing/a to be created \(\d+ s\)", told[0])
