# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that fills up while a drill lasts: what happened is told all the same, and what was there before stays."""

from __future__ import annotations

import errno
import os
import pathlib
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import job
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.drill import Drill
from ansible_collections.everlook.failover.plugins.module_utils._probe.answers import Answer

from .field import EAST, Everywhere, Field

pytestmark = pytest.mark.once

FORMER = '{"verdict": "passed", "of": "an earlier drill"}\n'


class Nobody:
    """In place of what asks DNS, which is not there."""

    def __init__(self, *_args: t.Any) -> None: ...

    def resolve(self) -> tuple[Answer, None]:
        return Answer(), None


@pytest.fixture
def former(field: Field, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The report of an earlier drill. Users of the next one are always in the first region."""
    monkeypatch.setattr(job, "Regions", Nobody)
    monkeypatch.setattr(job, "Prober", lambda *_args: Everywhere(EAST))
    field.path.parent.mkdir(parents=True)
    report = field.path.with_name(job.REPORT)
    report.write_text(FORMER)
    return report


def fill(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)


def drill(field: Field, **options: t.Any) -> dict[str, t.Any]:
    options = {"fault": kinds.BLOCK_ALB, "give_up": 1, "return_timeout": 1, **options}
    return field.run_job(job.JOB, **field.options(status=field.status(), **options))


def test_its_report_is_told_and_the_former_one_stays(
    field: Field, former: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, run = field.state(), Drill.run

    def run_until_full(self: Drill) -> None:
        run(self)
        fill(monkeypatch)

    monkeypatch.setattr(Drill, "run", run_until_full)
    result = drill(field)
    assert (result["failed"], result["verdict"], result["changed"]) == (True, "failed", True)
    assert result["msg"] == (
        "failover_drill: the drill failed, but its report is in this output alone, because it cannot be written to "
        f"{former}: No space left on device. The report of an earlier drill is as it was."
    )
    assert result["summary"][0] == "Drill failed: block_alb of us-east-1, taken over by us-west-1."
    assert not any("Report:" in line for line in result["summary"])
    assert former.read_text() == FORMER
    assert not list(former.parent.glob(".drill.json*"))
    assert field.state() == before


def test_why_it_was_aborted_is_told_as_well(
    field: Field, former: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = field.state()

    def abort(_self: Drill) -> t.NoReturn:
        fill(monkeypatch)
        raise FailoverError("somebody has cut the cable")

    monkeypatch.setattr(Drill, "_hold", abort)
    monkeypatch.setattr(Drill, "_watch_move", abort)
    warnings: list[str] = []
    with pytest.raises(FailoverError, match="somebody has cut the cable"):
        drill(field, warnings=warnings)
    monkeypatch.undo()
    assert any(f"{former}: No space left on device" in text for text in warnings), warnings
    # What is undone is not said to stand, where only its journal cannot be closed.
    (told,) = [text for text in warnings if "healing could not be completed" in text]
    assert "is undone, but it could not be closed: No space left on device" in told
    assert field.state() == before
    assert former.read_text() == FORMER
    field.heal()


def test_a_copy_that_cannot_be_kept_is_no_report_that_is_lost(field: Field, former: pathlib.Path) -> None:
    former.with_name("drills").write_text("in the way")
    result = drill(field, show=True)
    assert (result["failed"], result["report"], "measured" in result) == (True, str(former), False)
    assert "no copy of its report can be kept in" in result["msg"]
    assert former.read_text() != FORMER
