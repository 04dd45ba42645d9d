# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_drill: deciding on a drill, holding it, and healing what an earlier one has left broken."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import threading
import typing as t

from .._engine.aws_errors import translate
from .._engine.clients import Clients
from .._engine.context import Context
from .._engine.errors import FailoverError, SpecError
from .._engine.job import Job
from .._probe.answers import Answer
from .._probe.http import Reply, Site
from .._probe.network import Network
from .._probe.regions import Regions
from .._probe.resolver import Walker
from . import fault as kinds
from . import journal as journals
from . import observe, plan_readiness, spec
from .budget import budget_for
from .clock import Clock
from .drill import Drill
from .fault import Fault
from .healer import Healed, heal_open
from .journal import Journal
from .options import OPTIONS, REQUIRED_IF
from .plan_faults import Observed, plan_fault
from .prober import Prober
from .record import Task, summary
from .spec import Spec
from .watch import Watch

REPORT: t.Final = "drill.json"
_HISTORY: t.Final = "drills"
# Faults that the load balancer notices before Route 53's checkers do
_SEEN_BY_TARGETS: t.Final = (kinds.STOP_TASKS, kinds.UNHEALTHY_APP)
# Held for as long as a drill lasts
_DRILL_LOCK: t.Final = "drill"


@dataclasses.dataclass(frozen=True)
class _Service:
    """The service as its users see it: an Outside."""

    walker: Walker
    regions: Regions
    site: Site
    record: str

    def ask(self) -> Answer:
        return self.walker.ask(self.record)

    def region_of(self, addresses: t.Sequence[str]) -> str | None:
        return self.regions.region_of(addresses)

    def get(self, address: str) -> Reply:
        return self.site.get(address)


@dataclasses.dataclass(frozen=True)
class _Pace:
    """A Pace of a healing that nobody watches from outside."""

    ctx: Context

    def pause(self, seconds: float) -> None:
        self.ctx.sleep(seconds)

    def moved_back(self) -> bool:
        return False


def run(ctx: Context) -> dict[str, t.Any]:
    """The module's result. Raises FailoverError."""
    wanted = spec.parse(ctx.params)
    path = pathlib.Path(wanted.directory) / wanted.owner.environment / journals.NAME
    if wanted.state == spec.DRILLED and not wanted.allowed:
        raise SpecError(
            "allowed",
            f"drills are not allowed in {wanted.owner.environment}. Nothing was broken.",
            "Set drill_allowed to true in its inventory if users there may be sent to another region for a while.",
        )
    if ctx.check_mode and wanted.state == spec.HEALED:
        return _look(ctx, path)
    if ctx.check_mode:
        return _result(fault_of=decide(ctx, wanted))
    with journals.locked(path, _DRILL_LOCK, wait=False) as ours:
        if not ours:
            raise FailoverError(f"a drill of {wanted.owner.environment} is under way; wait until it has ended ({path})")
        healed = _heal_leftover(ctx, wanted, path)
        if wanted.state == spec.HEALED:
            return _result(healed=healed, still_open=journals.read(path), path=path)
        if journals.read(path) is not None:
            raise FailoverError(f"nothing was broken, because {path} says that something still is; see the warning")
        return _hold(ctx, decide(ctx, wanted), path, healed)


def decide(ctx: Context, wanted: Spec) -> Task:
    """The drill that may begin. Raises FailoverError with everything that speaks against it."""
    status = wanted.status
    region = plan_readiness.choose_region(status, wanted.region)
    if region is None:
        raise FailoverError(f"no drill: no region of {wanted.owner.prefix} is in DNS; run site.yml first")
    standby = plan_readiness.choose_standby(status, region)
    found = plan_readiness.region_of(status, region)
    switch_id = _id((found.get("switches") or {}).get(standby))
    observed = observe.observe(ctx, wanted.owner, wanted.fault, region, standby, switch_id)
    against = plan_readiness.findings(status, region, standby, observed, wanted.minimum)
    fault = plan_fault(wanted.fault, region, observed, wanted.commands)
    if isinstance(fault, str):
        against.append(fault)
    if against or standby is None or isinstance(fault, str):
        raise FailoverError(f"no drill, nothing was broken: {'; '.join(against)}.")
    return _task(ctx, wanted, fault, observed, standby)


def _task(ctx: Context, wanted: Spec, fault: Fault, observed: Observed, standby: str) -> Task:
    found = plan_readiness.region_of(wanted.status, fault.region)
    switches = fault.kind == kinds.SWITCH
    return Task(
        spec=wanted,
        region=fault.region,
        standby=standby,
        fault=fault,
        budget=budget_for(fault.kind, wanted.timing),
        check_id=_id(found["switches"][standby] if switches else found.get("endpoint")),
        group_arn=observed.target_group.arn if observed.target_group and fault.kind in _SEEN_BY_TARGETS else None,
        endpoint_url=_endpoint(ctx),
    )


def _id(check: t.Mapping[str, t.Any] | None) -> str | None:
    return str(check["id"]) if check else None


def _endpoint(ctx: Context) -> str:
    return ctx.clients.environment().get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT_URL", "")


def _hold(ctx: Context, task: Task, path: pathlib.Path, healed: Healed | None) -> dict[str, t.Any]:
    """Hold the drill, and write down what came of it also when it was broken off."""
    network, clock = Network.from_environment(os.environ), Clock()
    walker = Walker(network, task.spec.parent_zone)
    service = _Service(
        walker=walker,
        regions=Regions(walker, task.record, task.regions),
        site=Site(network, task.url, verify=task.spec.verify),
        record=task.record,
    )
    drill = Drill(ctx, task, path, Prober(service, clock.now, task.spec.rate), _watches(ctx, task, clock), clock)
    try:
        drill.run()
    except BaseException:
        if drill.has_broken:
            _write(path.parent, drill.document())
        raise
    document = drill.document()
    report = _write(path.parent, document)
    still_open = journals.read(path)
    return _result(fault_of=task, document=document, report=report, healed=healed, still_open=still_open, path=path)


def _watches(ctx: Context, task: Task, clock: Clock) -> list[Watch]:
    watches = []
    if task.check_id:
        watches.append(Watch(functools.partial(observe.failing_check, ctx, task.check_id), clock.now))
    if task.group_arn:
        look = functools.partial(observe.failing_targets, ctx, task.region, task.group_arn)
        watches.append(Watch(look, clock.now))
    return watches


def _write(folder: pathlib.Path, document: t.Mapping[str, t.Any]) -> str:
    """Write the report, and keep it in the history. Raises FailoverError."""
    kept = folder / _HISTORY / f"{document['started_at'].replace(':', '')}.json"
    report = folder / REPORT
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        for path in (kept, report):
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            draft.write_text(json.dumps(document) + "\n", encoding="utf-8")
            draft.replace(path)
    except OSError as error:
        raise FailoverError(f"{report}: {error.strerror}") from error
    return str(report)


def _look(ctx: Context, path: pathlib.Path) -> dict[str, t.Any]:
    journal = journals.read(path)
    if journal is not None:
        ctx.warn(f"the drill {journal.id} has left {journal.region} broken: {journal.text}. A run heals it first.")
    return _result(still_open=journal, path=path)


def _heal_leftover(ctx: Context, wanted: Spec, path: pathlib.Path) -> Healed | None:
    """Heal what an earlier drill has left broken. A journal of another account, or another AWS, is left alone."""
    journal = journals.read(path)
    if journal is None:
        return None
    where = (journal.account_id, journal.endpoint_url)
    if where != (wanted.account_id, _endpoint(ctx)):
        ctx.warn(
            f"{path}: the drill {journal.id} has left {journal.region} broken in account {journal.account_id} at "
            f"{journal.endpoint_url or 'AWS'}, which is not where this runs. Run this there, or remove the file if "
            "that is gone."
        )
        return None
    ctx.progress(f"healing what the drill {journal.id} has left broken in {journal.region}: {journal.text}")
    # Not those of the context: healing goes on when the run is stopping.
    clients = Clients(ctx.params, stop=threading.Event(), check_mode=False)

    def call(service: str, region: str, method: str, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        answer: dict[str, t.Any] = getattr(clients.get(service, region=region), method)(**parameters)
        return answer

    try:
        with translate(journal.region):
            return heal_open(path, call, _Pace(ctx), by=f"a run with state {wanted.state}")
    except FailoverError as error:
        raise FailoverError(f"{error} By hand: {journal.by_hand}; then remove {path}.") from error


def _result(
    *,
    fault_of: Task | None = None,
    document: t.Mapping[str, t.Any] | None = None,
    report: str | None = None,
    healed: Healed | None = None,
    still_open: Journal | None = None,
    path: pathlib.Path | None = None,
) -> dict[str, t.Any]:
    task, found = fault_of, document or {}
    journal = still_open or (healed.journal if healed else None)
    return {
        "changed": bool(document or healed),
        "fault": task.fault.kind if task else (journal.fault if journal else None),
        "fault_region": task.region if task else (journal.region if journal else None),
        "fault_text": task.fault.text if task else (journal.text if journal else None),
        "standby": task.standby if task else None,
        "url": task.url if task else None,
        "budget": task.budget.describe() if task else None,
        "verdict": found.get("verdict"),
        "reasons": found.get("reasons", []),
        "measured": found.get("measured"),
        "requests": found.get("requests"),
        "summary": summary(found) if found else [],
        "report": report,
        "healed": list(healed.outcomes) if healed else [],
        "journal": str(path) if still_open and path else None,
    }


JOB: t.Final = Job(name="failover_drill", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
