# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status at the end of a run: read again after changes, and while a region may soon become healthy."""

from __future__ import annotations

import time
import typing as t

from .._engine.context import Context, Unread
from .._engine.unread import GLOBAL, guarded
from .._engine.waiting import Waiting
from .._failover_chain import health_checks
from .._failover_chain.status import Status
from .._failover_chain.status_report import report
from .observe import look
from .spec import Spec

# A new health check, or one with another port, needs some probes before it has a status.
_MOST_SECONDS: t.Final = 120.0
_POLL_SECONDS: t.Final = 5.0


def awaited(found: Status) -> str:
    """The regions that may soon become healthy, for people; empty if one is healthy, or none can become so.

    ecs_service has already waited for targets. A region that is evicted, or a name that does not resolve, stays
    unhealthy.
    """
    if found.dns and found.dns.answer.rcode and not found.dns.answer.addresses:
        return ""
    evicted = found.evicted()
    regions: list[str] = []
    for region in found.in_dns:
        targets, endpoint = found.targets[region], found.check(region, health_checks.ENDPOINT)
        if targets.problem or targets.reason() or evicted[region]:
            continue
        if endpoint is None or endpoint.config.get("Disabled"):
            continue
        if found.observations.get(endpoint.id) and found.is_healthy(endpoint) is not False:
            return ""
        regions.append(region)
    return ", ".join(regions)


def settled(ctx: Context, spec: Spec) -> dict[str, t.Any] | None:
    """failover_info's result, once nothing is awaited. None if it cannot be read; the reason is in ctx.unread."""
    since, waiting = time.monotonic(), Waiting(ctx, "Route 53's health checkers to report a region healthy")
    most = min(_MOST_SECONDS, spec.timeout) if ctx.params["wait"] else 0.0
    while True:
        found = guarded(ctx, GLOBAL, lambda: look(ctx, spec))
        if found is None or isinstance(found, Unread):
            return None
        regions, waited = awaited(found), time.monotonic() - since
        if not regions or waited >= most:
            return report(found)
        waiting.pause(min(_POLL_SECONDS, 1.0 + waited), f"none of {regions} is yet")
