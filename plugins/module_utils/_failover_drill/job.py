# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_drill: plans a drill, runs it, and heals what an earlier one has left broken."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import typing as t

from .._engine.aws_errors import translate
from .._engine.command_line import missing_program
from .._engine.context import Context
from .._engine.errors import FailoverError, SpecError
from .._engine.job import Job
from .._engine.waiting import Waiting
from .._failover_chain import drill_points
from .._probe.http import Site, ask, https_redirect
from .._probe.network import CLIENT_CERTIFICATE_VARIABLE, Network
from .._probe.regions import Regions
from .._probe.resolver import IterativeResolver
from . import fault as kinds
from . import journal as journals
from . import private_files, readiness, spec
from .budget import budget_for, cached
from .clock import Clock
from .detector import Detector
from .drill import Drill
from .fault import Fault
from .heal import Healed, Run, check_agreement, heal_leftover
from .healing_calls import calls_that_go_on
from .journal import Journal, JournalError
from .observe import failing_check, failing_targets, observe, pulled_switches
from .options import OPTIONS, REQUIRED_IF
from .plan import DrillPlan, plan_fault
from .prober import Prober
from .publisher import publisher
from .report import summary
from .snapshot import Snapshot
from .spec import Spec
from .undo import PaceWithoutTraffic
from .visitor import Visitor

REPORT: t.Final = "drill.json"
_HISTORY: t.Final = "drills"
# Faults that the load balancer notices before Route 53's checkers
_SEEN_BY_TARGETS: t.Final = (kinds.STOP_TASKS, kinds.UNHEALTHY_APP)
# Held while a drill lasts
_DRILL_LOCK: t.Final = "drill"


def run(ctx: Context) -> dict[str, t.Any]:
    """Return the module's result. Raises FailoverError."""
    wanted = spec.parse(ctx.params)
    path = pathlib.Path(wanted.directory) / wanted.owner.environment / journals.NAME
    if wanted.state == spec.DRILLED and not wanted.allowed:
        raise SpecError(
            "allowed",
            f"drills are not allowed in {wanted.owner.environment}. Nothing was broken.",
            "Set drill_allowed to true in its inventory if its users may be sent to another region for a while.",
        )
    if ctx.check_mode and wanted.state == spec.HEALED:
        return _look(ctx, wanted, path)
    if ctx.check_mode:
        return _result(plan=make_plan(ctx, wanted))
    with journals.locked(path, _DRILL_LOCK) as held:
        if not held:
            raise FailoverError(f"a drill of {wanted.owner.environment} is in progress; wait until it ends ({path})")
        healed = _heal_leftover(ctx, wanted, path)
        if wanted.state == spec.HEALED:
            return _result(healed=healed, still_open=journals.read(path), path=path)
        return _hold(ctx, make_plan(ctx, wanted), path, healed)


def make_plan(ctx: Context, wanted: Spec) -> DrillPlan:
    """Return the plan of the drill. Raises FailoverError with every reason why it must not begin."""
    status = wanted.status
    region = readiness.choose_region(status, wanted.region)
    if region is None:
        raise FailoverError(f"no drill: no region of {wanted.owner.title} is in DNS; run site.yml first")
    standby = readiness.choose_standby(status, region)
    found = readiness.region_of(status, region)
    switch_id = _id((found.get("switches") or {}).get(standby))
    observed = observe(ctx, wanted, region, standby, switch_id)
    against = readiness.findings(
        status, region, standby, observed, readiness.Demand(minimum=wanted.minimum, share=wanted.share)
    )
    # Without its program, a fault could not be undone.
    for option, words in (("break_command", wanted.commands.breaks), ("heal_command", wanted.commands.heals)):
        if program := missing_program(words):
            against.append(f"{option}: there is no program {program} on this machine")
    fault = plan_fault(wanted.fault, region, observed, wanted.commands)
    if wanted.fault == kinds.UNHEALTHY_APP and not readiness.evaluates_targets(found):
        fault = readiness.unnoticed(wanted.fault, region)
    if isinstance(fault, str):
        against.append(fault)
    if against or standby is None or isinstance(fault, str):
        raise FailoverError(f"no drill, nothing was broken: {'; '.join(against)}.")
    return _plan_of(ctx, wanted, fault, observed, standby)


def _plan_of(ctx: Context, wanted: Spec, fault: Fault, observed: Snapshot, standby: str) -> DrillPlan:
    found = readiness.region_of(wanted.status, fault.region)
    by_switch = fault.kind == kinds.SWITCH
    seen = fault.kind in _SEEN_BY_TARGETS and readiness.evaluates_targets(found)
    groups = observed.target_groups.values() if seen else ()
    check_id = _id(found["switches"][standby] if by_switch else found.get("endpoint"))
    switches = readiness.switches_of(wanted.status, (fault.region, standby))
    return DrillPlan(
        spec=wanted,
        region=fault.region,
        standby=standby,
        fault=fault,
        budget=budget_for(fault.kind, wanted.timing),
        check_id=check_id,
        group_arns=tuple(group.arn for group in groups if group),
        endpoint_url=_endpoint(ctx),
        switches={name: found for name, found in switches.items() if found != check_id},
    )


def _id(check: t.Mapping[str, t.Any] | None) -> str | None:
    return str(check["id"]) if check else None


def _endpoint(ctx: Context) -> str:
    return ctx.clients.environment().get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT_URL", "")


def _hold(ctx: Context, plan: DrillPlan, path: pathlib.Path, healed: Healed | None) -> dict[str, t.Any]:
    """Run the drill, and write its report even if it was aborted."""
    ctx.take_lease()
    network, clock = Network.from_environment(os.environ, ctx.params["dns_over_https_url"]), Clock()
    regions = Regions(IterativeResolver(network, plan.spec.parent_zone), plan.record, plan.regions)
    answer = regions.resolve()[0]
    plan, note = _as_users_ask(ctx, network, plan, answer.addresses), answer.note
    if note:
        ctx.warn(f"DNS is {note}: what it caches is part of the times that are measured, and of the budget")
        plan = dataclasses.replace(plan, budget=cached(plan.budget))
    site = Site(network, plan.url, verify=plan.spec.verify)
    visitor = Visitor(regions.resolve, site.keep, clock.now)
    prober = Prober(regions.resolve, site.get, clock.now, plan.spec.rate, visitor)
    pulled = functools.partial(pulled_switches, ctx, plan.switches)
    drill = Drill(ctx, plan, path, prober, _detectors(ctx, plan, clock), clock, pulled)
    try:
        drill.run()
    except BaseException:
        if drill.has_broken:
            for problem in _write(path.parent, {**drill.document(), "dns_note": note}).values():
                # A warning, because the reason for the abort matters more.
                ctx.warn(f"the report of this drill is lost: {problem}")
        raise
    document = {**drill.document(), "dns_note": note}
    unwritten = _write(path.parent, document)
    report = None if REPORT in unwritten else str(path.with_name(REPORT))
    still_open = journals.read(path)
    result = _result(plan=plan, document=document, report=report, healed=healed, still_open=still_open, path=path)
    if unwritten and ctx.params["show"]:
        # Ansible prints the result of a failed task, and the rest has been shown already.
        result = {key: result[key] for key in ("changed", "verdict", "summary", "report", "journal")}
    return {**result, **_unkept(document["verdict"], unwritten)}


def _as_users_ask(ctx: Context, network: Network, plan: DrillPlan, addresses: t.Sequence[str]) -> DrillPlan:
    """The plan with the HTTPS URL that health checkers are redirected to, if that needs a client certificate."""
    if not addresses or not plan.url.startswith("http:"):
        return plan
    asked, reply = ask(network, plan.url, addresses[0], verify=plan.spec.verify)
    if https_redirect(asked, reply):
        ctx.warn(
            f"{asked} is a redirect to HTTPS, whatever the state of the service: requests of this drill see load "
            f"balancers alone. {CLIENT_CERTIFICATE_VARIABLE} may name the certificate of a client that is let in"
        )
    return plan if asked == plan.url else dataclasses.replace(plan, spec=plan.spec.asking(asked))


def _detectors(ctx: Context, plan: DrillPlan, clock: Clock) -> list[Detector]:
    detectors = []
    if plan.check_id:
        detectors.append(Detector(functools.partial(failing_check, ctx, plan.check_id), clock.now))
    if plan.group_arns:
        look = functools.partial(failing_targets, ctx, plan.region, plan.group_arns)
        detectors.append(Detector(look, clock.now))
    if plan.spec.shown:
        detectors.append(Detector(publisher(ctx, plan.spec.owner, plan.region), clock.now, pause=drill_points.SECONDS))
    return detectors


def _write(folder: pathlib.Path, document: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Write the report and a copy for the history. Returns which of the two could not be written, and why."""
    copy, problems = folder / _HISTORY / f"{document['started_at'].replace(':', '')}.json", {}
    for name, path in ((_HISTORY, copy), (REPORT, folder / REPORT)):
        try:
            private_files.write(path, json.dumps(document) + "\n")
        except OSError as error:
            problems[name] = f"{path}: {error.strerror}"
    return problems


def _unkept(verdict: str, problems: t.Mapping[str, str]) -> dict[str, t.Any]:
    """What the result has in addition if the report or its copy could not be written."""
    if not problems:
        return {}
    if REPORT in problems:
        lost = f"its report is in this output alone, because it cannot be written to {problems[REPORT]}"
        lost = f"{lost}. The report of an earlier drill is as it was"
    else:
        lost = f"no copy of its report can be kept in {problems[_HISTORY]}"
    return {"failed": True, "msg": f"failover_drill: the drill {verdict}, but {lost}."}


def _look(ctx: Context, wanted: Spec, path: pathlib.Path) -> dict[str, t.Any]:
    journal = journals.read(path)
    if journal is not None:
        check_agreement(path, journal, _run_of(ctx, wanted))
        ctx.warn(
            f"the drill {journal.id} has left {journal.region} broken: {journal.text}. The next run heals it first."
        )
    return _result(still_open=journal, path=path)


def _heal_leftover(ctx: Context, wanted: Spec, path: pathlib.Path) -> Healed | None:
    """Heal what an earlier drill has left broken. Raises FailoverError."""
    journal = journals.read(path)
    if journal is None:
        return None
    run, by = _run_of(ctx, wanted), f"a run with state {wanted.state}"
    check_agreement(path, journal, run)
    ctx.progress(f"healing what the drill {journal.id} has left broken in {journal.region}: {journal.text}")
    waiting = Waiting(ctx, f"{journal.region} to be as it was")
    try:
        with translate(journal.region):
            return heal_leftover(path, run, calls_that_go_on(ctx), PaceWithoutTraffic(waiting.pause), by=by)
    except JournalError:
        raise
    except FailoverError as error:
        raise FailoverError(f"{error} By hand: {journal.by_hand}; then remove {path}.") from error


def _run_of(ctx: Context, wanted: Spec) -> Run:
    return Run(
        stack=wanted.owner.stack,
        environment=wanted.owner.environment,
        account_id=wanted.account_id,
        endpoint_url=_endpoint(ctx),
        regions=wanted.regions,
        command=wanted.commands.heals,
    )


def _result(
    *,
    plan: DrillPlan | None = None,
    document: t.Mapping[str, t.Any] | None = None,
    report: str | None = None,
    healed: Healed | None = None,
    still_open: Journal | None = None,
    path: pathlib.Path | None = None,
) -> dict[str, t.Any]:
    found = document or {}
    outcomes = list(healed.outcomes) if healed else []
    journal = still_open or (healed.journal if healed else None)
    return {
        "changed": bool(document or healed),
        "fault": plan.fault.kind if plan else (journal.fault if journal else None),
        "fault_region": plan.region if plan else (journal.region if journal else None),
        "fault_text": plan.fault.text if plan else (journal.text if journal else None),
        "standby": plan.standby if plan else None,
        "url": plan.url if plan else None,
        "budget": dataclasses.asdict(plan.budget) if plan else None,
        "verdict": found.get("verdict"),
        "reasons": found.get("reasons", []),
        "measured": found.get("measured"),
        "requests": found.get("requests"),
        "summary": [*summary(found), *([f"Report: {report}"] if report else [])] if found else outcomes,
        "report": report,
        "healed": outcomes,
        "journal": str(path) if still_open and path else None,
    }


JOB: t.Final = Job(name="failover_drill", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
