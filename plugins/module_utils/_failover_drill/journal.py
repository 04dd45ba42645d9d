# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: how to undo a fault, written before the fault is made. Needs only the standard library."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import hashlib
import json
import os
import pathlib
import re
import time
import typing as t

from .._engine.errors import FailoverError
from . import fault as kinds
from . import private_files
from .fault import Tagged, Undo

SCHEMA: t.Final = 3
NAME: t.Final = "drill-journal.json"
_CLOSED: t.Final = "drill-journals"
_LOCK_SECONDS: t.Final = 0.2

# Nothing is broken yet.
PLANNED: t.Final = "planned"
# The call that breaks something is about to be sent, or has been.
ARMED: t.Final = "armed"
# AWS has answered the call.
BROKEN: t.Final = "broken"

# Part of a file name
_ID: t.Final = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9]{1,6}")
# Part of a host name
_REGION: t.Final = re.compile(r"[a-z]{2,4}(-[a-z]{2,16}){1,3}-[0-9]{1,2}")
_ADVICE: t.Final = (
    "It says what a drill has broken and how to undo it, and is not followed. If a drill of yours has left something "
    "broken, site.yml restores it once the file is gone: look at it, then remove it."
)


class JournalError(FailoverError):
    """A journal cannot be read or written, or must not be followed. The message says what to do."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Journal:
    """An open journal: something may be broken.

    :param id: of the drill: its start (``20261125T154012Z-4711``).
    :param phase: PLANNED, ARMED or BROKEN.
    :param armed_at: when this phase began, in seconds since 1970.
    :param deadline: when the guardian heals at the latest, likewise.
    :param text: what is broken, for people.
    :param by_hand: how to undo it without this collection.
    :param endpoint_url: AWS_ENDPOINT_URL of the drill, empty for AWS itself.
    :param last_error: why the last attempt to heal it failed.
    """

    id: str
    stack: str
    environment: str
    account_id: str
    endpoint_url: str
    fault: str
    region: str
    phase: str
    armed_at: float
    deadline: float
    text: str
    by_hand: str
    undo: Undo
    tagged: tuple[Tagged, ...] = ()
    last_error: str = ""

    def describe(self) -> dict[str, t.Any]:
        """As JSON."""
        return {"schema": SCHEMA, **dataclasses.asdict(self)}

    @property
    def digest(self) -> str:
        """A hash of what the journal would undo, and where. The mark on broken resources has it: see marks.py."""
        fixed = ("id", "stack", "environment", "account_id", "fault", "region", "undo", "tagged")
        described = self.describe()
        content = json.dumps({key: described[key] for key in fixed}, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:32]


def parse(document: t.Mapping[str, t.Any]) -> Journal:
    """The reverse of describe(). Raises KeyError, TypeError or ValueError for anything else."""
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']}")
    fields = {key: value for key, value in document.items() if key != "schema"}
    undo = Undo(**fields.pop("undo"))
    tagged = tuple(Tagged(**item) for item in fields.pop("tagged"))
    journal = Journal(**fields, undo=undo, tagged=tagged)
    _check_types(journal)
    return journal


def _check_types(journal: Journal) -> None:
    """Raises ValueError for a value that a journal cannot have."""
    numbers = ("armed_at", "deadline")
    texts = [field.name for field in dataclasses.fields(journal) if field.name not in (*numbers, "undo", "tagged")]
    regions = (journal.region, journal.undo.region, *(item.region for item in journal.tagged))
    right = {
        "id": _ID.fullmatch(str(journal.id)),
        "phase": journal.phase in (PLANNED, ARMED, BROKEN),
        "fault": journal.fault in kinds.FAULTS and journal.undo.kind == journal.fault,
        "region": all(_REGION.fullmatch(str(region)) for region in regions),
        "undo": isinstance(journal.undo.data, dict),
        "tagged": all(item.service in kinds.MARKED and isinstance(item.resource, str) for item in journal.tagged),
    }
    wrong = [name for name, is_right in right.items() if not is_right]
    wrong += [name for name in texts if not isinstance(getattr(journal, name), str)]
    wrong += [name for name in numbers if not isinstance(getattr(journal, name), int | float)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} cannot be")


def read(path: pathlib.Path) -> Journal | None:
    """Return the open journal, None if there is none. Raises JournalError."""
    try:
        return parse(json.loads(private_files.read(path)))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise JournalError(f"{path} cannot be read ({_describe(error)}). {_ADVICE}") from error


def refuse(path: pathlib.Path, why: str) -> JournalError:
    """The error for a journal that must not be followed."""
    return JournalError(f"{path} is not followed: {why}. Nothing was undone. {_ADVICE}")


def _describe(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in (errno.ELOOP, errno.ENOTDIR):
        return "it, or its folder, is a link or no folder"
    return f"{type(error).__name__}: {error}"


def open_new(path: pathlib.Path, journal: Journal) -> None:
    """Write a new journal. Raises JournalError if one exists already, or it cannot be written."""
    try:
        private_files.write(path, _as_text(journal), new=True)
    except FileExistsError as error:
        raise JournalError(f"another drill has begun: {path} already exists") from error
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror}") from error


def update(path: pathlib.Path, journal: Journal) -> None:
    """Replace the open journal. Raises JournalError."""
    try:
        private_files.write(path, _as_text(journal))
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror}") from error


def close(path: pathlib.Path, journal: Journal, *, by: str, outcomes: t.Sequence[str], remove: bool = True) -> None:
    """Move a journal whose fault is undone, with the outcomes, into the history. Raises JournalError.

    :param remove: whether the file at ``path`` is this journal.
    """
    document = {**journal.describe(), "healed": {"at": time.time(), "by": by, "outcomes": list(outcomes)}}
    try:
        private_files.write(_kept(path, journal), json.dumps(document, indent=2) + "\n")
        if remove:
            private_files.remove(path)
    except OSError as error:
        raise JournalError(f"what {path} says is undone, but it could not be closed: {error.strerror}") from error


def is_closed(path: pathlib.Path, journal: Journal) -> bool:
    """Whether the fault was undone and the journal closed."""
    return private_files.exists(_kept(path, journal))


def _kept(path: pathlib.Path, journal: Journal) -> pathlib.Path:
    return path.parent / _CLOSED / f"{journal.id}.json"


@contextlib.contextmanager
def locked(
    path: pathlib.Path, name: str, *, patience: float = 0.0, pause: t.Callable[[float], None] = time.sleep
) -> t.Iterator[bool]:
    """Hold the lock ``name`` beside the journal. The kernel releases it when its holder dies.

    :param patience: seconds to wait while another process holds it. After that the block runs with False.
    :param pause: waits for a number of seconds.
    Raises JournalError.
    """
    try:
        descriptor = private_files.open_lock(_lock(path, name))
    except OSError as error:
        raise JournalError(f"{path.parent}: {error.strerror}") from error
    try:
        end = time.monotonic() + patience
        while not (held := _flock(descriptor)) and time.monotonic() < end:
            pause(_LOCK_SECONDS)
        yield held
    finally:
        os.close(descriptor)


def busy(path: pathlib.Path, name: str, patience: float) -> JournalError:
    """The error for a lock that another process still holds."""
    lock = _lock(path, name)
    return JournalError(f"{lock}: another process has held it for {patience:.0f} s. End it: fuser {lock} names it.")


def _lock(path: pathlib.Path, name: str) -> pathlib.Path:
    return path.with_name(f".{name}.lock")


def _flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _as_text(journal: Journal) -> str:
    return json.dumps(journal.describe(), indent=2) + "\n"
