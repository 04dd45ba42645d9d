# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment's lease: its text, and who may take it. Pure.

It is a parameter of SSM's Parameter Store, of which every write creates a version. The text contains the version that
the writer expected. If two runs write at the same time, only one text has the right version, and the other is void: a
compare-and-swap. See AWS Systems Manager, PutParameter.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import time
import typing as t

from .errors import FailoverError
from .printable import one_line

# The lease of a killed run expires after this time.
SECONDS: t.Final = 900
RENEW_SECONDS: t.Final = 300
# Playbook, user and host have at most 255 characters each.
_LONGEST: t.Final = 1000


class LeaseHeld(FailoverError):
    """Another run is changing the environment. The message says who, since when, and how to proceed."""


class Verdict(enum.Enum):
    """Whether a run may take a lease."""

    OURS = "ours"
    FREE = "free"
    HELD = "held"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Terms:
    """What a run needs to take a lease.

    :param region: of the lease.
    :param name: of the parameter.
    :param what: for people: ``hello in dev``.
    :param run: the run's id.
    :param holder: the run's playbook, user and host, for people.
    :param place: the process space of ``pid``, see place_of_processes; empty if unknown.
    :param pid: the process that lives as long as the run.
    :param breaks: the id of a run whose lease is to be broken; empty for none.
    """

    region: str
    name: str
    what: str
    run: str
    holder: str
    place: str
    pid: int
    breaks: str = ""

    def text(self) -> str:
        """The terms as JSON, for another process."""
        return json.dumps(dataclasses.asdict(self))


def parse_terms(text: str) -> Terms:
    """The counterpart of Terms.text."""
    return Terms(**json.loads(text))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """The text of a lease.

    :param version: the version that the writer expected.
    :param run: the holder's id; empty for a free lease.
    :param since: when it was taken, in seconds since the epoch.
    """

    version: int
    run: str = ""
    holder: str = ""
    place: str = ""
    pid: int = 0
    since: float = 0

    def __post_init__(self) -> None:
        """Raises ValueError or TypeError for a text that no run has written."""
        for text in (self.run, self.holder, self.place):
            if one_line(text) != text or len(text) > _LONGEST:
                raise ValueError("no name")
        if not all(isinstance(number, int) for number in (self.version, self.pid)):
            raise TypeError("no number")
        try:
            time.gmtime(self.since)
        except (OverflowError, OSError) as error:
            raise ValueError("no time") from error

    def text(self) -> str:
        """The parameter's value. It is flat, since Parameter Store accepts no value with ``{{ }}``."""
        return json.dumps(dataclasses.asdict(self))


@dataclasses.dataclass(frozen=True, kw_only=True)
class StoredLease:
    """A lease as it was read.

    :param latest: version of the parameter; 0 without a parameter.
    :param entry: the last valid one; None for none.
    :param age: seconds since it was written, by AWS's clock.
    """

    latest: int = 0
    entry: Entry | None = None
    age: float = 0

    @property
    def is_due(self) -> bool:
        """Whether its holder has to renew it."""
        return self.age >= RENEW_SECONDS


def parse_entry(text: str, version: int) -> Entry | None:
    """The entry; None if it is invalid or void."""
    try:
        entry = Entry(**json.loads(text))
    except (ValueError, TypeError):
        return None
    return entry if entry.version == version else None


def entry_of(terms: Terms, seen: StoredLease, now: float) -> Entry:
    """The entry that takes or renews the lease."""
    renewed = seen.entry is not None and seen.entry.run == terms.run
    return Entry(
        version=seen.latest + 1,
        run=terms.run,
        holder=terms.holder,
        place=terms.place,
        pid=terms.pid,
        since=seen.entry.since if renewed and seen.entry else now,
    )


def judge(terms: Terms, seen: StoredLease, is_dead: t.Callable[[str, int], bool]) -> Verdict:
    """Whether the run may take the lease.

    :param is_dead: (place, pid) → whether that process has certainly ended.
    """
    entry = seen.entry
    if entry is None or not entry.run:
        return Verdict.FREE
    if entry.run == terms.run:
        return Verdict.OURS
    if seen.age >= SECONDS or entry.run == terms.breaks or is_dead(entry.place, entry.pid):
        return Verdict.FREE
    return Verdict.HELD


def refusal(terms: Terms, entry: Entry, age: float) -> LeaseHeld:
    """The error for a held lease.

    :param age: see StoredLease.
    """
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(entry.since))
    left = max(1, round((SECONDS - age) / 60))
    return LeaseHeld(
        f"{terms.what} is being changed by {entry.holder}, since {at}. No change was started. Wait until that "
        f"has ended. If it was killed, its lease in {terms.region} ends in {left} min. To stop it and continue, repeat "
        f"the command with -e break_lease={entry.run}."
    )
