# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What probes saw, and when. Pure.

Times are seconds since the drill started, and those at which a request or a DNS query was sent.
"""

from __future__ import annotations

import collections
import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """A user's request.

    :param region: the region of the address; None without an address, or if it belongs to no region.
    :param status: HTTP status, None without an answer.
    :param ms: milliseconds until the answer, or until it failed.
    """

    t: float
    region: str | None
    ok: bool
    status: int | None = None
    error: str = ""
    ms: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class DnsAnswer:
    """A DNS answer. ``rcode`` is empty without one."""

    t: float
    region: str | None
    rcode: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Visit:
    """A request over a connection that is kept open.

    :param region: the region that the connection is to; None if none could be opened.
    :param ended: when the connection ended, with this request; None if it stayed open.
    """

    t: float
    region: str | None
    ok: bool
    error: str = ""
    ended: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """An event for people."""

    t: float
    kind: str
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProbeResults:
    """Everything that the probes saw, in the order of sending."""

    requests: tuple[Request, ...] = ()
    answers: tuple[DnsAnswer, ...] = ()
    visits: tuple[Visit, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Moments:
    """When the fault was made, noticed and healed. None if it was not, or was not seen.

    :param fault: when it took effect.
    :param detected: when health checks noticed it.
    :param healed: when it was undone.
    """

    fault: float | None = None
    detected: float | None = None
    healed: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds from the fault, or from healing for what has ``back`` in its name. None if not seen.

    Of the user who keeps a connection open during the fault:

    :param kept_answered_seconds: the last successful answer of ``region``; 0 if there was none after the fault.
    :param kept_ended_seconds: the end of the last connection to ``region``; 0 for one that had ended before.
    :param kept_moved_seconds: when the standby began to answer.
    """

    detection_seconds: float | None = None
    dns_moved_seconds: float | None = None
    first_failed_request_seconds: float | None = None
    last_failed_request_seconds: float | None = None
    all_traffic_moved_seconds: float | None = None
    kept_answered_seconds: float | None = None
    kept_ended_seconds: float | None = None
    kept_moved_seconds: float | None = None
    dns_back_seconds: float | None = None
    all_traffic_back_seconds: float | None = None


class Sample(t.Protocol):
    """A request, a visit or a DNS answer."""

    @property
    def t(self) -> float: ...

    @property
    def region(self) -> str | None: ...


def measure(seen: ProbeResults, moments: Moments, region: str, standby: str) -> Measured:
    """The times of a drill that moves users from ``region`` to ``standby``."""
    fault, healed = moments.fault, moments.healed
    if fault is None:
        return Measured()
    during = within(seen, fault, healed)
    failed = [request.t - fault for request in during.requests if not request.ok]
    moved, all_moved = moved_to(during, standby)
    # Health checks are polled once a second. A changed DNS answer shows that Route 53 has noticed.
    known = min((at for at in (moments.detected, moved) if at is not None), default=None)
    found: dict[str, float | None] = {
        "detection_seconds": _after(fault, known),
        "dns_moved_seconds": _after(fault, moved),
        "first_failed_request_seconds": failed[0] if failed else None,
        "last_failed_request_seconds": failed[-1] if failed else None,
        "all_traffic_moved_seconds": _after(fault, all_moved),
        **_kept(within(seen, 0.0, healed).visits, fault, region, standby),
    }
    if healed is not None:
        back, all_back = moved_to(within(seen, healed, None), region)
        found |= {"dns_back_seconds": _after(healed, back), "all_traffic_back_seconds": _after(healed, all_back)}
    return Measured(**{key: None if value is None else round(value, 2) for key, value in found.items()})


def _kept(visits: t.Sequence[Visit], fault: float, region: str, standby: str) -> dict[str, float | None]:
    stayed = [visit for visit in visits if visit.region == region]
    if not stayed:
        return {}
    answered = [visit.t for visit in stayed if visit.ok]
    ended, moved = stayed[-1].ended, settled_at([visit for visit in visits if visit.t >= fault], standby)
    return {
        "kept_answered_seconds": max(0.0, answered[-1] - fault) if answered else 0.0,
        "kept_ended_seconds": None if ended is None else max(0.0, ended - fault),
        "kept_moved_seconds": _after(fault, moved),
    }


def _after(start: float, at: float | None) -> float | None:
    return None if at is None else at - start


def within(seen: ProbeResults, start: float, end: float | None) -> ProbeResults:
    """The samples sent from ``start`` on and before ``end``."""
    last = float("inf") if end is None else end
    return ProbeResults(
        requests=tuple(item for item in seen.requests if start <= item.t < last),
        answers=tuple(item for item in seen.answers if start <= item.t < last),
        visits=tuple(item for item in seen.visits if start <= item.t < last),
    )


def settled_at(samples: t.Sequence[Sample], region: str) -> float | None:
    """Since when all samples are of ``region`` and successful; None if the last one is not."""
    first: float | None = None
    for sample in reversed(samples):
        if not _is_of(sample, region):
            break
        first = sample.t
    return first


def lasting_since(samples: t.Sequence[Sample], region: str, seconds: float) -> float | None:
    """As settled_at, if that was at least ``seconds`` before the last sample."""
    first = settled_at(samples, region)
    return first if first is not None and samples[-1].t - first >= seconds else None


def moved_to(seen: ProbeResults, region: str, seconds: float = 0) -> tuple[float | None, float | None]:
    """Since when DNS and all requests are of the region, each for at least ``seconds``; None if they are not.

    Probes overlap: one that resolved the name later may have sent its request sooner. Requests follow DNS, so DNS
    moved no later than they did.
    """
    dns, traffic = (lasting_since(samples, region, seconds) for samples in (seen.answers, seen.requests))
    visited = settled_at(seen.requests, region)
    return (dns if dns is None or visited is None else min(dns, visited)), traffic


def has_settled(seen: ProbeResults, start: float, region: str, seconds: float) -> bool:
    """Whether all requests and answers since ``start`` are of ``region``, for at least ``seconds``."""
    return all(at is not None for at in moved_to(within(seen, start, None), region, seconds))


def _is_of(sample: Sample, region: str) -> bool:
    well = sample.ok if isinstance(sample, (Request, Visit)) else True
    return well and sample.region == region


def tally(seen: ProbeResults) -> dict[str, t.Any]:
    """Count requests: all, failed ones, and by the region that answered."""
    by_region = collections.Counter(item.region for item in seen.requests if item.ok and item.region)
    failed = sum(not item.ok for item in seen.requests)
    return {"total": len(seen.requests), "failed": failed, "by_region": dict(sorted(by_region.items()))}


def last_seen(seen: ProbeResults, region: str) -> str:
    """The newest samples in one line."""
    if not seen.answers or not seen.requests:
        return "no probe has returned yet"
    answer, request = seen.answers[-1], seen.requests[-1]
    dns = answer.region or answer.rcode or "nothing"
    said = "answered" if request.ok else f"failed ({request.error})"
    failed = sum(not item.ok for item in seen.requests)
    return (
        f"DNS answers {dns}, the last request {said}"
        f"{f' by {request.region}' if request.ok and request.region != region else ''}; "
        f"{failed} of {len(seen.requests)} requests failed so far"
    )
