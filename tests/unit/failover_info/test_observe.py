# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which health checks Route 53 is asked for: switches grow with the square of the regions, those in use do not."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.health_checks import Check
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.status_calls import has_status
from ansible_collections.everlook.failover.plugins.module_utils._route53.caller_references import (
    caller_reference,
    made_at,
)

OWNER = Owner(stack="hello", environment="dev", component="dns")
EAST, WEST = "us-east-1", "us-west-1"
REFERENCE = caller_reference(OWNER, EAST, f"switch-{WEST}")
MADE = made_at(REFERENCE)


def check(role: str) -> Check:
    return Check(id="c-1", region=EAST, role=role, reference=REFERENCE, config={})


SWITCH = check(f"switch-{WEST}")


def alarm(**changes: t.Any) -> dict[str, t.Any]:
    """What read_alarm_states says of an alarm that was made a second before its check, and never had data."""
    before = datetime.datetime.fromtimestamp(MADE - 1, datetime.UTC).isoformat()
    state = {"state": "INSUFFICIENT_DATA", "reason": "Unchecked: Initial alarm creation", "since": before}
    return {"name": "hello-dev-switch-us-east-1", "evicts": EAST, **state, **changes}


def test_calculated_checks_are_never_asked_for_and_endpoints_always() -> None:
    assert not has_status(check("calculated"), {})
    assert has_status(check("endpoint"), {WEST: [alarm()]})


def test_a_switch_that_was_never_set_is_not_asked_for() -> None:
    assert not has_status(SWITCH, {WEST: [alarm()]})


@pytest.mark.parametrize(
    "states",
    [
        {},
        {EAST: [alarm()]},
        {WEST: []},
        {WEST: [alarm(evicts="us-west-2")]},
        {WEST: {"error": "it does not answer"}},
        {WEST: [alarm(state="ALARM", reason="Threshold Crossed: 1 datapoint [1.0]")]},
        {WEST: [alarm(state="OK")]},
        {WEST: [alarm(reason="Insufficient Data: 1 datapoint was unknown.")]},
        {WEST: [alarm(since=None)]},
        # Made anew: what its check had heard before lasts.
        {WEST: [alarm(since=datetime.datetime.fromtimestamp(MADE + 5, datetime.UTC).isoformat())]},
    ],
)
def test_every_other_one_is(states: dict[str, t.Any]) -> None:
    assert has_status(SWITCH, states)
