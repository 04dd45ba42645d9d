# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which reports the page is drawn from."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.files import replace
from ansible_collections.everlook.failover.plugins.plugin_utils.page.draw import read
from tests.unit.page import states


def write(folder: Path, name: str, document: t.Any) -> None:
    replace(folder / name, json.dumps(document))


def test_it_reads_what_there_is(tmp_path: Path) -> None:
    write(tmp_path, "status.json", states.healthy().status)
    write(tmp_path, "drills/2026-11-25T14.json", states.drill(states.Course()))
    write(tmp_path, "drills/2026-11-11T10.json", states.history()[0])
    found = read(tmp_path, "hello", "dev")
    assert found.names == ["status.json"]
    assert [item["fault"] for item in found.drills] == ["block_alb", "stop_tasks"]
    assert found.older_drills == 0


def test_nothing_is_not_an_error(tmp_path: Path) -> None:
    assert read(tmp_path / "dev", "hello", "dev") == states.nothing()


def test_reports_of_another_stack_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "deployment.json", {**states.deployment(), "stack": "shop"})
    assert read(tmp_path, "hello", "dev").names == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stack": "hello", "schema": 2}', "null", "\udcff"])
def test_a_report_that_is_none_is_left_out(tmp_path: Path, text: str) -> None:
    (tmp_path / "drill.json").write_bytes(text.encode(errors="surrogateescape"))
    write(tmp_path, "deployment.json", states.deployment())
    assert read(tmp_path, "hello", "dev").names == ["deployment.json"]


def test_of_many_drills_the_newest_are_read(tmp_path: Path) -> None:
    small = {**states.history()[0], "timeline": [], "dns_timeline": []}
    for number in range(53):
        write(tmp_path, f"drills/{number:03}.json", {**small, "started_at": f"2026-01-01T00:{number:02}:00Z"})
    found = read(tmp_path, "hello", "dev")
    assert (len(found.drills), found.older_drills) == (50, 3)
    assert found.drills[0]["started_at"] == "2026-01-01T00:52:00Z"


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "dev" / "index.html"
    replace(path, "old")
    with path.open() as reader:
        replace(path, "new")
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        replace(path, "new")
    assert list(tmp_path.iterdir()) == [path]
