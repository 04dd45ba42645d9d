# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run: a document for programs, lines for people, problems for the exit code. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from . import plan_text, report_failure, run_changes
from .report_regions import outputs, regions, statuses
from .run_timeline import Entry, entries, lines

SCHEMA: t.Final = 1

Result = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Region:
    """A region of the inventory.

    :param results: layer → its module's result, without layers that did not run; after a removal, that of a check run.
    :param removal: layer → its module's result of the removal.
    """

    name: str
    priority: t.Any
    results: t.Mapping[str, Result]
    removal: t.Mapping[str, Result] = dataclasses.field(default_factory=dict)

    @property
    def failed_layers(self) -> list[str]:
        """The layers that failed."""
        return [layer for layer, result in self.results.items() if result.get("failed")]

    @property
    def failures(self) -> list[str]:
        """The messages of the layers that failed."""
        return [str(self.results[layer].get("msg", "failed")) for layer in self.failed_layers]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """A run, as its playbook saw it.

    :param absent: whether it takes its regions down.
    :param partial: whether only some layers ran: the last report still holds for the others.
    :param notes: further sentences for the user.
    :param regions: every region of the inventory.
    :param only: names of the regions in the run.
    :param shared: layer of the environment (``route53_failover``, …) → its module's result; after a removal, the result
        of a check run.
    :param removed: layer of the environment → its module's result of the removal.
    :param status: the result of failover_info; empty if it did not run.
    :param previous: the last report; empty if there is none.
    :param parent_account_id: the account of the parent zone; empty if it is this one or not known.
    :param endpoint_url: AWS's endpoint, None for the default ones.
    :param at: the time of the report, in ISO 8601 and UTC.
    """

    stack: str
    environment: str
    account_id: str
    check_mode: bool
    absent: bool
    regions: tuple[Region, ...]
    only: tuple[str, ...]
    shared: t.Mapping[str, Result]
    status: Result
    previous: Result
    at: str
    removed: t.Mapping[str, Result] = dataclasses.field(default_factory=dict)
    parent_account_id: str = ""
    endpoint_url: str | None = None
    partial: bool = False
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """For people: ``hello in dev``."""
        return f"{self.stack} in {self.environment}"


@dataclasses.dataclass(frozen=True)
class Report:
    """The document to write, the summary to show, and the problems that fail the run, with its message.

    :param plan: the part of the summary that a failing run shows too.
    """

    document: dict[str, t.Any]
    summary: list[str]
    plan: list[str]
    problems: list[str]
    failure: str = ""


def compose(run: Run, path: str) -> Report:
    """The report of a run; ``path`` is where it will be written."""
    failures = _failures(run)
    others = _left(run) if run.absent else _problems(run)
    problems = [*failures, *others]
    summary = _removal_summary(run) if run.absent else _summary(run, path)
    document = {
        "schema": SCHEMA,
        "stack": run.stack,
        "environment": run.environment,
        "account_id": run.account_id,
        "parent_account_id": run.parent_account_id,
        "endpoint_url": run.endpoint_url,
        "written_at": run.at,
        "service": _service(run),
        **{
            layer: run.previous[layer] for layer in run_changes.SHARED.values() if run.partial and layer in run.previous
        },
        **{layer: outputs(result) for layer, result in run.shared.items()},
        "regions": dict(regions(run)),
        "changes": run_changes.made(run),
        "timeline": [dataclasses.asdict(entry) for entry in timeline(run)],
        "problems": problems,
        **({"notes": list(run.notes)} if run.notes else {}),
    }
    failure = report_failure.message(run, others, path) if problems else ""
    plan = _planned(run) if run.check_mode else _made(run)
    marked = [f"PROBLEM: {problem}" for problem in problems]
    return Report(document, [*summary, *marked, *run.notes], plan, problems, failure)


def _service(run: Run) -> dict[str, t.Any]:
    """Where the service answers; unknown after a removal."""
    record = run.status.get("record") or run.shared.get("route53_failover", {}).get("record")
    return {"record": record, "url": run.status.get("url"), "serving_region": run.status.get("serving")}


def timeline(run: Run) -> list[Entry]:
    """What took long in this run."""
    shared = run.removed or run.shared
    found = [entry for layer, result in shared.items() for entry in entries("", layer, result)]
    for region in run.regions:
        for layer, result in (region.removal or region.results).items():
            found += entries(region.name, layer, result)
    return found


def _problems(run: Run) -> list[str]:
    """What fails the run besides failed layers, one line each."""
    failed = {region.name for region in run.regions if region.failures}
    problems: list[str] = run_changes.unread(run) if run.check_mode else []
    if not run.check_mode:
        waiting = run.shared.get("route53_failover", {}).get("not_ready") or []
        problems += [
            f"{item['region']}: {item['reason']}"
            for item in waiting
            if item["region"] in run.only and item["region"] not in failed
        ]
        # Another region's state is not this run's.
        others = tuple(f"{region.name}: " for region in run.regions if region.name not in run.only)
        problems += [problem for problem in run.status.get("problems") or [] if not problem.startswith(others)]
        silence = (
            report_failure.unresolved(run) or report_failure.no_region_healthy(run) or report_failure.unanswered(run)
        )
        problems = [problem for problem in problems if not any(problem in text for text in silence)] + silence
    return problems


def _failures(run: Run) -> list[str]:
    failed = [f"{layer}: {result.get('msg', 'failed')}" for layer, result in run.shared.items() if result.get("failed")]
    return [*(f"{region.name}: {message}" for region in run.regions for message in region.failures), *failed]


def _left(run: Run) -> list[str]:
    """What should be gone and is not, by the check run after the removal."""
    if run.check_mode:
        return run_changes.unread(run)
    # A region whose removal failed had no check run: its results are those of the removal.
    failed = {region.name for region in run.regions if region.failures}
    left = [change for change in run_changes.left(run) if change["region"] not in failed]
    texts = [f"{plan_text.where(change)}: {change['kind']}/{change['name']} is still there" for change in left]
    return [*texts, *run_changes.unread(run)]


def _summary(run: Run, path: str) -> list[str]:
    text = [
        _headline(run),
        *report_failure.asked(run),
        *report_failure.dns_note(run),
        *(_line(run, region) for region in run.regions),
        *_unlisted(run),
    ]
    if run.check_mode:
        return [*text, *_planned(run)]
    return [*text, *_made(run), f"Report: {path}"]


def _made(run: Run) -> list[str]:
    changes = run_changes.made(run)
    count = f"Changes made: {plan_text.count(changes, done=True) or 'none'}."
    return [*lines(timeline(run)), *plan_text.blocks(changes, done=True), count]


def _removal_summary(run: Run) -> list[str]:
    untagged = run_changes.untagged(run)
    if run.check_mode:
        return [*untagged, *_planned(run)]
    if _failures(run) or _left(run):
        return [*_made(run), *untagged, f"{run.title} is only partly taken down."]
    layers = sorted({*run.shared, *(layer for region in run.regions for layer in region.results)})
    return [
        *_made(run),
        *untagged,
        f"Nothing {'else ' if untagged else ''}is left of {run.title} in {', '.join(run.only)} ({', '.join(layers)}).",
    ]


def _planned(run: Run) -> list[str]:
    changes = run_changes.made(run)
    if changes:
        text = f"This run would make changes: {plan_text.count(changes)}."
    else:
        partial = _failures(run) or run_changes.unread(run)
        text = "Nothing would change in what could be read." if partial else "Nothing would change."
    return [*plan_text.blocks(changes), text]


def _headline(run: Run) -> str:
    serving, dns = report_failure.served_from(run), run.status.get("dns") or {}
    if not serving:
        return f"{run.title} does not answer yet." if run.check_mode else f"{run.title} does not answer."
    text = f"{run.title} answers at {run.status.get('url')} from {serving}"
    return f"{text}, but DNS cannot be queried from here ({dns['problem']})." if dns.get("problem") else f"{text}."


def _line(run: Run, region: Region) -> str:
    status = statuses(run).get(region.name, {})
    return f"  {region.name} (priority {region.priority}): {status.get('summary') or 'not in DNS'}"


def _unlisted(run: Run) -> list[str]:
    names = run.shared.get("route53_failover", {}).get("unlisted_regions") or []
    if run.partial:
        listed = {region.name for region in run.regions}
        return [
            f"  {name} is in DNS, but not in the inventory: it keeps what it runs. Put it back and repeat the command."
            for name, status in statuses(run).items()
            if status.get("place") and name not in listed
        ]
    return [
        f"  {name} is no longer in the inventory, but still exists. To take it down, put it back and run "
        f"destroy.yml --limit {name} -e confirm={run.environment}."
        for name in names
    ]
