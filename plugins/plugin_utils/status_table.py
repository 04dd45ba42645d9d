# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of an environment as lines for a terminal. Pure."""

from __future__ import annotations

import typing as t

from ..module_utils._route53.health import short_reason
from . import status_alarms
from .status_look import Document, Look, certificate_of, observations, succeeded

_HEAD: t.Final = ("REGION", "PRIORITY", "STATE", "HEALTH", "TARGETS", "TASKS", "CHECKERS", "CERTIFICATE", "IMAGE")
_NONE: t.Final = "-"
_DIGEST: t.Final = 19


def table(look: Look) -> list[str]:
    """Which region serves and why, and a row for each region."""
    rows = [_HEAD, *(_row(look, region) for region in look.regions)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return [
        *_top(look),
        "",
        *("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows),
        *(
            f"  {region['name']}: {text}"
            for region in look.regions
            for text in (*region["reasons"], *(region.get("unknown") or ()))
        ),
        *(f"  {region['name']}: {text}" for region in look.regions for text in _dependencies(region)),
        *_failures(look),
    ]


def _dependencies(region: Document) -> t.Iterator[str]:
    """The regions that its tasks need to start."""
    for other, what in (region.get("depends_on") or {}).items():
        yield f"depends on {other} ({', '.join(what)})"


def _top(look: Look) -> list[str]:
    delegation, switch = look.info.get("delegation"), look.info.get("switch")
    lines = [f"{look.name}: {look.info.get('url') or look.record}", f"  served by   {_served(look)}"]
    if look.dns and (look.dns.get("note") or look.dns.get("differing")):
        lines.append(f"  dns         {look.dns.get('note') or '; '.join(look.dns['differing'])}")
    if delegation:
        right = (
            f"{delegation['parent_zone']} delegates to the zone's own {len(delegation['parent_answers'])} name servers"
        )
        lines.append(f"  delegation  {delegation['problem'] or right}")
    if unasked := [region["name"] for region in look.in_dns if region.get("evaluates_target_health") is False]:
        where = "" if len(unasked) == len(look.in_dns) else f" of {' and '.join(unasked)}"
        lines.append(
            f"  judged by   endpoint checks and switches alone: Route 53 does not evaluate target health{where}"
        )
    if switch:
        lines.append(f"  switch      {switch['position']}{_held(switch['evicted'])}")
    return [*lines, *status_alarms.line(look), f"  drift       {_drift(look)}"]


def _served(look: Look) -> str:
    if not look.dns:
        return f"{look.serving or 'no region'} (DNS was not queried)"
    if not look.dns["response_code"]:
        return f"{look.serving or 'no region'} by health checks; DNS cannot be queried ({look.dns['problem']})"
    if look.differing:
        return f"not all the same ({'; '.join(look.differing)})"
    if not look.dns["addresses"]:
        return f"no region ({look.dns['problem']})"
    addresses = ", ".join(look.dns["addresses"])
    return f"{look.serving or 'none of the regions'} ({addresses}; TTL {look.dns['ttl']} s)"


def _held(evicted: t.Mapping[str, t.Sequence[str]]) -> str:
    held = [f"{name} is evicted by {' and '.join(seats)}" for name, seats in evicted.items()]
    return f" ({'; '.join(held)})" if held else ""


def _drift(look: Look) -> str:
    # Why it is unknown is a sentence below.
    problem = look.drift.problem if look.drift.summary != "unknown" else ""
    detail = "; ".join(text for text in (look.drift.kinds, problem) if text)
    return f"{look.drift.summary} ({detail})" if detail else look.drift.summary


def _row(look: Look, region: Document) -> tuple[str, ...]:
    name, endpoint = region["name"], region.get("endpoint")
    return (
        name,
        str(look.priorities.get(name) or _NONE),
        "serves" if name == look.serving else str(region["role"]),
        _health(look, region),
        _part_of(region["targets"], "healthy", "total"),
        _part_of(region.get("tasks"), "running", "desired"),
        f"{endpoint['healthy_checkers']} of {endpoint['checkers']}" if endpoint else _NONE,
        _certificate(look, region),
        _image(region.get("image")),
    )


def _certificate(look: Look, region: Document) -> str:
    found = certificate_of(look, region)
    if not found:
        return _NONE
    renewal = f", renewal {found['renewal']}" if found["renewal"] not in (None, "automatic") else ""
    return f"{found['days']} days{renewal}"


def _health(look: Look, region: Document) -> str:
    if look.route53_problem:
        return "unknown"
    if region["targets"].get("missing") and not region.get("place"):
        return _NONE
    if region["healthy"] is not False:
        return "healthy" if region["healthy"] else "unknown"
    only_switches = all(reason.startswith("evicted by") for reason in region["reasons"])
    return "EVICTED" if region["name"] in look.evicted() and only_switches else "UNHEALTHY"


def _part_of(counts: Document | None, part: str, whole: str) -> str:
    if not counts:
        return _NONE
    return "unknown" if counts["problem"] else f"{counts[part]} of {counts[whole]}"


def _image(image: str | None) -> str:
    """The image, with a shortened digest."""
    shown = image or _NONE
    return f"{shown[:_DIGEST]}…" if shown.startswith("sha256:") and len(shown) > _DIGEST else shown


def _failures(look: Look) -> t.Iterator[str]:
    """The failures that health checkers report, each text once for a region."""
    for region in look.regions:
        places: dict[str, set[str]] = {}
        for item in observations(region):
            if not succeeded(item):
                places.setdefault(short_reason(str(item["status"])), set()).add(str(item["region"]))
        everywhere = {str(item["region"]) for item in observations(region)}
        for status, checkers in places.items():
            where = "everywhere" if checkers == everywhere else ", ".join(sorted(checkers))
            yield f"  {region['name']}, seen from {where}: {status}"
