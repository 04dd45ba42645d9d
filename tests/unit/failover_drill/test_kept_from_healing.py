# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can write into the folder of reports keeps nobody from healing what a drill has broken."""

from __future__ import annotations

import dataclasses
import errno
import os
import pathlib
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import heal, private_files
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import journal as journals
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.heal import heal_leftover, heal_mine
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.journal import JournalError

from .test_forged import RUN, journal, marked, put
from .worlds import FakeAws, NoWait


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "dev" / journals.NAME


@pytest.mark.parametrize("remembered", [journals.ARMED, journals.BROKEN])
def test_that_nothing_is_broken_is_not_believed_of_a_file(path: pathlib.Path, remembered: str) -> None:
    mine = journal(phase=remembered)
    aws = marked(mine)
    put(path, dataclasses.replace(mine, phase=journals.PLANNED).describe())
    assert heal_mine(path, mine, aws, NoWait(), by="guardian")
    assert aws.state() == FakeAws().state()


def test_that_it_was_undone_is_not_believed_of_a_file(path: pathlib.Path) -> None:
    mine = journal()
    aws = marked(mine)
    put(path.parent / "drill-journals" / f"{mine.id}.json", {})
    assert heal_mine(path, mine, aws, NoWait(), by="guardian")
    assert aws.state() == FakeAws().state()
    assert heal_mine(path, mine, aws, NoWait(), by="drill") is None


def test_a_pipe_for_the_guardians_log_keeps_it_from_nothing(path: pathlib.Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path.with_name("drill-guardian.log"))
    with pytest.raises(OSError, match="No such device"):
        private_files.append(path.with_name("drill-guardian.log"), "a line\n")


def full(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)


def test_a_full_disk_hides_no_reason_and_leaves_no_draft(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = journal()
    journals.open_new(path, mine)
    full(monkeypatch)

    def refused(*_call: object) -> t.NoReturn:
        raise RuntimeError("AWS is gone")

    with pytest.raises(RuntimeError, match="AWS is gone"):
        heal_mine(path, mine, refused, NoWait(), by="guardian")
    with pytest.raises(JournalError, match="cannot be written: No space left on device"):
        journals.update(path, mine)
    assert [item.name for item in path.parent.iterdir() if item.suffix != ".lock"] == [path.name]


def test_on_a_full_disk_it_is_healed_all_the_same(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = journal()
    aws = marked(mine)
    journals.open_new(path, mine)
    full(monkeypatch)
    with pytest.raises(JournalError, match="is undone, but it could not be closed: No space left on device"):
        heal_mine(path, mine, aws, NoWait(), by="drill")
    assert aws.state() == FakeAws().state()
    monkeypatch.undo()
    assert heal_leftover(path, RUN, aws, NoWait(), by="site")
    assert not path.exists()


def test_a_lock_that_is_never_given_up_is_named_and_keeps_nobody_from_healing(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heal, "_PATIENCE_SECONDS", 0.0)
    mine = journal()
    aws = marked(mine)
    journals.open_new(path, mine)
    with journals.locked(path, heal.HEAL_LOCK):
        with pytest.raises(JournalError, match=r"\.drill-healing\.lock: .*End it"):
            heal_leftover(path, RUN, aws, NoWait(), by="test")
        assert heal_mine(path, mine, aws, NoWait(), by="guardian")
    assert aws.state() == FakeAws().state()
