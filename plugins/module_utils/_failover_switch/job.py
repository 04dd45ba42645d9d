# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_switch: one region serves until the next switch, or health decides again. Data points, and tasks before."""

from __future__ import annotations

import dataclasses
import os
import time
import typing as t

from .._engine.context import Context
from .._engine.errors import NotReady
from .._engine.gather import gather
from .._engine.job import Job
from .._probe.network import Network
from .._probe.regions import Regions
from .._probe.resolver import Walker
from . import plan, readiness
from .capacity import lift
from .capacity_calls import raise_tasks
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .readiness import Finding
from .report import answered, intention, published, summary, unheld
from .snapshot import Snapshot
from .spec import AUTO, Spec, parse
from .switch import Due, Switch


def run(ctx: Context) -> dict[str, t.Any]:
    """The module's result. Raises FailoverError: NotReady when the target is not ready, WaitError, LeaseHeld."""
    spec = parse(ctx.params)
    walker = Walker(Network.from_environment(os.environ, ctx.params["dns_over_https_url"]), spec.start)
    dns = Regions(walker, spec.record, spec.regions)
    # A region that is down must not hold up the others.
    hurried = ctx.hurried()
    found: dict[str, t.Any] = gather({"observed": lambda: observe(hurried, spec), "dns": dns.resolve_each})
    answer, serving = found["dns"]
    observed = dataclasses.replace(found["observed"], serving=serving)
    missing = _findings(ctx, spec, observed)
    if answer.note:
        ctx.warn(f"DNS was {answer.note}: it may be late by the {answer.ttl or 60} seconds that answers are cached")
    lifted = lift(spec, observed)
    points = plan.reachable(plan.wanted(plan.order(spec, observed.route53), spec.target), spec, observed)
    due = Due(plan.due(points, spec, observed), plan.holds(points, observed))
    if (lifted.raises or due.points or due.holds) and not ctx.check_mode:
        ctx.take_lease()
    if lifted.raises and spec.target and not ctx.check_mode:
        raise_tasks(ctx, spec, spec.target, lifted)
    began = time.monotonic()
    switch = Switch(hurried, spec, dns, observed, due)
    if (due.points or due.holds) and not ctx.check_mode:
        answer, serving = switch.until_done(began)
        for text in unheld(switch.unheld):
            ctx.warn(text)
    # Older data points that may still arrive are overtaken by new ones, and nothing changes.
    same = plan.in_flight(due.points, observed) and serving == observed.serving
    seconds = round(time.monotonic() - began, 1)
    made = Due((), due.holds) if same else due
    held = set(made.holds) - (set() if ctx.check_mode else set(switch.unheld))
    said = intention(spec, observed, due, lifted) if ctx.check_mode else summary(spec, observed, made, serving, seconds)
    return {
        "changed": bool(lifted.raises or made.points or held),
        "to": spec.target or AUTO,
        **published(due, lifted),
        "findings": [dataclasses.asdict(finding) for finding in missing],
        "served_before": observed.serving,
        "serving": serving,
        "answer": answered(answer),
        "seconds": seconds,
        "summary": said,
    }


def _findings(ctx: Context, spec: Spec, observed: Snapshot) -> tuple[Finding, ...]:
    """Why the target is not ready, of which a forced switch only warns. Raises NotReady."""
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
