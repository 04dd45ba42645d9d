# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the target of a switch needs before traffic moves."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_switch import readiness, report
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.capacity import (
    Count,
    Counts,
    Preparation,
    Raise,
    preparation_of,
)
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.switch import Due

from .world import EAST, GONE, WEST, observed, route53, spec

NAME, API = "hello-dev-hello", "hello-dev-api"


def there(east: Count, west: Count, **more: t.Any) -> Snapshot:
    return observed(counts={EAST: Counts(services={NAME: east}), WEST: Counts(services={NAME: west})}, **more)


@pytest.mark.parametrize(
    ("share", "east", "west", "to"),
    [
        ("full", Count(desired=4), Count(desired=2), 4),
        ("full", Count(desired=4, most=7), Count(desired=2), 7),
        ("full", Count(desired=0, most=3), Count(desired=2), 3),
        ("50%", Count(desired=4, most=7), Count(desired=2), 4),
        ("50%", Count(desired=4), Count(desired=2), None),
        ("minimum", Count(desired=9), Count(desired=1), None),
        ("full", Count(desired=2), Count(desired=5), None),
        ("full", Count(desired=4), Count(desired=2, maximum=10), 4),
        ("full", Count(desired=4), Count(desired=2, maximum=3), 3),
    ],
)
def test_it_gets_as_many_tasks_as_it_has_to_carry(share: str, east: Count, west: Count, to: int | None) -> None:
    found = preparation_of(spec(standby_capacity=share), there(east, west))
    assert found.raises == (() if to is None else (Raise(service=NAME, before=west.desired, to=to),))
    if to:
        assert (found.healthy, found.waits) == (to, True)


def test_each_service_gets_its_own() -> None:
    counts = {
        EAST: Counts(services={NAME: Count(desired=3), API: Count(desired=1)}),
        WEST: Counts(services={NAME: Count(desired=1), API: Count(desired=2)}),
    }
    found = preparation_of(spec(), observed(counts=counts))
    assert found.raises == (Raise(service=NAME, before=1, to=3),)
    assert found.healthy == 5


@pytest.mark.parametrize(
    "changed",
    [
        {"serving": WEST},
        {"serving": None},
        {"counts": {EAST: Counts(problem=GONE), WEST: Counts(services={NAME: Count(desired=1)})}},
        {"counts": {EAST: Counts(services={NAME: Count(desired=3)}), WEST: Counts()}},
    ],
)
def test_nothing_where_nothing_moves_or_is_known(changed: dict[str, t.Any]) -> None:
    given = {"counts": {EAST: Counts(services={NAME: Count(desired=3)}), WEST: Counts()}, **changed}
    assert preparation_of(spec(), observed(**given)).raises == ()


def test_traffic_does_not_wait_where_that_would_be_worse() -> None:
    counts = (Count(desired=4), Count(desired=2))
    assert preparation_of(spec(), there(*counts, route53=route53(sick=[EAST]))).waits is False
    assert preparation_of(spec(force=True), there(*counts)).waits is False


def test_a_maximum_that_is_too_low_is_a_finding() -> None:
    found = readiness.findings(spec(), there(Count(desired=4), Count(desired=2, maximum=3)))
    assert [(item.name, item.text) for item in found] == [
        (
            "capacity",
            "the scaling of hello-dev-hello in us-west-1 allows 3 tasks, and 4 are needed to carry the load",
        )
    ]


def test_what_could_not_be_read_is_a_warning() -> None:
    unread = observed(counts={EAST: Counts(problem=GONE), WEST: Counts(services={NAME: Count(desired=1)})})
    [warning] = readiness.warnings(spec(), unread)
    assert warning == f"it is not known how many tasks us-east-1 runs, so us-west-1 gets no more ({GONE})"


def test_a_dry_run_says_so() -> None:
    preparation = Preparation(raises=(Raise(service=NAME, before=2, to=4),))
    lines = report.intention(spec(), observed(), Due((), ()), preparation)
    assert "hello-dev-hello in us-west-1 would get 4 tasks, it has 2." in lines
