# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import string
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change, Plan, Wait

Edges = dict[str, set[str]]


def change(name: str, needs: t.Iterable[str] = ()) -> Change:
    return Change(
        kind="thing", name=name, action=Action.CREATE, reason="missing", needs=frozenset(f"thing/{n}" for n in needs)
    )


def wait(name: str, needs: t.Iterable[str] = ()) -> Wait:
    return Wait(kind="wait", name=name, what=name, timeout=1, needs=frozenset(needs))


@st.composite
def graphs(draw: st.DrawFn) -> Edges:
    """Acyclic: a letter needs earlier letters only."""
    names = string.ascii_lowercase[: draw(st.integers(0, 12))]
    return {name: draw(st.sets(st.sampled_from(names[:i]))) if i else set() for i, name in enumerate(names)}


@hypothesis.given(graphs())
def test_every_step_comes_after_what_it_needs(edges: Edges) -> None:
    plan = Plan(changes=tuple(change(name, needs) for name, needs in edges.items()))
    seen: set[str] = set()
    for step in plan.in_order():
        assert step.needs <= seen
        seen.add(step.address)
    assert len(seen) == len(edges)


@hypothesis.given(graphs(), st.data())
def test_without_waits_leaves_exactly_what_depends_on_a_wait(edges: Edges, data: st.DataObject) -> None:
    waiting = data.draw(st.sets(st.sampled_from(sorted(edges)))) if edges else set()
    waits = tuple(wait(name) for name in waiting)
    changes = tuple(
        Change(
            kind="thing",
            name=name,
            action=Action.CREATE,
            reason="missing",
            needs=frozenset({f"thing/{n}" for n in needs} | ({f"wait/{name}"} & {w.address for w in waits})),
        )
        for name, needs in edges.items()
    )
    now, later = Plan(changes=changes, waits=waits).without_waits()
    kept = {step.address for step in now.steps}
    assert kept.isdisjoint(later)
    assert kept | set(later) == {c.address for c in changes} | {w.address for w in waits}
    assert all(item.needs <= kept for item in now.changes)
    left = [item for item in changes if item.address in later]
    assert all(item.needs & set(later) for item in left)


def test_needs_outside_the_plan_count_as_finished() -> None:
    assert [step.name for step in Plan(changes=(change("a", {"elsewhere"}),)).in_order()] == ["a"]


def test_two_steps_with_one_address_are_refused() -> None:
    with pytest.raises(FailoverError, match="thing/a"):
        Plan(changes=(change("a"), change("a")))


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        Plan(changes=(change("a", {"b"}), change("b", {"a"})))
