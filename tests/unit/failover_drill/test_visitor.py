# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user who keeps a connection open."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.timeline import Visit
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.visitor import Visitor
from ansible_collections.everlook.failover.plugins.module_utils._probe.answers import Answer
from ansible_collections.everlook.failover.plugins.module_utils._probe.http import Connection, Reply
from tests.waiting import eventually

EAST, WEST = "us-east-1", "us-west-1"
WELL = Reply(ok=True, status=200, error="", ms=5)
UNWELL = Reply(ok=False, status=503, error="HTTP 503", ms=5)
CUT = Reply(ok=False, status=None, error="timed out", ms=3000)


class Play:
    """A connection that answers as it was told, and is over with the last answer, or when nothing was answered."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.is_open = False

    def get(self) -> Reply:
        reply = self._replies.pop(0)
        self.is_open = bool(self._replies) and reply.status is not None
        return reply

    def close(self) -> None:
        self.is_open = False


def visit(*stays: tuple[str | None, Play | None], visits: int) -> tuple[Visit, ...]:
    """What is seen while DNS answers one region after the other."""
    regions, connections = iter([stay[0] for stay in stays]), iter([stay[1] for stay in stays if stay[1]])
    clock = itertools.count()

    def resolve() -> tuple[Answer, str | None]:
        region = next(regions)
        found = Answer(rcode="NOERROR", addresses=("192.0.2.1",)) if region else Answer(problem="no such name")
        return found, region

    visitor = Visitor(
        resolve, lambda _address: t.cast("Connection", next(connections)), lambda: float(next(clock)), pause=0.001
    )
    visitor.start()
    eventually(lambda: len(visitor.seen()) >= visits)
    visitor.stop()
    return visitor.seen()[:visits]


def brief(seen: tuple[Visit, ...]) -> list[tuple[str | None, str, bool]]:
    return [(item.region, item.error, item.ended is not None) for item in seen]


def test_dns_is_asked_only_when_the_connection_has_ended() -> None:
    seen = visit((EAST, Play(WELL, UNWELL, WELL)), (WEST, Play(*[WELL] * 999)), visits=5)
    assert brief(seen) == [
        (EAST, "", False),
        (EAST, "HTTP 503", False),
        (EAST, "", True),
        (WEST, "", False),
        (WEST, "", False),
    ]
    assert [item.ok for item in seen] == [True, False, True, True, True]


def test_a_connection_that_breaks_is_opened_anew_wherever_dns_points() -> None:
    seen = visit((EAST, Play(WELL, CUT)), (EAST, Play(CUT)), (None, None), (WEST, Play(*[WELL] * 999)), visits=5)
    assert brief(seen) == [
        (EAST, "", False),
        (EAST, "timed out", True),
        (None, "timed out", False),
        (None, "no such name", False),
        (WEST, "", False),
    ]


def test_a_service_that_keeps_no_connections() -> None:
    seen = visit((EAST, Play(WELL)), (WEST, Play(*[WELL] * 999)), visits=2)
    assert brief(seen) == [(EAST, "", True), (WEST, "", False)]
