# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: how to undo what a drill breaks, written before it is broken. The standard library alone."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import time
import typing as t

from .._engine.errors import FailoverError
from .fault import Tagged, Undo

SCHEMA: t.Final = 2
NAME: t.Final = "drill-journal.json"
_CLOSED: t.Final = "drill-journals"

# First. Nothing is broken yet.
PLANNED: t.Final = "planned"
# Before the call that breaks something: it may have been made, or be on its way.
ARMED: t.Final = "armed"
# The call has been answered.
BROKEN: t.Final = "broken"


class JournalError(FailoverError):
    """A journal that cannot be read or written. The message says which, and what to do."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Journal:
    """An open journal: something may be broken.

    :param id: of the drill: its start (``20261125T154012Z-4711``).
    :param phase: PLANNED, ARMED or BROKEN.
    :param armed_at: when this phase began, in seconds since 1970.
    :param deadline: when the guardian heals at the latest, as well.
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


def parse(document: t.Mapping[str, t.Any]) -> Journal:
    """The reverse of describe(). Raises KeyError, TypeError or ValueError for anything else."""
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']}")
    fields = {key: value for key, value in document.items() if key != "schema"}
    undo = Undo(**fields.pop("undo"))
    tagged = tuple(Tagged(**item) for item in fields.pop("tagged"))
    return Journal(**fields, undo=undo, tagged=tagged)


def read(path: pathlib.Path) -> Journal | None:
    """The open journal, None if there is none. Raises JournalError."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise JournalError(
            f"{path} cannot be read ({type(error).__name__}: {error}). It says what a drill has broken and how to undo "
            "it: read it, undo that, and remove the file."
        ) from error


def open_new(path: pathlib.Path, journal: Journal) -> None:
    """Write a new journal. Raises JournalError if there is one already, or it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(path, journal)
        try:
            # Unlike a rename, a link never replaces what another drill has written.
            os.link(draft, path)
        except FileExistsError:
            raise JournalError(f"another drill has begun: {path} already exists") from None
        finally:
            draft.unlink()
        _sync(path.parent)
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror}") from error


def update(path: pathlib.Path, journal: Journal) -> None:
    """Replace the open journal. Raises JournalError."""
    try:
        _draft(path, journal).replace(path)
        _sync(path.parent)
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror}") from error


def close(path: pathlib.Path, journal: Journal, *, by: str, outcomes: t.Sequence[str], remove: bool = True) -> None:
    """Keep the journal of what is undone, with the outcome, in a folder beside it. Raises JournalError.

    :param remove: whether the journal at ``path`` is this one.
    """
    kept = _kept(path, journal)
    document = {**journal.describe(), "healed": {"at": time.time(), "by": by, "outcomes": list(outcomes)}}
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        if remove:
            path.unlink(missing_ok=True)
        _sync(path.parent)
    except OSError as error:
        raise JournalError(f"what {path} says is undone, but it could not be closed: {error.strerror}") from error


def is_closed(path: pathlib.Path, journal: Journal) -> bool:
    """Whether what the journal says was undone, and the journal closed."""
    return _kept(path, journal).exists()


def _kept(path: pathlib.Path, journal: Journal) -> pathlib.Path:
    return path.parent / _CLOSED / f"{journal.id}.json"


@contextlib.contextmanager
def locked(path: pathlib.Path, name: str, *, wait: bool) -> t.Iterator[bool]:
    """Hold the lock ``name`` beside the journal; it is released when its holder dies.

    :param wait: wait until it is free. Otherwise the block runs with False if another process holds it.
    Raises JournalError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path.parent / f".{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise JournalError(f"{path.parent}: {error.strerror}") from error
    try:
        yield _flock(descriptor, wait)
    finally:
        os.close(descriptor)


def _flock(descriptor: int, wait: bool) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _draft(path: pathlib.Path, journal: Journal) -> pathlib.Path:
    """A file beside the journal with its content, synced to disk before it takes its place."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(journal.describe(), file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync(folder: pathlib.Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
