# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal, and healing what it says."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import journal as journals
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.heal import (
    HEAL_LOCK,
    SETTLE_SECONDS,
    Healed,
    Run,
    heal_leftover,
    heal_mine,
)
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.journal import Journal, JournalError
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.options import OPTIONS

from .worlds import FakeAws, NoWait, error, planned

LATER = "20261125T154512Z-2"
FORK = multiprocessing.get_context("fork")


def journal(kind: str = kinds.BLOCK_ALB, phase: str = journals.BROKEN, **changes: t.Any) -> Journal:
    fault = planned(kind)
    written = Journal(
        id="20261125T154012Z-1",
        stack="hello",
        environment="dev",
        account_id="111111111111",
        endpoint_url="",
        fault=kind,
        region="us-east-1",
        phase=phase,
        armed_at=time.time(),
        deadline=time.time() + 60,
        text=fault.text,
        by_hand=fault.by_hand,
        undo=fault.undo,
        tagged=fault.tagged,
    )
    return dataclasses.replace(written, **changes)


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "dev" / journals.NAME


RUN = Run(
    stack="hello", environment="dev", account_id="111111111111", endpoint_url="", regions=("us-east-1", "us-west-1")
)


def heal(path: pathlib.Path, call: t.Any, pace: t.Any, *, by: str, run: Run = RUN) -> Healed | None:
    return heal_leftover(path, run, call, pace, by=by)


def broken(kind: str = kinds.BLOCK_ALB) -> FakeAws:
    aws, fault = FakeAws(), planned(kind)
    for tagged in fault.tagged:
        aws.tags[tagged.resource] = fault.tag(journal(kind).id, journal(kind).digest)
    for call in fault.calls:
        aws(call.service, call.region, call.method, call.parameters)
    return aws


def closed(path: pathlib.Path) -> dict[str, t.Any]:
    files = list((path.parent / "drill-journals").glob("*.json"))
    assert len(files) == 1
    found: dict[str, t.Any] = json.loads(files[0].read_text())
    return found


def test_every_fault_is_an_option() -> None:
    assert OPTIONS["fault"]["choices"] == list(kinds.FAULTS)
    assert OPTIONS["fault"]["default"] in kinds.FAULTS


@pytest.mark.parametrize("kind", kinds.FAULTS)
def test_a_journal_is_read_as_it_was_written(path: pathlib.Path, kind: str) -> None:
    written = journal(kind)
    journals.open_new(path, written)
    found = journals.read(path)
    assert found is not None
    assert json.dumps(found.describe()) == json.dumps(written.describe())
    assert sorted(item.name for item in path.parent.iterdir()) == [journals.NAME]


def test_there_is_none(path: pathlib.Path) -> None:
    assert journals.read(path) is None
    assert heal(path, FakeAws(), NoWait(), by="test") is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"schema": 3}', '{"schema": 2, "undo": {}}', "\x00", "[" * 100_000]
)
def test_one_that_cannot_be_read_is_never_taken_for_none(path: pathlib.Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(JournalError, match="is not followed"):
        journals.read(path)
    with pytest.raises(JournalError):
        heal(path, FakeAws(), NoWait(), by="test")
    assert path.exists()


def test_a_second_drill_does_not_replace_the_journal_of_the_first(path: pathlib.Path) -> None:
    journals.open_new(path, journal())
    with pytest.raises(JournalError, match="another drill has begun"):
        journals.open_new(path, journal(id=LATER))
    found = journals.read(path)
    assert found is not None
    assert found.id == "20261125T154012Z-1"


def test_healing_undoes_and_keeps_the_journal_with_its_outcome(path: pathlib.Path) -> None:
    aws = broken()
    journals.open_new(path, journal())
    healed = heal(path, aws, NoWait(), by="test")
    assert healed is not None
    assert aws.state() == FakeAws().state()
    assert not path.exists()
    assert closed(path)["healed"]["by"] == "test"
    assert closed(path)["healed"]["outcomes"] == list(healed.outcomes)


def test_of_two_who_heal_one_does_and_the_other_finds_nothing(path: pathlib.Path) -> None:
    aws = broken()
    journals.open_new(path, journal())
    assert heal(path, aws, NoWait(), by="drill")
    calls = len(aws.calls)
    assert heal(path, aws, NoWait(), by="guardian") is None
    assert len(aws.calls) == calls


def test_a_guardian_that_outlived_its_journal_leaves_the_next_one_alone(path: pathlib.Path) -> None:
    mine, later = journal(), journal(id=LATER)
    journals.open_new(path, mine)
    heal_mine(path, mine, FakeAws(), NoWait(), by="drill")
    aws = broken()
    aws.tags = {tagged.resource: f"{later.id} {later.digest} block_alb" for tagged in later.tagged}
    journals.open_new(path, later)
    assert heal_mine(path, mine, aws, NoWait(), by="guardian") is None
    assert journals.read(path) is not None
    assert aws.calls == ["revoke_security_group_ingress", "describe_security_groups"]


@pytest.mark.parametrize("instead", ["nothing", "no folder", "a later drill", "rubbish"])
def test_a_journal_that_somebody_has_removed_is_remembered(path: pathlib.Path, instead: str) -> None:
    """`make clean`, or a hand that meant well: what is broken is broken all the same."""
    aws, mine = broken(), journal()
    journals.open_new(path, mine)
    path.unlink()
    if instead == "no folder":
        shutil.rmtree(path.parent)
    elif instead == "a later drill":
        journals.open_new(path, journal(id=LATER))
    elif instead == "rubbish":
        path.write_text("rubbish")
    there = path.read_text() if path.exists() else None
    assert heal_mine(path, mine, aws, NoWait(), by="guardian")
    assert aws.state() == FakeAws().state()
    assert (path.read_text() if path.exists() else None) == there
    assert heal_mine(path, mine, aws, NoWait(), by="drill") is None


def test_the_guardian_needs_neither_ansible_nor_a_collection_loader() -> None:
    """It is started with the folder of the plugins as its path, or with the archive that a module comes in."""
    code = (
        "import sys, module_utils._failover_drill.guardian; print([name for name in sys.modules if 'ansible' in name])"
    )
    plugins = pathlib.Path(__file__).resolve().parents[3] / "plugins"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(plugins)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_fails_stays_open_and_says_why(path: pathlib.Path) -> None:
    def expired(*_arguments: object) -> dict[str, t.Any]:
        raise error("ExpiredTokenException")

    journals.open_new(path, journal())
    with pytest.raises(Exception, match="ExpiredToken"):
        heal(path, expired, NoWait(), by="guardian")
    found = journals.read(path)
    assert found is not None
    assert "ExpiredToken" in found.last_error
    aws = broken()
    assert heal(path, aws, NoWait(), by="site")
    assert aws.state() == FakeAws().state()


class Late:
    """A call that was sent before its sender was killed, and arrives while somebody waits for it."""

    def __init__(self, aws: FakeAws) -> None:
        self._aws = aws
        self.waited: list[float] = []

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        for call in planned(kinds.BLOCK_ALB).calls:
            self._aws(call.service, call.region, call.method, call.parameters)

    def moved_back(self) -> bool:
        return False


def test_a_call_that_may_be_on_its_way_is_waited_for(path: pathlib.Path) -> None:
    """Killed between the journal and the answer: nothing is broken yet when the guardian looks."""
    aws, fault = FakeAws(), planned(kinds.BLOCK_ALB)
    aws.tags["sg-1"] = fault.tag(journal().id, journal().digest)
    pace = Late(aws)
    # By a clock that is ahead, so that this machine may be slow.
    journals.open_new(path, journal(phase=journals.ARMED, armed_at=time.time() + 3600))
    heal(path, aws, pace, by="guardian")
    assert pace.waited == [SETTLE_SECONDS]
    assert aws.state() == FakeAws().state()


@pytest.mark.parametrize(("phase", "armed"), [(journals.PLANNED, 0.0), (journals.BROKEN, 0.0), (journals.ARMED, -20.0)])
def test_otherwise_nobody_waits(path: pathlib.Path, phase: str, armed: float) -> None:
    pace = NoWait()
    journals.open_new(path, journal(phase=phase, armed_at=time.time() + armed))
    heal(path, FakeAws(), pace, by="guardian")
    assert pace.waited == []


def test_a_lock_keeps_others_out_and_opens_with_the_death_of_its_holder(path: pathlib.Path) -> None:
    def hold(ready: t.Any) -> None:
        with journals.locked(path, "drill", patience=30):
            ready.set()
            signal.pause()

    ready = FORK.Event()
    holder = FORK.Process(target=hold, args=(ready,), daemon=True)
    holder.start()
    assert ready.wait(30)
    with journals.locked(path, "drill") as ours:
        assert not ours
    holder.kill()
    holder.join()
    with journals.locked(path, "drill") as ours:
        assert ours


def test_who_comes_second_waits_for_who_heals(path: pathlib.Path) -> None:
    aws = broken()
    journals.open_new(path, journal())
    other = threading.Thread(target=heal, args=(path, aws, NoWait()), kwargs={"by": "second"}, daemon=True)
    with journals.locked(path, HEAL_LOCK):
        other.start()
        other.join(0.3)
        assert other.is_alive()
        assert path.exists()
    other.join(30)
    assert not other.is_alive()
    assert closed(path)["healed"]["by"] == "second"


def test_a_folder_that_cannot_be_written_is_an_error_before_anything_is_broken(tmp_path: pathlib.Path) -> None:
    (tmp_path / "dev").write_text("a file")
    with pytest.raises(JournalError, match="exists"):
        journals.open_new(tmp_path / "dev" / journals.NAME, journal())
