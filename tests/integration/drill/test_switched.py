# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch that somebody pulls elsewhere while a drill lasts: what is measured then is not the failover."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import journal
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.observe import pulled_switches
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.timeline import (
    DnsAnswer,
    ProbeResults,
    Request,
)
from sandbox import Sandbox

from .field import EAST, WEST, Field, healed_by, until

pytestmark = pytest.mark.once


class Leaving:
    """Users who are in one region until the fault is made, and in the other from then on."""

    _left = False

    def __init__(self, has_broken: t.Callable[[], bool]) -> None:
        self._has_broken = has_broken

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def seen(self) -> ProbeResults:
        self._left = self._left or self._has_broken()
        region = WEST if self._left else EAST
        moments = [float(at) for at in range(0, 4000, 2)]
        return ProbeResults(
            answers=tuple(DnsAnswer(t=at, region=region, rcode="NOERROR") for at in moments),
            requests=tuple(Request(t=at, region=region, ok=True, status=200) for at in moments),
        )


def pull(aws: Sandbox, region: str, seat: str) -> None:
    alarm = aws.client("cloudwatch", region=seat).describe_alarms(AlarmNames=[f"hello-dev-switch-{region}"])
    found = alarm["MetricAlarms"][0]
    point = {"MetricName": found["MetricName"], "Dimensions": found["Dimensions"], "Value": 1.0}
    aws.client("cloudwatch", region=seat).put_metric_data(Namespace=found["Namespace"], MetricData=[point])


def test_a_switch_from_elsewhere_is_noticed_and_ends_the_wait_for_the_return(field: Field) -> None:
    field.spoilt = True
    before = field.state()
    ctx, plan = field.decide(kinds.BLOCK_ALB, return_timeout=100_000)
    # Not when traffic has moved; when it does not return.
    pulled: t.Iterator[list[str]] = iter([[], [f"{EAST} by its switch in {WEST}"]])
    drill = field.drill(ctx, plan, Leaving(lambda: field.phase() == journal.BROKEN), lambda: next(pulled))
    drill.run()
    document = drill.document()
    assert document["verdict"] == "failed"
    assert "somebody else has evicted us-east-1 by its switch in us-west-1 meanwhile" in document["reasons"][0]
    assert [event["kind"] for event in document["events"]][-2:] == ["switched", "ended"]
    healed_by(field, before, "drill")


def test_switches_are_known_by_their_health_checks(field: Field) -> None:
    """All of both regions; with the fault of a switch, all but that one."""
    field.spoilt = True
    _ctx, plan = field.decide(kinds.BLOCK_ALB)
    assert set(plan.switches) == {f"{EAST} by its switch in {WEST}", f"{WEST} by its switch in {EAST}"}
    ctx, plan = field.decide(kinds.SWITCH)
    assert set(plan.switches) == {f"{WEST} by its switch in {EAST}"}
    assert pulled_switches(ctx, plan.switches) == []
    pull(field.aws, WEST, EAST)
    until("the switch to evict", lambda: pulled_switches(ctx, plan.switches) == list(plan.switches))
