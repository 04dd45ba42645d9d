# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import datetime
import fcntl
import json
import os
import pathlib
import pickle
import signal
import threading
import time
import types
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.assumed_role import AssumedRole
from ansible_collections.everlook.failover.plugins.module_utils._engine.read_ahead import Read, ReadAhead
from ansible_collections.everlook.failover.plugins.plugin_utils.worker import read_ahead, reader
from ansible_collections.everlook.failover.plugins.plugin_utils.worker.records import Answers, Asked, Records

READ = Read(service="ec2", region="us-east-1", operation="describe_vpcs", arguments="{}")
TASK = "us-east-1: Converge the network"
ABOUT = {"stack": "hello", "environment": "dev", "account_id": "111111111111"}
HALF = {"task": TASK, "module": "vpc", "host": "us-east-1"}
WHOLE = {**HALF, "connection": {}, "reads": [READ.document()]}
DOCUMENT = {"schema": "2", **ABOUT, "described": {}}
Action = t.Callable[..., t.Any]


@pytest.fixture(autouse=True)
def records(monkeypatch: pytest.MonkeyPatch) -> Records:
    made = Records()
    for module in (read_ahead, reader):
        monkeypatch.setattr(module, "RECORDS", made)
    return made


@pytest.fixture(autouse=True)
def answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS: the process that reads is a fork of this one, and has this, too."""
    monkeypatch.setattr(reader, "_answer", lambda _connection, read: f"{read.operation} of {os.getppid()}")


@pytest.fixture
def action(tmp_path: pathlib.Path) -> Action:
    def make(name: str = "Converge the network", *, check_mode: bool = False, **args: t.Any) -> t.Any:
        found = {**ABOUT, "directory": str(tmp_path), **args}
        task = types.SimpleNamespace(name=name, args=found, check_mode=check_mode, _uuid="run-1", module_defaults=[])
        task.action = "everlook.failover.vpc"
        return types.SimpleNamespace(_task=task, _templar=None)

    return make


def variables(**changed: t.Any) -> dict[str, t.Any]:
    return {
        "inventory_hostname": "us-east-1",
        "ansible_play_hosts_all": ["us-east-1"],
        "groups": {"regions": ["us-east-1"]},
        "ansible_run_tags": ["all"],
        "ansible_skip_tags": [],
        read_ahead.SWITCH: True,
        **changed,
    }


def run_once(action: Action, **changed: t.Any) -> None:
    """A run that asks one thing and changes nothing."""
    read_ahead.begin(action(), "preflight", variables(**changed))
    ahead = read_ahead.ahead_of(action(), "vpc", variables(**changed))
    if ahead is not None:
        ahead.note(READ)
    read_ahead.note(action(), variables(**changed), ahead)
    read_ahead.keep(action(), variables(**changed))


def take(action: Action, name: str = "vpc", **changed: t.Any) -> str | None:
    """What was read for the task, if it was."""
    found = read_ahead.ahead_of(action(), name, variables(**changed))
    try:
        return None if found is None else str(found.take(READ))
    except KeyError:
        return None


def kept(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "dev" / "reads.json"


def test_the_next_run_has_it_before_it_asks(action: Action) -> None:
    run_once(action)
    read_ahead.begin(action(), "preflight", variables())
    assert take(action) == f"describe_vpcs of {os.getpid()}"


def test_a_task_has_its_answers_once(action: Action) -> None:
    run_once(action)
    read_ahead.begin(action(), "preflight", variables())
    assert (take(action) is not None, take(action)) == (True, None)


def test_what_was_read_half_a_minute_ago_counts_no_more(action: Action, records: Records) -> None:
    records.begin("run-1")
    records.add(Answers(task=TASK, at=time.monotonic() - 31, connection={}, content=pickle.dumps({READ: "old"})))
    assert take(action) is None


def test_another_connection_has_other_answers(action: Action, records: Records) -> None:
    records.begin("run-1")
    records.add(Answers(task=TASK, at=time.monotonic(), connection={"profile": "x"}, content=pickle.dumps({READ: "x"})))
    assert take(action) is None


def test_what_changes_something_ends_it(action: Action) -> None:
    run_once(action)
    read_ahead.begin(action(), "preflight", variables())
    t.cast("ReadAhead", read_ahead.ahead_of(action("Another task"), "alb", variables())).end()
    assert take(action) is None


def test_so_does_a_module_that_is_no_layer(action: Action) -> None:
    run_once(action)
    read_ahead.begin(action(), "preflight", variables())
    read_ahead.begin(action(), "failover_drill", variables())
    assert take(action) is None


def test_nothing_is_kept_of_a_run_that_has_changed_something(
    action: Action, records: Records, tmp_path: pathlib.Path
) -> None:
    read_ahead.begin(action(), "preflight", variables())
    records.spend()
    read_ahead.note(action(), variables(), ReadAhead({}, lambda: None))
    read_ahead.keep(action(), variables())
    assert not kept(tmp_path).exists()


@pytest.mark.parametrize(
    "changed",
    [
        {read_ahead.SWITCH: False},
        {read_ahead.SWITCH: "false"},
        {"ansible_run_tags": ["alb"]},
        {"ansible_skip_tags": ["vpc"]},
        {"groups": {"regions": ["us-east-1", "us-west-1"]}},
    ],
    ids=["off", "off by a text", "some layers", "all but a layer", "some regions"],
)
def test_a_run_of_a_part_says_nothing_of_the_whole(
    action: Action, tmp_path: pathlib.Path, changed: dict[str, t.Any]
) -> None:
    run_once(action, **changed)
    assert not kept(tmp_path).exists()


def test_a_dry_run_writes_nothing(action: Action, tmp_path: pathlib.Path) -> None:
    read_ahead.begin(action(), "preflight", variables())
    read_ahead.keep(action(check_mode=True), variables())
    assert not kept(tmp_path).exists()


def test_of_keys_and_answers_the_file_has_none(action: Action, tmp_path: pathlib.Path) -> None:
    read_ahead.begin(action(), "preflight", variables())
    ahead = ReadAhead({READ: "an answer"}, lambda: None)
    ahead.take(READ)
    read_ahead.note(action(secret_key="hunter2", access_key="AKIA"), variables(), ahead)
    read_ahead.note(action("Other task", profile="dev"), variables(), ahead)
    read_ahead.keep(action(), variables())
    text = kept(tmp_path).read_text()
    assert [task["task"] for task in json.loads(text)["tasks"]] == ["us-east-1: Other task"]
    assert "an answer" not in text
    assert "hunter2" not in text


def test_a_removal_takes_the_file_with_it(action: Action, tmp_path: pathlib.Path) -> None:
    run_once(action)
    read_ahead.keep(action(state="absent", check_mode=True), variables())
    assert kept(tmp_path).exists()
    read_ahead.keep(action(state="absent"), variables(**{read_ahead.SWITCH: False}))
    assert not kept(tmp_path).exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"schema": "2"}',
        json.dumps({**DOCUMENT, "tasks": [HALF]}),
        json.dumps({**DOCUMENT, "tasks": [{**HALF, "connection": {}, "reads": [1]}]}),
        json.dumps({**DOCUMENT, "stack": "other", "tasks": [WHOLE]}),
        json.dumps({**DOCUMENT, "tasks": [{**WHOLE, "connection": {"endpoint_url": "http://127.0.0.1:9"}}]}),
        json.dumps({**DOCUMENT, "described": None, "tasks": [WHOLE]}),
    ],
    ids=[
        "empty",
        "a list",
        "no tasks",
        "half a task",
        "no reads",
        "another stack",
        "where to ask",
        "nothing described",
    ],
)
def test_a_file_that_says_something_else_is_none(
    action: Action, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    kept(tmp_path).parent.mkdir()
    kept(tmp_path).write_text(content)
    monkeypatch.setattr(reader, "start", lambda tasks: pytest.fail(f"asks {tasks}") if tasks[0][1] else None)
    read_ahead.begin(action(), "preflight", variables())
    assert take(action) is None


@pytest.mark.parametrize(
    ("module", "check_mode", "inventory", "read"),
    [
        ("vpc", False, {"app_image": "hello:2"}, True),
        ("ecs_service", False, {"app_image": "hello:1"}, True),
        ("ecs_service", False, {"app_image": "hello:2"}, False),
        ("ecs_service", False, {"app_image": "hello:1", "ecs_service_cpu": 512}, False),
        ("ecs_service", False, {"app_image": "hello:1", "vpc_cidr": "10.9.0.0/16"}, True),
        ("ecs_service", True, {"app_image": "hello:2"}, True),
    ],
    ids=["network", "no release", "release", "more CPU", "another network", "dry run"],
)
def test_a_release_reads_nothing_ahead_that_it_reads_again(
    action: Action, module: str, check_mode: bool, inventory: dict[str, t.Any], read: bool
) -> None:
    def task(*, check_mode: bool = False) -> t.Any:
        found = action(check_mode=check_mode)
        found._task.action = f"everlook.failover.{module}"
        return found

    earlier = variables(app_image="hello:1")
    read_ahead.begin(task(), "preflight", earlier)
    ahead = read_ahead.ahead_of(task(), module, earlier)
    assert ahead is not None
    ahead.note(READ)
    read_ahead.note(task(), earlier, ahead)
    read_ahead.keep(task(), earlier)
    read_ahead.begin(task(check_mode=check_mode), "preflight", variables(**inventory))
    assert (take(action, module) is not None) is read


def test_an_inventory_may_say_what_json_does_not_have(action: Action, records: Records) -> None:
    day = datetime.date(2026, 11, 30)
    read_ahead.begin(action(), "preflight", variables(app_tags={day: "released", "on": day}))
    assert records.state().described.keys() == {"us-east-1"}


def test_two_plays_in_one_process_are_two_runs(records: Records) -> None:
    records.begin("run-1")
    records.add(Asked(**HALF, connection={}, reads=[]))
    records.begin("run-1")  # the other region's preflight
    assert len(records.state().asked) == 1
    records.begin("run-2")
    assert records.state().asked == []


def test_nobody_waits_for_a_process_that_is_gone(action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    run_once(action)
    monkeypatch.setattr(reader, "_answer", lambda _clients, _read: os.kill(os.getpid(), signal.SIGKILL))
    read_ahead.begin(action(), "preflight", variables())
    assert take(action) is None


ROUTE53 = dataclasses.replace(READ, service="route53")
OF_A_ROLE = dataclasses.replace(ROUTE53, role=AssumedRole("arn:aws:iam::999999999999:role/dns", "everlook"))


@pytest.mark.parametrize(
    ("other", "seconds", "expected"),
    [
        (dataclasses.replace(ROUTE53, region="us-west-1"), 0.1, {"alone"}),
        (OF_A_ROLE, 10, {"with another"}),
        (READ, 10, {"with another"}),
    ],
    ids=["Route 53", "Route 53 of a role", "EC2"],
)
def test_route53_is_asked_one_thing_at_a_time_in_an_account(
    monkeypatch: pytest.MonkeyPatch, records: Records, other: Read, seconds: float, expected: set[str]
) -> None:
    """Each of two questions waits until the other one is asked, too."""
    meeting = threading.Barrier(2)

    def answer(_clients: t.Any, _read: Read) -> str:
        try:
            meeting.wait(seconds)
        except threading.BrokenBarrierError:
            return "alone"
        return "with another"

    monkeypatch.setattr(reader, "_answer", answer)
    records.begin("run-1")
    reader.start([(Asked(**HALF, connection={}, reads=[]), [ROUTE53, other])])
    records.wait(TASK)
    answers = pickle.loads(records.state().answers[TASK].content)
    assert {*answers.values()} == expected


def test_what_fails_is_left_to_the_task(action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    run_once(action)

    def fail(_clients: t.Any, _read: Read) -> str:
        raise ConnectionError("no route")

    monkeypatch.setattr(reader, "_answer", fail)
    read_ahead.begin(action(), "preflight", variables())
    assert take(action) is None


def test_a_full_disk_costs_the_answers_and_not_their_end(
    action: Action, monkeypatch: pytest.MonkeyPatch, records: Records
) -> None:
    run_once(action)
    read_ahead.begin(action(), "preflight", variables())

    def full(*_arguments: t.Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    read_ahead.begin(action(), "preflight", variables())
    assert take(action) is None
    records.spend()
    monkeypatch.undo()
    assert records.state().answers == {}


def test_where_no_file_can_be_locked_nobody_waits(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlockable(*_arguments: t.Any) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", unlockable)
    records.wait(TASK)
