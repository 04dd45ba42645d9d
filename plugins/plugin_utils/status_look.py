# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment as observed, which the status reports on."""

from __future__ import annotations

import dataclasses
import typing as t

# From healing until targets are healthy again and health checkers have seen it
_RECOVERY_SECONDS: t.Final = 180
# As many kinds of resources as fit into a line
_MOST_KINDS: t.Final = 6

Document = t.Mapping[str, t.Any]


def cause(text: t.Any) -> str:
    """A message for use in parentheses: without its full stop."""
    return str(text).rstrip(". ")


def observations(region: Document) -> t.Sequence[Document]:
    """What each health checker reports on the region's endpoint."""
    found: t.Sequence[Document] = (region.get("endpoint") or {}).get("observations") or ()
    return found


def succeeded(observation: Document) -> bool:
    """Whether a health checker reports success."""
    return str(observation["status"]).lower().startswith("success")


def certificate_of(look: Look, region: Document) -> Document | None:
    """A region's certificate with the state of its renewal, which is None if ACM was not called."""
    found = region.get("certificate")
    return {**found, "renewal": look.certificates.get(region["name"], {}).get("renewal") or None} if found else None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Drift:
    """What a run of site.yml would change.

    :param summary: ``none``, ``3 changes``, ``unknown`` or ``not checked``.
    :param problem: why it is unknown, or was not checked.
    """

    summary: str
    changes: tuple[Document, ...] = ()
    problem: str = ""

    @property
    def kinds(self) -> str:
        """The kinds of the changed resources, for people."""
        kinds = sorted({str(change["kind"]) for change in self.changes})
        more = f" and {len(kinds) - _MOST_KINDS} more kinds" if len(kinds) > _MOST_KINDS + 1 else ""
        return ", ".join(kinds[:_MOST_KINDS] if more else kinds) + more


@dataclasses.dataclass(frozen=True, kw_only=True)
class Look:
    """An environment as observed.

    :param info: the result of failover_info, with all of its options on.
    :param priorities: region of the inventory → its priority.
    :param zones: region → its availability zones, as far as known.
    :param journal: of a drill that is not healed; None if there is none.
    :param drill: the journal of the last healed drill; None if there is none.
    :param at: the time, in ISO 8601 and UTC.
    :param share: percent of the serving region's tasks that a standby must have; None for one task.
    :param certificates: region → the result of the layer acm_certificate; empty if it did not run.
    :param lost: services that are not in the inventory → the regions that have them, as far as known.
    :param alarms: region, or the environment → the result of the layer cloudwatch_alarms; empty if it did not run.
    """

    stack: str
    environment: str
    account_id: str
    info: Document
    priorities: t.Mapping[str, t.Any]
    zones: t.Mapping[str, t.Sequence[str]]
    drift: Drift
    journal: Document | None
    at: str
    drill: Document | None = None
    endpoint_url: str | None = None
    share: int | None = 100
    certificates: t.Mapping[str, Document] = dataclasses.field(default_factory=dict)
    alarms: t.Mapping[str, Document] = dataclasses.field(default_factory=dict)
    lost: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """For people: ``hello in dev``."""
        return f"{self.stack} in {self.environment}"

    @property
    def record(self) -> str:
        """The name that users resolve."""
        return str(self.info.get("record"))

    @property
    def dns(self) -> Document | None:
        """What DNS answered; None if it was not queried."""
        return self.info.get("dns")

    @property
    def expected(self) -> str | None:
        """The region that Route 53 answers with by its rules; None if its API could not be read."""
        return self.info.get("serving")

    @property
    def serving(self) -> str | None:
        """The region that serves: the one that DNS answers with, or the expected one if DNS did not say."""
        return self.dns.get("region") if self.dns and self.dns.get("response_code") else self.expected

    @property
    def differing(self) -> t.Sequence[str]:
        """The answer of each name server, if they answer with different regions."""
        found: t.Sequence[str] = (self.dns or {}).get("differing") or ()
        return found if not (self.dns or {}).get("region") else ()

    @property
    def regions(self) -> t.Sequence[Document]:
        """All regions, those in DNS first."""
        found: t.Sequence[Document] = self.info.get("regions") or ()
        return found

    @property
    def in_dns(self) -> list[Document]:
        """The regions in DNS, in the order of the failover chain."""
        return [region for region in self.regions if region.get("place")]

    @property
    def route53_problem(self) -> str:
        """Why Route 53's API could not be read; empty if it could."""
        return str(self.info.get("route53_problem") or "")

    @property
    def places_unread(self) -> list[str]:
        """The regions of which something could not be read."""
        return list(dict.fromkeys(item["region"] for item in self.info.get("unread") or ()))

    def unread(self, region: str) -> str:
        """Why something in a region could not be read, other than for a missing permission; empty if all was read."""
        return self._reasons(region, refused=False)

    def refused(self, region: str) -> str:
        """What a missing permission did not let read in a region; empty if nothing."""
        return self._reasons(region, refused=True)

    def _reasons(self, region: str, *, refused: bool) -> str:
        found: t.Sequence[Document] = self.info.get("unread") or ()
        reasons = [cause(item["reason"]) for item in found if (item["region"], item["refused"]) == (region, refused)]
        return "; ".join(reasons)

    def drilled(self, region: str, moment: float) -> bool:
        """Whether the region was broken by a drill, or just healed, at the moment (in seconds since 1970)."""
        drill = self.drill or {}
        healed = (drill.get("healed") or {}).get("at", 0.0)
        return drill.get("region") == region and drill["armed_at"] <= moment <= healed + _RECOVERY_SECONDS

    def evicted(self) -> t.Mapping[str, t.Sequence[str]]:
        """Region → the regions whose switches evict it."""
        held: t.Mapping[str, t.Sequence[str]] = (self.info.get("switch") or {}).get("evicted") or {}
        return held

    @property
    def held(self) -> t.Sequence[Document]:
        """The switches that evict a region, and whether they are held."""
        found: t.Sequence[Document] = self.info.get("held_switches") or ()
        return found
