# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heals what an open journal says, and closes the journal. Needs only the standard library."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import time
import typing as t

from .._engine.aws_errors import describe
from . import fault as kinds
from . import journal as journals
from .fault import CallAws
from .journal import Journal, JournalError
from .marks import verify
from .undo import Pace, undo_fault, untag

HEAL_LOCK: t.Final = "drill-healing"
# A call that was sent just before its sender was killed takes effect within this time, if at all.
SETTLE_SECONDS: t.Final = 15.0
_LONGEST_ERROR: t.Final = 1000
# Healing releases a switch for up to ten minutes, or runs a command for up to five.
_PATIENCE_SECONDS: t.Final = 900.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Healed:
    """What was done to heal a journal, which is closed now."""

    journal: Journal
    outcomes: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.outcomes)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """What a journal that was read from a file has to agree with.

    :param regions: of the inventory; empty if they are not known.
    :param command: what heals the fault ``external``, by the inventory; empty if a person does.
    """

    stack: str
    environment: str
    account_id: str
    endpoint_url: str
    regions: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def heal_mine(
    path: pathlib.Path, mine: Journal, call: CallAws, pace: Pace, *, by: str, command: t.Sequence[str] = ()
) -> Healed | None:
    """Undo what the caller's drill has broken, and close its journal; None if that is closed.

    A second process waits and then finds nothing left to do; if the first one takes too long, it continues. The fault
    that is undone is that of ``mine``, even if the file was removed. A file that says that nothing is broken, or that
    the fault was undone, is believed only if no resource carries the drill's mark. Faults of other drills stay.

    :param by: recorded in the closed journal.
    :param command: what heals the fault ``external``.
    Raises JournalError, UndoError, and what botocore raises. The journal then stays open, with the reason in it.
    """
    with journals.locked(path, HEAL_LOCK, patience=_PATIENCE_SECONDS):
        journal = _of(path, mine, call)
        if journal is None:
            return None
        return _heal(path, journal, lambda: _undo(journal, call, pace, command), by)


def heal_leftover(path: pathlib.Path, run: Run, call: CallAws, pace: Pace, *, by: str) -> Healed | None:
    """Undo what the journal of an earlier drill says, and close it; None if there is none.

    Raises JournalError if the journal does not agree with the run or with AWS, and as heal_mine.
    """
    with journals.locked(path, HEAL_LOCK, patience=_PATIENCE_SECONDS, pause=pace.pause) as held:
        if not held:
            raise journals.busy(path, HEAL_LOCK, _PATIENCE_SECONDS)
        journal = journals.read(path)
        if journal is None:
            return None
        check_agreement(path, journal, run)
        return _heal(path, journal, lambda: _undo_leftover(path, journal, call, pace, run.command), by)


def check_agreement(path: pathlib.Path, journal: Journal, run: Run) -> None:
    """Raises JournalError if the journal is of another stack, environment, account, AWS or region."""
    found = {
        "stack": (journal.stack, run.stack),
        "environment": (journal.environment, run.environment),
        "account": (journal.account_id, run.account_id),
        "endpoint": (journal.endpoint_url or "AWS", run.endpoint_url or "AWS"),
    }
    against = [
        f"its {what} is {theirs}, and that of this run is {ours}"
        for what, (theirs, ours) in found.items()
        if theirs != ours
    ]
    regions = {journal.region, journal.undo.region, *(item.region for item in journal.tagged)}
    strange = sorted(regions.difference(run.regions)) if run.regions else []
    against += [f"{region} is not a region of the inventory" for region in strange]
    if against:
        why = f"{'; '.join(against)}. Heal it with the inventory and the credentials that it was written with"
        raise journals.refuse(path, why)


def _heal(path: pathlib.Path, journal: Journal, undo: t.Callable[[], tuple[str, ...]], by: str) -> Healed:
    try:
        outcomes = undo()
    except Exception as error:
        reason = describe(error, journal.undo.region)[:_LONGEST_ERROR]
        if not isinstance(error, JournalError) and _is_there(path, journal):
            # The error that is reported is that of the undo, not that of the file.
            with contextlib.suppress(JournalError):
                journals.update(path, dataclasses.replace(journal, last_error=reason))
        raise
    journals.close(path, journal, by=by, outcomes=outcomes, remove=_is_there(path, journal))
    return Healed(journal=journal, outcomes=outcomes)


def _of(path: pathlib.Path, mine: Journal, call: CallAws) -> Journal | None:
    """The journal of this drill in its present phase; None if it was closed. Raises as verify()."""
    found = _read(path, mine)
    if found is None and not journals.is_closed(path, mine):
        return mine
    if found is not None and found.phase != journals.PLANNED:
        return dataclasses.replace(mine, phase=found.phase, armed_at=found.armed_at)
    # Only a file, which others may have written, says that nothing is broken.
    if mine.phase != journals.PLANNED and verify(mine, call).marked:
        return mine
    return dataclasses.replace(mine, phase=journals.PLANNED) if found is not None else None


def _is_there(path: pathlib.Path, journal: Journal) -> bool:
    return _read(path, journal) is not None


def _read(path: pathlib.Path, journal: Journal) -> Journal | None:
    try:
        found = journals.read(path)
    except JournalError:
        return None
    return found if found is not None and found.id == journal.id else None


def _undo_leftover(
    path: pathlib.Path, journal: Journal, call: CallAws, pace: Pace, command: t.Sequence[str]
) -> tuple[str, ...]:
    if journal.fault == kinds.EXTERNAL:
        if journal.tagged:
            raise journals.refuse(path, f"the fault {kinds.EXTERNAL} marks nothing")
        if journal.undo.data.get("by_command") and not command:
            raise journals.refuse(path, "it was broken by a command, and the inventory has no drill_heal_command")
        return _undo(journal, call, pace, command)
    found = verify(journal, call)
    if found.against:
        raise journals.refuse(path, "; ".join(found.against))
    if not found.marked:
        # Resources are marked before the fault and until after the undo.
        return (f"nothing in {journal.region} carries the mark of this drill: it broke nothing, or that is undone",)
    return _undo(journal, call, pace, command)


def _undo(journal: Journal, call: CallAws, pace: Pace, command: t.Sequence[str]) -> tuple[str, ...]:
    outcomes = _undo_fault(journal, call, pace, command)
    for tagged in journal.tagged:
        untag(tagged, call)
    return tuple(dict.fromkeys(outcomes))


def _undo_fault(journal: Journal, call: CallAws, pace: Pace, command: t.Sequence[str]) -> list[str]:
    if journal.phase == journals.PLANNED:
        return ["nothing was broken"]
    outcomes = [undo_fault(journal.undo, call, pace, command)]
    if journal.phase == journals.ARMED:
        remaining = journal.armed_at + SETTLE_SECONDS - time.time()
        if remaining > 0:
            # A call that makes the fault may have been sent, and take effect after the undo.
            pace.pause(min(remaining, SETTLE_SECONDS))
            outcomes.append(undo_fault(journal.undo, call, pace, command))
    return outcomes
