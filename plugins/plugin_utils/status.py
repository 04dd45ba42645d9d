# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of an environment: its document, table and problems. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from . import status_alarms
from .report import SCHEMA, Result
from .report_regions import results_in
from .status_advice import advise
from .status_look import Drift, Look, cause, certificate_of
from .status_table import table
from .status_takeover import carries

# Keys of a region in failover_info's result that the document has, too
_REGION_KEYS: t.Final = (
    *("name", "place", "role", "healthy", "reasons", "unknown", "summary", "targets", "tasks"),
    *("health_check", "endpoint", "switches", "image", "depends_on", "certificate", "fargate_quotas"),
    "evaluates_target_health",
)

# What Ansible says before the reason
_STAGES: t.Final = re.compile(
    r"^Task failed: Finalization of task args for '[^']*' failed: "
    r"(Error while resolving value for '[^']*': )?(Error rendering template: )?"
)


@dataclasses.dataclass(frozen=True)
class Status:
    """The document to write, the table, and the problems, the most important first."""

    document: dict[str, t.Any]
    table: list[str]
    problems: list[str]

    @property
    def lines(self) -> list[str]:
        """The table with the sentence and the other problems."""
        sentence, *others = self.problems or [self.document["sentence"]]
        head, report = self.table[:-1], self.table[-1]
        return [*head, sentence, *(f"Also: {other}" for other in others), report]


def compose(look: Look, path: str) -> Status:
    """The status; ``path`` is where the document will be written."""
    problems = list(advise(look))
    sentence = problems[0] if problems else well(look)
    document = {
        "schema": SCHEMA,
        "stack": look.stack,
        "environment": look.environment,
        "account_id": look.account_id,
        **{key: look.info.get(key) for key in ("record", "zone", "zone_id", "url")},
        "written_at": look.at,
        "endpoint_url": look.endpoint_url,
        "serving": look.serving,
        "expected": look.expected,
        "serving_reason": look.info.get("serving_reason"),
        "sentence": sentence,
        "problems": problems,
        "delegation": look.info.get("delegation"),
        "answer": look.dns,
        "switch": look.info.get("switch"),
        "held_switches": list(look.held),
        "unread": look.info.get("unread") or [],
        "drift": {"summary": look.drift.summary, "changes": list(look.drift.changes)},
        **status_alarms.documents(look),
        "journal": look.journal,
        "images": _images(look),
        "regions": [_region(look, region) for region in look.regions],
    }
    return Status(document, [*table(look), "", f"Report: {path}"], problems)


def well(look: Look) -> str:
    """The sentence if nothing is wrong."""
    others = [region["name"] for region in look.in_dns if region["name"] != look.serving]
    stand = f", {' and '.join(others)} {'stand' if len(others) > 1 else 'stands'} by" if others else ""
    unless = ", but drift was not checked" if look.drift.summary == "not checked" else ""
    return f"All is well{unless}: {look.serving} serves{stand}."


def drift_of(results: t.Sequence[tuple[str, str, Result]], problem: str) -> Drift:
    """What the layers would change.

    :param results: (region or empty, layer, its module's result in check mode) of each layer that was checked.
    :param problem: why none was checked; empty otherwise.
    """
    if problem or not results:
        return Drift(summary="not checked", problem=problem or "no layer was checked")
    places = [(f"{region} {layer}".strip(), result) for region, layer, result in results]
    reasons = [(place, _why(result)) for place, result in places if result.get("failed")]
    reasons += [
        (place, f"not read in {item['region']}: {cause(item['reason'])}")
        for place, result in places
        for item in result.get("unread") or ()
    ]
    by_reason: dict[str, list[str]] = {}
    for place, reason in reasons:
        by_reason.setdefault(reason, []).append(place)
    failed = [f"{', '.join(found)}: {reason}" for reason, found in by_reason.items()]
    changes = tuple(
        {"region": region, "layer": layer, **change}
        for region, layer, result in results
        for change in result.get("changes") or ()
    )
    if failed:
        return Drift(summary="unknown", changes=changes, problem="; ".join(failed))
    count = "none" if not changes else "1 change" if len(changes) == 1 else f"{len(changes)} changes"
    return Drift(summary=count, changes=changes)


def _why(result: Result) -> str:
    """Why a module failed, without the stages of a template that fails."""
    return cause(_STAGES.sub("", str(result.get("msg", "failed"))))


def results_of(
    regions: t.Sequence[t.Mapping[str, t.Any]], shared: t.Mapping[str, Result]
) -> list[tuple[str, str, Result]]:
    """The results for drift_of, from the regions and from the layers of the environment."""
    found = [("", layer, result) for layer, result in shared.items() if result]
    return found + [
        (region["name"], layer, result) for region in regions for layer, result in results_in(region).items()
    ]


def _images(look: Look) -> dict[str, t.Any]:
    """Whether all regions run the same images; None if that is not known of some."""
    by_region = {region["name"]: region.get("image") for region in look.regions}
    known = set(by_region.values())
    return {"same": None if not known or None in known else len(known) == 1, "by_region": by_region}


def _region(look: Look, region: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    name = region["name"]
    return {
        **{key: region.get(key) for key in _REGION_KEYS},
        "certificate": certificate_of(look, region),
        "priority": look.priorities.get(name),
        "capacity": carries(look, region),
        "zones": list(look.zones.get(name, ())),
    }
