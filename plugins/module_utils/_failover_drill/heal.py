# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healing what an open journal says, and closing it. The standard library alone."""

from __future__ import annotations

import dataclasses
import pathlib
import time
import typing as t

from . import journal as journals
from .fault import CallAws
from .journal import Journal, JournalError
from .undo import Pace, undo_fault, untag

HEAL_LOCK: t.Final = "drill-healing"
# A call that was sent just before its sender was killed takes effect within this time, if at all.
SETTLE_SECONDS: t.Final = 15.0
_LONGEST_ERROR: t.Final = 500


@dataclasses.dataclass(frozen=True, kw_only=True)
class Healed:
    """What was done about a journal that is closed now."""

    journal: Journal
    outcomes: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.outcomes)


def heal_journal(
    path: pathlib.Path, call: CallAws, pace: Pace, *, by: str, mine: Journal | None = None
) -> Healed | None:
    """Undo what the journal says and close it; None if there is none.

    A second process waits, and finds nothing left to do.

    :param by: who heals, for the closed journal.
    :param mine: the journal of the caller's drill; that of any other drill is left alone. If its file was removed, the
        fault is undone all the same, from this.
    Raises JournalError, UndoError, and what botocore raises. The journal then stays open, with the reason in it.
    """
    with journals.locked(path, HEAL_LOCK, wait=True):
        journal = journals.read(path) if mine is None else _of(path, mine)
        if journal is None:
            return None
        try:
            outcomes = _undo(journal, call, pace)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
            if _is_there(path, journal):
                journals.update(path, dataclasses.replace(journal, last_error=reason))
            raise
        journals.close(path, journal, by=by, outcomes=outcomes, remove=_is_there(path, journal))
    return Healed(journal=journal, outcomes=outcomes)


def _of(path: pathlib.Path, mine: Journal) -> Journal | None:
    """The journal of this drill: as it is now, or as it is remembered; None if it was closed."""
    if _is_there(path, mine):
        return journals.read(path)
    return None if journals.is_closed(path, mine) else mine


def _is_there(path: pathlib.Path, journal: Journal) -> bool:
    try:
        found = journals.read(path)
    except JournalError:
        return False
    return found is not None and found.id == journal.id


def _undo(journal: Journal, call: CallAws, pace: Pace) -> tuple[str, ...]:
    outcomes = [undo_fault(journal.undo, call, pace)]
    if journal.phase == journals.ARMED:
        remaining = journal.armed_at + SETTLE_SECONDS - time.time()
        if remaining > 0:
            # The call that breaks something may have been sent, and may arrive after it was undone.
            pace.pause(min(remaining, SETTLE_SECONDS))
            outcomes.append(undo_fault(journal.undo, call, pace))
    for tagged in journal.tagged:
        untag(tagged, call)
    return tuple(dict.fromkeys(outcomes))
