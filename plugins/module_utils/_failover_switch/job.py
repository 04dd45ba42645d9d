# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_switch: one region serves until the next switch, or health decides again."""

from __future__ import annotations

import dataclasses
import os
import time
import typing as t

from .._engine.context import Context
from .._engine.errors import NotReady
from .._engine.gather import gather
from .._engine.job import Job
from .._probe.answers import Answer
from .._probe.network import Network
from .._probe.regions import Regions
from .._probe.resolver import IterativeResolver
from . import plan, readiness
from .capacity import preparation_of
from .capacity_calls import raise_tasks
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .readiness import Finding
from .report import answered, intention, published, summary, unheld
from .snapshot import Snapshot
from .spec import AUTO, Spec, parse
from .switch import Due, Switch


def run(ctx: Context) -> dict[str, t.Any]:
    """Return the module's result. Raises FailoverError: NotReady if the target is not ready, WaitError, LeaseHeld."""
    spec = parse(ctx.params)
    resolver = IterativeResolver(Network.from_environment(os.environ, ctx.params["dns_over_https_url"]), spec.start)
    dns = Regions(resolver, spec.record, spec.regions)
    # A region that is down must not delay the others.
    quick = ctx.with_short_timeouts()
    observed, answer = _observe(quick, spec, dns)
    serving = observed.serving
    missing = _findings(ctx, spec, observed)
    if answer.note:
        ctx.warn(f"DNS was {answer.note}: it may be late by the {answer.ttl or 60} seconds that answers are cached")
    preparation, due = preparation_of(spec, observed), _due(spec, observed)
    if (preparation.raises or due.points or due.holds) and not ctx.check_mode:
        ctx.take_lease()
    if preparation.raises and spec.target and not ctx.check_mode:
        raise_tasks(ctx, spec, spec.target, preparation)
    began = time.monotonic()
    switch = Switch(quick, spec, dns, observed, due)
    if (due.points or due.holds) and not ctx.check_mode:
        answer, serving = switch.until_done(began)
        for text in unheld(switch.unheld):
            ctx.warn(text)
    # Points that were only published again, because older ones may still arrive, change nothing.
    made = Due((), due.holds) if plan.in_flight(due.points, observed) and serving == observed.serving else due
    seconds = round(time.monotonic() - began, 1)
    held = set(made.holds) - (set() if ctx.check_mode else set(switch.unheld))
    said = (
        intention(spec, observed, due, preparation)
        if ctx.check_mode
        else summary(spec, observed, made, serving, seconds)
    )
    return {
        "changed": bool(preparation.raises or made.points or held),
        "to": spec.target or AUTO,
        **published(due, preparation),
        "findings": [dataclasses.asdict(finding) for finding in missing],
        "served_before": observed.serving,
        "serving": serving,
        "answer": answered(answer),
        "seconds": seconds,
        "summary": said,
    }


def _observe(ctx: Context, spec: Spec, dns: Regions) -> tuple[Snapshot, Answer]:
    found: dict[str, t.Any] = gather({"observed": lambda: observe(ctx, spec), "dns": dns.resolve_each})
    answer, serving = found["dns"]
    return dataclasses.replace(found["observed"], serving=serving), answer


def _due(spec: Spec, observed: Snapshot) -> Due:
    points = plan.reachable(plan.wanted(plan.order(spec, observed.route53), spec.target), spec, observed)
    return Due(plan.due(points, spec, observed), plan.holds(points, observed))


def _findings(ctx: Context, spec: Spec, observed: Snapshot) -> tuple[Finding, ...]:
    """Why the target is not ready, which a forced switch only warns about. Raises NotReady."""
    missing = tuple(readiness.findings(spec, observed))
    if missing and not spec.force:
        raise NotReady(_refusal(spec, missing))
    for text in (*readiness.warnings(spec, observed), *(f"although {finding.text}" for finding in missing)):
        ctx.warn(text)
    return missing


def _refusal(spec: Spec, missing: t.Sequence[Finding]) -> str:
    named = "; ".join(f"[{finding.name}] {finding.text}" for finding in missing)
    what = f"{spec.target} is not ready to serve {spec.record}" if spec.target else "Health cannot decide again"
    return f"{what}: {named}. Nothing was changed. Repair that, or repeat the command with force=true."


JOB: t.Final = Job(name="failover_switch", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
