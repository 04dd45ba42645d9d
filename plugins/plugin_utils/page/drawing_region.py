# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A region in the drawing: its network by zone, and across the zones the load balancer and the service."""

from __future__ import annotations

import typing as t

from .facts import Region, Targets, Zone
from .signs import Kind, Sign
from .tasks import Tasks

# More tasks are counted, but not drawn.
_DRAWN: t.Final = 12
# The details say why.
_UNREAD: t.Final = "could not be read"
# As many zones have room for whole words.
_WIDE_ZONES: t.Final = 2


class RegionBox(t.NamedTuple):
    """A region with what is deployed in it.

    :param narrow: whether the zones have no room for whole words.
    :param tasks: the state of each task that is drawn: running, pending or missing.
    """

    name: str
    reasons: tuple[str, ...]
    cidr: str
    zones: tuple[Zone, ...]
    narrow: bool
    targets: Sign
    service: str
    tasks: tuple[str, ...]
    running: str


def region_box(region: Region) -> RegionBox:
    """The region with what is deployed in it."""
    failures = tuple(f"the last deployment failed: {failure}" for failure in region.failures)
    return RegionBox(
        name=region.name,
        reasons=region.reasons + failures,
        cidr=region.cidr,
        zones=region.zones,
        narrow=len(region.zones) > _WIDE_ZONES,
        targets=Sign(_kind(region.targets), _seen(region.targets)),
        service=region.service,
        tasks=_tasks(region.tasks),
        running=_running(region.tasks),
    )


def _kind(targets: Targets) -> Kind:
    if targets.problem or targets.healthy is None:
        return "none"
    if targets.healthy and targets.total and targets.healthy < targets.total:
        return "warn"
    return "good" if targets.healthy else "bad"


def _seen(targets: Targets) -> str:
    if targets.problem or targets.healthy is None:
        return _UNREAD
    return f"{targets.healthy} of {targets.total} targets healthy" if targets.total else "no targets"


def _tasks(tasks: Tasks) -> tuple[str, ...]:
    running, pending = tasks.running or 0, tasks.pending or 0
    missing = max(0, (tasks.desired or 0) - running - pending)
    return (("running",) * running + ("pending",) * pending + ("missing",) * missing)[:_DRAWN]


def _running(tasks: Tasks) -> str:
    if tasks.problem or tasks.running is None:
        return _UNREAD
    starting = f", {tasks.pending} starting" if tasks.pending else ""
    if tasks.desired == 0:
        return f"scaled to zero{starting}"
    return f"{tasks.running} of {tasks.desired} tasks run{starting}"
