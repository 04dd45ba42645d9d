# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of an environment → what the page shows. Pure."""

from __future__ import annotations

import typing as t

from .facts import Delegation, Document, Drill, Facts, Held, Region, Reports, Source, State, moment, text
from .gather_drill import drill
from .gather_regions import regions
from .words import listed


def gather(reports: Reports) -> Facts:
    """The facts in all reports. Where two say the same, the newer one counts."""
    status = _newer_status(reports)
    newest, names = status or reports.deployment, _names(reports, status)
    serving = status.get("serving") if status else (reports.deployment.get("service") or {}).get("serving_region")
    expected = status.get("expected") if status else serving
    delegation = _delegation(reports.deployment, status)
    resolves = _resolves(status.get("answer") or {}, delegation)
    found = _regions(reports, status, serving if resolves else serving or expected)
    drills, problems = _drills(reports), tuple(newest.get("problems") or ())
    state = _state(reports, found, problems, resolves)
    drift = status.get("drift") or {}
    return Facts(
        **names,
        stack=reports.stack,
        environment=reports.environment,
        account_id=text(newest, "account_id"),
        state=state,
        sentence=text(status, "sentence") or _sentence(reports, state, names["record"], found),
        problems=problems,
        seen_at=text(newest, "written_at"),
        serving=serving,
        expected=expected,
        serving_reason=text(status, "serving_reason"),
        resolves=resolves,
        regions=tuple(found),
        delegation=delegation,
        drift=drift.get("summary"),
        drifted=tuple(_change(change) for change in drift.get("changes") or ()),
        switch=(status.get("switch") or {}).get("position"),
        held=tuple(_held(item) for item in status.get("held_switches") or ()),
        same_image=(status.get("images") or {}).get("same"),
        drill=drills[0] if drills else None,
        drills=drills,
        older_drills=reports.older_drills,
        sources=tuple(_sources(reports)),
    )


def _names(reports: Reports, status: Document) -> dict[str, str]:
    """The record, URL and zone of the application."""
    service = reports.deployment.get("service") or {}
    zone = (reports.deployment.get("route53_zone") or {}).get("zone")
    return {
        "record": str(status.get("record") or service.get("record") or zone or ""),
        "url": str(status.get("url") or service.get("url") or ""),
        "zone": str(status.get("zone") or zone or ""),
    }


def _regions(reports: Reports, status: Document, serving: str | None) -> list[Region]:
    deployed, evicted = reports.deployment.get("regions") or {}, (status.get("switch") or {}).get("evicted") or {}
    seen = status.get("regions") or [item["status"] for item in deployed.values() if item.get("status")]
    return regions(deployed, seen, serving, evicted)


def _held(item: Document) -> Held:
    return Held(newest=text(item, "newest_data_point"), warning=text(item, "warning"))


def _newer_status(reports: Reports) -> Document:
    """status.json, unless the deployment's report is newer."""
    status, deployment = (moment(str(item.get("written_at"))) for item in (reports.status, reports.deployment))
    stale = bool(reports.status and deployment and (status is None or status < deployment))
    return {} if stale else reports.status


def _resolves(answer: Document, delegation: Delegation | None) -> bool:
    """Whether users get an answer from DNS, as far as known."""
    if answer.get("response_code"):
        return answer["response_code"] == "NOERROR" and bool(answer.get("addresses"))
    return delegation is None or delegation.delegated is not False


def _state(reports: Reports, found: t.Sequence[Region], problems: t.Sequence[str], resolves: bool) -> State:
    if not reports.deployment and not reports.status:
        return "unknown"
    if not found:
        return "gone"
    serves = next((region for region in found if region.serves), None)
    if not resolves or serves is None or serves.healthy is False:
        return "down"
    calm = not problems and not reports.status.get("journal")
    return "good" if calm and found[0].serves and all(region.healthy is not False for region in found) else "attention"


def _sentence(reports: Reports, state: State, record: str, found: t.Sequence[Region]) -> str:
    """The first sentence of the page if status.json has none."""
    name = f"{reports.stack} in {reports.environment}"
    if state == "unknown":
        return f"Nothing is known about {name} yet. Deploy it with site.yml, or run status.yml."
    if state == "gone":
        return f"Nothing of {name} is deployed."
    serving = [region.name for region in found if region.serves]
    if not serving:
        return f"No region serves {record or name}."
    if state == "down":
        return f"{serving[0]} serves {record}, and is not healthy."
    ready = [region.name for region in found if region.place and region.healthy and not region.serves]
    verb = "stands by" if len(ready) == 1 else "stand by"
    rest = f"{listed(ready)} {verb}." if ready else "No other region can take over."
    return f"{serving[0]} serves {record}. {rest}"


def _change(change: Document) -> str:
    """A change that the next deployment would make, with its place and reason."""
    where = " ".join(str(change[key]) for key in ("region", "layer") if change.get(key))
    what = f"{change.get('action') or 'change'} {change.get('kind')}/{change.get('name')}"
    return f"{where}: {what} ({change.get('reason')})" if change.get("reason") else f"{where}: {what}"


def _delegation(deployment: Document, status: Document) -> Delegation | None:
    deployed, seen = deployment.get("route53_zone_delegation") or {}, status.get("delegation") or {}
    if not deployed and not seen:
        return None
    # A resolver that did not answer says nothing about the parent zone.
    unasked = bool(seen) and not (status.get("answer") or {}).get("response_code") and not seen.get("parent_answers")
    delegated = seen.get("delegated") if seen else deployed.get("delegated")
    return Delegation(
        parent_zone=str(seen.get("parent_zone") or deployed.get("parent_zone") or ""),
        account_id=text(deployment, "parent_account_id"),
        delegated=None if unasked else delegated,
        name_servers=tuple(seen.get("zone_name_servers") or deployed.get("name_servers") or ()),
        problem=text(seen, "problem"),
    )


def _drills(reports: Reports) -> tuple[Drill, ...]:
    """Every drill once, the last one first."""
    found = [reports.drill, *reports.drills] if reports.drill else list(reports.drills)
    by_start = {str(item.get("started_at")): item for item in reversed(found)}
    return tuple(drill(by_start[start]) for start in sorted(by_start, reverse=True))


def _sources(reports: Reports) -> t.Iterator[Source]:
    says = {"deployment": "what is deployed where", "status": "which region serves and why", "drill": "the last drill"}
    for name, what in says.items():
        found: Document = getattr(reports, name)
        if found:
            yield Source(
                name=f"{name}.json",
                says=what,
                written_at=str(found.get("written_at") or found.get("ended_at") or ""),
                endpoint_url=_custom_endpoint(found.get("endpoint_url")),
            )


def _custom_endpoint(endpoint: str | None) -> str | None:
    """The endpoint, unless it is one of AWS's own."""
    host = (endpoint or "").partition("://")[2].partition("/")[0].partition(":")[0]
    is_aws = host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))
    return None if not host or is_aws else endpoint
