# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a switch that evicts a region stays: what publishes its data points, and how old the newest is."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain import schedules
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.held import Held

OWNER = Owner(stack="hello", environment="dev", component="dns")
EAST, WEST, THIRD = "us-east-1", "us-west-1", "us-west-2"
NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)


def schedule(*evicts: str, state: str = "ENABLED", **changed: t.Any) -> schedules.Schedule:
    """As GetSchedule tells it."""
    values = schedules.wanted(OWNER, WEST, evicts=frozenset(evicts), enabled=True, role_arn="arn:role")
    return schedules.parse(OWNER, WEST, {**schedules.request({**values, "state": state}), **changed})


def held(found: schedules.Schedule | None, minutes: float | None = 2) -> Held:
    newest = None if minutes is None else NOW - datetime.timedelta(minutes=minutes)
    return Held(evicted=EAST, seat=WEST, schedule=found, newest=newest)


@pytest.mark.parametrize(
    ("found", "lacks"),
    [
        (held(schedule(EAST)), []),
        (held(schedule(EAST, THIRD)), []),
        (held(None), ["its schedule is missing"]),
        (held(schedule(EAST, state="DISABLED")), ["its schedule is disabled"]),
        (held(schedule(THIRD)), ["its schedule publishes something else"]),
        (held(schedule(EAST), 42), ["its newest data point is 42 minutes old"]),
        (held(schedule(EAST), None), ["it has no data point of the last hours"]),
        (held(None, None), ["its schedule is missing", "it has no data point of the last hours"]),
        (Held(evicted=EAST, seat=WEST, problem="denied"), []),
    ],
)
def test_what_it_lacks(found: Held, lacks: list[str]) -> None:
    assert found.lacks(NOW) == lacks
    warning = found.describe(NOW)["warning"]
    assert bool(warning) == bool(lacks)
    assert all(what in warning for what in lacks)


def test_the_result() -> None:
    assert held(schedule(EAST)).describe(NOW) == {
        "region": EAST,
        "switch_in": WEST,
        "schedule": "enabled",
        "newest_data_point": "2026-11-28T11:58:00+00:00",
        "warning": "",
        "problem": "",
    }
    assert Held(evicted=EAST, seat=WEST, problem="denied").describe(NOW)["schedule"] == "unknown"


def test_what_a_schedule_publishes_is_read_from_its_input() -> None:
    assert schedule(EAST, THIRD).evicts == frozenset({EAST, THIRD})
    target = schedules.request(dict(schedule(EAST).values))["Target"]
    for text in (
        "",
        "no JSON",
        "{}",
        "[]",
        target["Input"].replace("1.0", "2.0"),
        target["Input"].replace("dev", "prod"),
    ):
        assert schedule(EAST, Target={**target, "Input": text}).evicts is None


def test_what_is_set_is_sent_whole() -> None:
    found = schedule(EAST)
    request = schedules.request(schedules.set_to(OWNER, found, frozenset()))
    assert request == {**schedules.request(found.values), "State": "DISABLED"}
    both = schedules.set_to(OWNER, found, frozenset({EAST, THIRD}))
    assert schedules.parse(OWNER, WEST, schedules.request(both)).holds == {EAST, THIRD}
