# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status at the end of a run: read anew after changes, and again while a region may become healthy by itself."""

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

# A new health check, or one that asks at another port, needs some probes until it knows.
_MOST_SECONDS: t.Final = 120.0
_POLL_SECONDS: t.Final = 5.0


def awaited(found: Status) -> str:
    """What may make a region healthy soon, for people: empty if one is healthy, or none can become so by itself.

    Targets have been waited for before. What nobody can resolve will not be healthy, nor what a switch evicts.
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
    """What failover_info returns, once nothing is awaited. None if it cannot be read; the context remembers why."""
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
