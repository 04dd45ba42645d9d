# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled code in a file that processes share."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.worker import bytecode, kept
from ansible_collections.everlook.failover.plugins.plugin_utils.worker.kept import Kept


def code(text: str) -> CodeType:
    return compile(text, "<string>", "eval")


def test_processes_share_what_they_have_compiled(tmp_path: Path) -> None:
    one, other = Kept(tmp_path, "sums"), Kept(tmp_path, "sums")
    one["1 + 1"] = code("1 + 1")
    assert "1 + 1" in other
    other["2 + 2"] = code("2 + 2")
    assert "2 + 2" in one
    assert eval(Kept(tmp_path, "sums")["2 + 2"]) == 4
    assert "3 + 3" not in one
    assert "1 + 1" not in Kept(tmp_path, "others")


@pytest.mark.parametrize("rest", [b"\0", b"(", b"not marshal"])
def test_a_damaged_file_is_given_up(tmp_path: Path, rest: bytes) -> None:
    Kept(tmp_path, "sums")["1 + 1"] = code("1 + 1")
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes() + rest)
    assert "2 + 2" not in Kept(tmp_path, "sums")
    assert not path.exists()


def test_a_file_that_has_grown_for_long_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Kept(tmp_path, "sums")["1 + 1"] = code("1 + 1")
    monkeypatch.setattr(kept, "_TOO_LARGE", 10)
    assert "1 + 1" not in Kept(tmp_path, "sums")


def test_a_folder_where_nothing_can_be_written(tmp_path: Path) -> None:
    here = Kept(tmp_path / "missing", "sums")
    here["1 + 1"] = code("1 + 1")
    assert "1 + 1" in here


@pytest.mark.parametrize(("package", "files"), [("others", 0), (bytecode.__name__.rpartition(".worker.")[0], 1)])
def test_methods_of_our_data_classes_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, files: int
) -> None:
    monkeypatch.setattr(bytecode, "folder", lambda: tmp_path)
    monkeypatch.setattr(dataclasses, "exec", None, raising=False)
    monkeypatch.delattr(dataclasses, "exec")
    bytecode.install_methods()
    bytecode.install_methods()
    name = f"{package}.sizes"
    monkeypatch.setitem(sys.modules, name, ModuleType(name))
    for _ in range(2):
        members = {"__module__": name, "__annotations__": {"cpu": int, "memory": int}, "memory": 512}
        made: Any = dataclasses.dataclass(frozen=True)(type("Size", (), members))
        assert made(256) == made(256, memory=512) != made(512)
        assert repr(made(256)) == "Size(cpu=256, memory=512)"
        with pytest.raises(dataclasses.FrozenInstanceError):
            made(256).cpu = 1
        assert len(list(tmp_path.iterdir())) == files
