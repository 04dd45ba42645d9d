# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page shows. None means "not known" throughout."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .tasks import Capacity, Tasks

Document = t.Mapping[str, t.Any]

# All is well, something needs attention, users get no answer, nothing is deployed, nothing is known
State = t.Literal["good", "attention", "down", "gone", "unknown"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reports:
    """The reports; one that does not exist is empty.

    :param drills: earlier drills, newest first; the last one may be among them.
    :param older_drills: number of older drills, which were not read.
    """

    stack: str
    environment: str
    deployment: Document
    status: Document
    drill: Document
    drills: tuple[Document, ...] = ()
    older_drills: int = 0

    @property
    def names(self) -> list[str]:
        """The files of the reports that exist."""
        return [f"{name}.json" for name in ("deployment", "status", "drill") if getattr(self, name)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Check:
    """A health check.

    :param failing_in: regions with a checker that reports a failure.
    :param last_failure: the last failure; empty if none is known.
    """

    healthy: bool | None
    checkers: int | None = None
    healthy_checkers: int | None = None
    reports: tuple[str, ...] = ()
    failing_in: tuple[str, ...] = ()
    last_failure: str = ""
    failed_at: str = ""


class Zone(t.NamedTuple):
    """An availability zone of a region, with the address of its NAT gateway if it has one."""

    name: str
    public_subnet: str | None
    private_subnet: str | None
    nat: str | None


class Targets(t.NamedTuple):
    """The targets of a load balancer; ``states`` counts them by state."""

    healthy: int | None
    total: int | None
    states: t.Mapping[str, int]
    problem: str


class Certificate(t.NamedTuple):
    """The certificate of a listener."""

    expires_at: str
    days: int | None
    # As acm_certificate returns it; empty if ACM was not called
    renewal: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Region:
    """A region.

    :param place: its place in the failover chain, from 1; None if it is not in DNS.
    :param healthy: whether Route 53 considers its record healthy, with ``reasons`` why not.
    :param evicted_by: the regions whose switch evicts it.
    :param switches: region that can evict this one → its switch check.
    :param evaluates_targets: whether Route 53 evaluates target health.
    :param failures: messages of the last deployment, if it failed.
    """

    name: str
    priority: int | None
    place: int | None
    role: str
    healthy: bool | None
    reasons: tuple[str, ...]
    serves: bool
    evicted_by: tuple[str, ...]
    vpc_id: str
    cidr: str
    zones: tuple[Zone, ...]
    load_balancer: str
    service: str
    targets: Targets
    evaluates_targets: bool
    tasks: Tasks
    capacity: Capacity | None
    endpoint: Check | None
    switches: t.Mapping[str, Check]
    image: str
    depends_on: t.Mapping[str, tuple[str, ...]]
    certificate: Certificate | None
    deployed_at: str
    failures: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether it could take over now."""
        return bool(self.place and self.healthy and not self.serves and self.targets.healthy)


class Delegation(t.NamedTuple):
    """The zone's delegation in the parent zone, which is usually in another account."""

    parent_zone: str
    account_id: str
    delegated: bool | None
    name_servers: tuple[str, ...]
    problem: str


class Sample(t.NamedTuple):
    """A request of a drill; ``at`` in seconds since its start."""

    at: float
    region: str | None
    ok: bool
    error: str


class Answer(t.NamedTuple):
    """A DNS answer of a drill; ``at`` in seconds since its start."""

    at: float
    region: str | None
    rcode: str


class Event(t.NamedTuple):
    """An event of a drill; ``at`` in seconds since its start."""

    at: float
    kind: str
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Drill:
    """A drill. Times in ``measured`` start at the fault, or at the healing if their name has ``back``.

    :param visits: the region behind a connection that a user kept open; ``rcode`` has the error.
    """

    started_at: str
    fault: str
    region: str
    standby: str
    regions: tuple[str, ...]
    passed: bool
    reasons: tuple[str, ...]
    budget_seconds: float | None
    ttl_budget: float | None
    formula: str
    measured: t.Mapping[str, float]
    total: int
    failed: int
    samples: tuple[Sample, ...]
    answers: tuple[Answer, ...]
    events: tuple[Event, ...]
    endpoint_url: str | None
    visits: tuple[Answer, ...] = ()

    @property
    def limit(self) -> float | None:
        """Seconds in which the drill has to see traffic move: the budget without the TTL, as it caches no answers."""
        if self.budget_seconds is None:
            return None
        return self.budget_seconds - (self.ttl_budget or 0.0)

    @property
    def moved(self) -> float | None:
        """Seconds from the fault until all traffic had moved to the standby; None if it did not."""
        return self.measured.get("all_traffic_moved_seconds")

    def when(self, kind: str) -> float | None:
        """Seconds from the start to the first event of that kind."""
        return next((event.at for event in self.events if event.kind == kind), None)


class Source(t.NamedTuple):
    """A report that the page was drawn from."""

    name: str
    says: str
    written_at: str
    endpoint_url: str | None


class Held(t.NamedTuple):
    """A switch that evicts a region.

    :param newest: time of its newest data point, in ISO 8601; empty if there is none.
    :param warning: why it may not stay set; empty if it does.
    """

    newest: str
    warning: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything on the page.

    :param seen_at: the time at which health was read.
    :param serving: the region that DNS answers with, or the expected one if DNS was not queried.
    :param expected: the region that Route 53 answers with by its rules.
    :param resolves: whether users get an answer from DNS, as far as known.
    :param drift: a summary; ``drifted`` names the changes.
    :param drills: newest first, including the last one.
    """

    stack: str
    environment: str
    account_id: str
    record: str
    url: str
    zone: str
    state: State
    sentence: str
    problems: tuple[str, ...]
    seen_at: str
    serving: str | None
    expected: str | None
    serving_reason: str
    resolves: bool
    regions: tuple[Region, ...]
    delegation: Delegation | None
    drift: str | None
    drifted: tuple[str, ...]
    switch: str | None
    held: tuple[Held, ...]
    same_image: bool | None
    drill: Drill | None
    drills: tuple[Drill, ...]
    older_drills: int
    sources: tuple[Source, ...]

    @property
    def lags(self) -> bool:
        """Whether DNS does not answer with the expected region yet."""
        return bool(self.serving and self.expected and self.serving != self.expected)

    @property
    def endpoint_url(self) -> str | None:
        """The endpoint behind any part of the page, if it is not AWS's own."""
        return next((source.endpoint_url for source in self.sources if source.endpoint_url), None)


def moment(text: str) -> datetime.datetime | None:
    """The time in ISO 8601; None if the text is not one."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def text(document: Document, key: str) -> str:
    """The member of a report as text; empty if it is missing or null."""
    return str(document.get(key) or "")
