# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What took long, and what it had waited for."""

from __future__ import annotations

from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change, Plan, Wait
from ansible_collections.everlook.failover.plugins.module_utils._engine.timeline import Span, long_steps

GATEWAY = Change(kind="nat_gateway", name="a", action=Action.CREATE, reason="missing")
READY = Wait(
    kind="available",
    name="a",
    what="NAT gateway a to be available",
    timeout=60,
    needs=frozenset({GATEWAY.address}),
)
ROUTE = Change(
    kind="route", name="a", action=Action.CREATE, reason="missing", needs=frozenset({READY.address, GATEWAY.address})
)
LAST = Wait(kind="in_use", name="a", what="the route to be in use", timeout=60, needs=frozenset({ROUTE.address}))
PLAN = Plan(changes=(GATEWAY, ROUTE), waits=(READY, LAST))
SPANS = {
    GATEWAY.address: Span(100.0, 102.0),
    READY.address: Span(102.0, 150.0),
    ROUTE.address: Span(150.0, 150.2),
    LAST.address: Span(150.2, 160.0),
}


def test_short_steps_are_left_out_and_handed_on() -> None:
    """The last wait needs the route, which was quick, and so it waited for what the route waited for."""
    assert long_steps(PLAN, SPANS) == [
        {"step": "create nat_gateway/a", "started": 100.0, "ended": 102.0, "after": ""},
        {"step": READY.what, "started": 102.0, "ended": 150.0, "after": "create nat_gateway/a"},
        {"step": LAST.what, "started": 150.2, "ended": 160.0, "after": READY.what},
    ]


def test_of_two_that_it_needed_the_later_one_held_it_up() -> None:
    one, two = (
        Wait(kind="available", name=name, what=f"{name} to be available", timeout=60) for name in ("one", "two")
    )
    after = Wait(kind="last", name="x", what="x", timeout=60, needs=frozenset({one.address, two.address}))
    spans = {one.address: Span(0.0, 20.0), two.address: Span(0.0, 10.0), after.address: Span(20.0, 30.0)}
    assert long_steps(Plan(waits=(one, two, after)), spans)[-1]["after"] == one.what


def test_steps_that_did_not_finish_are_left_out() -> None:
    assert [item["step"] for item in long_steps(PLAN, {GATEWAY.address: Span(0.0, 5.0)})] == ["create nat_gateway/a"]


def test_a_run_with_nothing_to_do_has_none() -> None:
    assert long_steps(Plan(), {}) == []
