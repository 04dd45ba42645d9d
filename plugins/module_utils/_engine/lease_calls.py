# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes, renews and releases the lease of an environment."""

from __future__ import annotations

import email.utils
import os
import pathlib
import threading
import time
import typing as t

from .aws_errors import translate, unless
from .background import start_background
from .errors import AwsError, FailoverError, Stopped
from .lease import RENEW_SECONDS, Entry, LeaseHeld, StoredLease, Terms, Verdict, entry_of, judge, parse_entry, refusal

if t.TYPE_CHECKING:
    from .context import Context

# Each fails only if another run was faster.
_ATTEMPTS: t.Final = 5
# Void versions to skip, at most: simultaneous writes.
_LOST_AT_MOST: t.Final = 8
_MISSING: t.Final = ("ParameterNotFound", "ParameterVersionNotFound")
# PutParameter, while another one changes the same parameter.
_BUSY: t.Final = ("TooManyUpdates",)

TAKEN: t.Final = "taken"
UNAVAILABLE: t.Final = "unavailable"


class Lease:
    """A task's lease, taken before its first write and renewed until its end.

    :param terms: called before the first write; returns None for no lease.
    :param note: called once, with TAKEN or UNAVAILABLE.
    """

    def __init__(self, terms: t.Callable[[], Terms | None], note: t.Callable[[str], None]) -> None:
        self._terms = terms
        self._note = note
        self._noted = False
        self._ended = threading.Event()

    def take(self, ctx: Context) -> None:
        """Take it before a write. Raises LeaseHeld. Without an answer or permission, warn and continue."""
        terms = None if self._noted else self._terms()
        if terms is None:
            return
        try:
            with translate(terms.region):
                _take(ctx, terms)
        except AwsError as error:
            ctx.warn(_unavailable(terms, error))
            self._note_once(UNAVAILABLE)
        else:
            self._note_once(TAKEN)
            start_background(lambda: self._keep(ctx, terms), "lease")

    def end(self) -> None:
        """Stop renewing it, at the end of the task. The lease stays for the run's other tasks."""
        self._ended.set()

    def _note_once(self, outcome: str) -> None:
        self._noted = True
        self._note(outcome)

    def _keep(self, ctx: Context, terms: Terms) -> None:
        while not self._ended.wait(RENEW_SECONDS):
            try:
                with translate(terms.region):
                    _take(ctx, terms)
            except LeaseHeld as error:
                ctx.warn(str(error))
                ctx.stop.set()
                return
            except Stopped:
                return
            except FailoverError:
                # There is time for another attempt before it expires.
                continue


def give_back(client: t.Any, terms: Terms) -> None:
    """Release the lease if the run holds it."""
    for _attempt in range(_ATTEMPTS):
        seen = _read(client, terms.name)
        if seen.entry is None or seen.entry.run != terms.run or _write(client, terms, Entry(version=seen.latest + 1)):
            return


def remove(client: t.Any, name: str) -> None:
    """Delete the parameter, if there is one."""
    unless(_MISSING, lambda: client.delete_parameter(Name=name))


def is_held(client: t.Any, terms: Terms) -> bool:
    """Whether another run has it."""
    return judge(terms, _read(client, terms.name), is_dead) is Verdict.HELD


def place_of_processes() -> str:
    """Where process ids are unique: the boot of a kernel, and a PID namespace. Empty if unknown.

    Host names are not unique among containers and machines. See proc(5), pid_namespaces(7).
    """
    try:
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{pathlib.Path('/proc/self/ns/pid').stat().st_ino}"
    except (OSError, ValueError):
        return ""


def is_dead(place: str, pid: int) -> bool:
    """Whether the process has certainly ended: it ran in this place, and no longer exists."""
    if not place or pid <= 0 or place != place_of_processes():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _take(ctx: Context, terms: Terms) -> None:
    # The region may be down.
    client = ctx.with_short_timeouts().client("ssm", region=terms.region)
    for _attempt in range(_ATTEMPTS):
        seen = _read(client, terms.name)
        verdict = judge(terms, seen, is_dead)
        if verdict is Verdict.HELD and seen.entry:
            raise refusal(terms, seen.entry, seen.age)
        if verdict is Verdict.OURS and not seen.is_due:
            return
        if _write(client, terms, entry_of(terms, seen, time.time())):
            return
    raise LeaseHeld(f"{terms.what}: other runs are taking its lease. No change was started. Repeat the command.")


def _read(client: t.Any, name: str) -> StoredLease:
    latest = _get(client, name)
    if latest is None:
        return StoredLease()
    number = int(latest["Parameter"]["Version"])
    for version in range(number, max(0, number - _LOST_AT_MOST), -1):
        answer = latest if version == number else _get(client, f"{name}:{version}")
        entry = parse_entry(answer["Parameter"]["Value"], version) if answer else None
        if answer and entry:
            return StoredLease(latest=number, entry=entry, age=_age(answer))
    return StoredLease(latest=number)


def _get(client: t.Any, name: str) -> t.Any:
    return unless(_MISSING, lambda: client.get_parameter(Name=name))


def _write(client: t.Any, terms: Terms, entry: Entry) -> bool:
    """Write the entry. Returns False if it is void, also after a retry of a lost answer: the next read tells."""
    answer = unless(
        _BUSY,
        lambda: client.put_parameter(
            Name=terms.name,
            Value=entry.text(),
            Type="String",
            Overwrite=True,
            Description="The run of everlook.failover that changes this environment",
        ),
    )
    return answer is not None and int(answer["Version"]) == entry.version


def _age(answer: t.Any) -> float:
    """Seconds since it was written, by AWS's clock only: machines' clocks may differ."""
    written = answer["Parameter"]["LastModifiedDate"].timestamp()
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        now = email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        now = time.time()
    return float(now - written)


def _unavailable(terms: Terms, error: AwsError) -> str:
    return (
        f"{terms.what} has no lease in {terms.region}: runs on other machines can change it meanwhile. "
        f"This run continues. {error}"
    )
