# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A journal is data, not authority: who can write into the folder of reports gets no right of the deployer."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import stat
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import journal as journals
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import private_files
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.fault import Tagged, Undo
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.heal import (
    Run,
    heal_leftover,
    heal_mine,
)
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.journal import Journal, JournalError
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.start_guardian import (
    GuardianError,
    start_guardian,
)

from .worlds import GROUP, REGION, FakeAws, NoWait, planned

RUN = Run(stack="hello", environment="dev", account_id="111111111111", endpoint_url="", regions=(REGION, "us-west-1"))
ANYWHERE = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
WRITES = ("authorize", "modify", "update", "put_", "create", "add_", "remove", "tag_", "untag", "delete", "revoke")


def journal(kind: str = kinds.BLOCK_ALB, **changes: t.Any) -> Journal:
    fault = planned(kind)
    written = Journal(
        id="20261125T154012Z-1",
        stack="hello",
        environment="dev",
        account_id="111111111111",
        endpoint_url="",
        fault=kind,
        region=REGION,
        phase=journals.BROKEN,
        armed_at=0.0,
        deadline=0.0,
        text="",
        by_hand="",
        undo=fault.undo,
        tagged=fault.tagged,
    )
    return dataclasses.replace(written, **changes)


def marked(by: Journal) -> FakeAws:
    """What the drill of this journal has broken, and marked."""
    aws, fault = FakeAws(), planned(by.fault)
    for tagged in fault.tagged:
        aws.tags[tagged.resource] = fault.tag(by.id, by.digest)
    for call in fault.calls:
        aws(call.service, call.region, call.method, call.parameters)
    aws.calls.clear()
    return aws


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "dev" / journals.NAME


def put(path: pathlib.Path, document: t.Mapping[str, t.Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def refused(path: pathlib.Path, aws: FakeAws, said: str, run: Run = RUN) -> None:
    """Assert that it is refused, by its path, and that nothing was written."""
    with pytest.raises(JournalError, match=said) as error:
        heal_leftover(path, run, aws, NoWait(), by="test")
    assert str(path) in str(error.value)
    assert "remove it" in str(error.value)
    assert [call for call in aws.calls if call.startswith(WRITES)] == []
    assert os.path.lexists(path)


@pytest.mark.parametrize("kind", [kinds.BLOCK_ALB, kinds.STOP_TASKS, kinds.UNHEALTHY_APP, kinds.SWITCH])
def test_what_a_drill_has_marked_is_undone(path: pathlib.Path, kind: str) -> None:
    written = journal(kind)
    aws = marked(written)
    put(path, written.describe())
    assert heal_leftover(path, RUN, aws, NoWait(), by="test")
    assert aws.state() == FakeAws().state()


def test_a_security_group_of_others_is_not_opened(path: pathlib.Path) -> None:
    class Theirs(FakeAws):
        def _describe_security_groups(self, GroupIds: list[str]) -> dict[str, t.Any]:  # noqa: N803
            return {"SecurityGroups": [{"GroupId": GroupIds[0], "Tags": [{"Key": "Stack", "Value": "theirs"}]}]}

    undo = Undo(kind=kinds.BLOCK_ALB, region=REGION, data={"groups": {"sg-foreign": ANYWHERE}})
    tagged = (Tagged(service="ec2", region=REGION, resource="sg-foreign"),)
    put(path, journal(undo=undo, tagged=tagged).describe())
    refused(path, Theirs(), "sg-foreign does not belong to hello in dev")


@pytest.mark.parametrize("tagged", [(), planned(kinds.BLOCK_ALB).tagged], ids=["no mark", "the stack's group"])
def test_without_a_mark_nothing_is_undone(path: pathlib.Path, tagged: tuple[Tagged, ...]) -> None:
    aws = FakeAws(rules=[])
    undo = Undo(kind=kinds.BLOCK_ALB, region=REGION, data={"groups": {"sg-foreign": ANYWHERE, GROUP: ANYWHERE}})
    put(path, journal(undo=undo, tagged=tagged).describe())
    healed = heal_leftover(path, RUN, aws, NoWait(), by="test")
    assert healed is not None
    assert "carries the mark of this drill" in str(healed)
    assert [call for call in aws.calls if call.startswith(WRITES)] == []
    assert aws.rules == []


def test_rules_that_somebody_has_added_to_a_journal_are_not_given(path: pathlib.Path) -> None:
    written = journal()
    aws = marked(written)
    undo = Undo(kind=kinds.BLOCK_ALB, region=REGION, data={"groups": {GROUP: ANYWHERE}})
    put(path, dataclasses.replace(written, undo=undo).describe())
    refused(path, aws, "sg-1 carries another mark than that of this journal")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stack": "other"}, "its stack is other"),
        ({"environment": "prod"}, "its environment is prod"),
        ({"account_id": "222222222222"}, "its account is 222222222222"),
        ({"endpoint_url": "http://192.0.2.1"}, "its endpoint is http://192.0.2.1"),
        ({"region": "eu-west-1"}, "eu-west-1 is not a region of the inventory"),
    ],
)
def test_one_of_another_run_is_not_followed(path: pathlib.Path, changes: dict[str, t.Any], said: str) -> None:
    written = journal(**changes)
    put(path, written.describe())
    refused(path, marked(written), said)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "../../../escaped"},
        {"id": "20261125T154012Z-1/../../x"},
        {"id": 5},
        {"phase": "done"},
        {"fault": "rm"},
        {"fault": kinds.SWITCH},
        {"region": "evil.example.com#"},
        {"deadline": "soon"},
        {"text": ["a"]},
        {"tagged": [{"service": "iam", "region": REGION, "resource": "x"}]},
        {"tagged": [{"service": "ec2", "region": "u@evil.example", "resource": "sg-1"}]},
        {"undo": {"kind": kinds.BLOCK_ALB, "region": REGION, "data": []}},
        {"more": "than there is"},
    ],
    ids=str,
)
def test_what_no_drill_writes_is_not_followed(path: pathlib.Path, changes: dict[str, t.Any]) -> None:
    put(path, {**journal().describe(), **changes})
    refused(path, FakeAws(), "cannot be read")
    assert sorted(item.name for item in path.parent.parent.rglob("*") if item.suffix == ".json") == [path.name]


def external(**data: t.Any) -> Journal:
    undo = Undo(kind=kinds.EXTERNAL, region=REGION, data=data)
    return journal(kinds.EXTERNAL, undo=undo, tagged=())


def test_a_command_in_a_journal_is_not_run(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    ran = tmp_path / "ran"
    put(path, external(command=["touch", str(ran)]).describe())
    heal_leftover(path, RUN, FakeAws(), NoWait(), by="test")
    put(path, external(command=["touch", str(ran)], by_command=True).describe())
    refused(path, FakeAws(), "the inventory has no drill_heal_command")
    assert not ran.exists()


def test_the_command_of_the_inventory_is(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    ran = tmp_path / "ran"
    put(path, external(by_command=True).describe())
    heal_leftover(path, dataclasses.replace(RUN, command=("touch", str(ran))), FakeAws(), NoWait(), by="test")
    assert ran.exists()


def test_a_drill_that_lives_follows_what_it_remembers(path: pathlib.Path) -> None:
    mine = journal()
    aws = marked(mine)
    undo = Undo(kind=kinds.BLOCK_ALB, region=REGION, data={"groups": {"sg-foreign": ANYWHERE}})
    put(path, dataclasses.replace(mine, undo=undo).describe())
    assert heal_mine(path, mine, aws, NoWait(), by="guardian")
    assert aws.state() == FakeAws().state()


@pytest.mark.parametrize("where", ["the journal", "the folder", "nowhere"])
def test_a_link_is_not_followed_to_a_journal(path: pathlib.Path, tmp_path: pathlib.Path, where: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    put(elsewhere / path.name, journal().describe())
    if where == "the folder":
        path.parent.symlink_to(elsewhere)
        with pytest.raises(JournalError):
            heal_leftover(path, RUN, FakeAws(), NoWait(), by="test")
        return
    path.parent.mkdir()
    path.symlink_to(elsewhere / ("none" if where == "nowhere" else path.name))
    refused(path, FakeAws(), "is a link")


def test_a_pipe_keeps_nobody_waiting(path: pathlib.Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    refused(path, FakeAws(), "not an ordinary file")


def test_a_journal_without_end_is_not_read(path: pathlib.Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b" " * 2_000_000)
    refused(path, FakeAws(), "more than 1048576 bytes")


@pytest.mark.parametrize(
    "link", ["drill-journals", f".{journals.NAME}.{os.getpid()}", ".drill-healing.lock"], ids=["folder", "file", "lock"]
)
def test_nothing_is_written_through_a_link(path: pathlib.Path, tmp_path: pathlib.Path, link: str) -> None:
    written = journal()
    aws = marked(written)
    put(path, written.describe())
    victim = tmp_path / "victim"
    if link == "drill-journals":
        victim.mkdir()
    else:
        victim.write_text("theirs")
    (path.parent / link).symlink_to(victim)
    with contextlib.suppress(JournalError):
        journals.update(path, written)
        heal_leftover(path, RUN, aws, NoWait(), by="test")
    assert list(victim.iterdir()) == [] if victim.is_dir() else victim.read_text() == "theirs"


def test_files_are_for_their_owner_alone(path: pathlib.Path) -> None:
    written = journal()
    journals.open_new(path, written)
    heal_leftover(path, RUN, marked(written), NoWait(), by="test")
    journals.open_new(path, written)
    private_files.append(path.with_name("drill-guardian.log"), "a line\n")
    modes = {item.name: stat.S_IMODE(item.lstat().st_mode) for item in (path.parent, *path.parent.rglob("*"))}
    assert modes == {
        "dev": 0o700,
        "drill-journals": 0o700,
        f"{written.id}.json": 0o600,
        journals.NAME: 0o600,
        "drill-guardian.log": 0o600,
        ".drill-healing.lock": 0o600,
    }


@pytest.mark.parametrize("search", ["", "."])
def test_the_guardian_imports_nothing_that_lies_beside_the_journal(
    path: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, search: str
) -> None:
    journals.open_new(path, journal())
    imported = tmp_path / "imported"
    for name in ("json", "botocore", "select", "sitecustomize", "module_utils"):
        (path.parent / f"{name}.py").write_text(f"open({str(imported)!r}, 'w')\n")
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("PYTHONPATH", search)
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    with pytest.raises(GuardianError, match="EndpointConnectionError"):
        start_guardian(path, journal(), keys)
    assert not imported.exists()
