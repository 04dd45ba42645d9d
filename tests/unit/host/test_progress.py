# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipe through which a module in a process of its own tells what it waits for."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest
from ansible import constants

from ansible_collections.everlook.failover.plugins.module_utils._engine import progress_pipe
from ansible_collections.everlook.failover.plugins.plugin_utils.worker.progress import heard


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))


def test_all_of_another_process_is_heard_before_the_end(tmp_path: pathlib.Path) -> None:
    said: list[str] = []
    code = f"import runpy, sys; tell = runpy.run_path({progress_pipe.__file__!r})['progress_writer'](sys.argv[1])\n"
    code += "for number in range(50): tell(f'line {number} \\u00e9')"
    with heard(said.append) as pipe:
        subprocess.run([sys.executable, "-c", code, pipe], check=True)
    assert said == [f"line {number} \u00e9" for number in range(50)]
    assert list(tmp_path.iterdir()) == []


def test_a_long_message_is_cut_and_no_other_lost() -> None:
    said: list[str] = []
    with heard(said.append) as pipe:
        tell = progress_pipe.progress_writer(pipe)
        tell("\u00e9" * 1000)
        tell("after")
    assert said[0].startswith("\u00e9" * 255)
    assert said[1:] == ["after"]


@pytest.mark.parametrize("what", ["missing", "pipe", None])
def test_nobody_is_waited_for(tmp_path: pathlib.Path, what: str | None) -> None:
    with heard(print) as pipe:
        known = {"missing": str(tmp_path / "missing"), "pipe": pipe, None: None}[what]
    progress_pipe.progress_writer(known)("nobody hears this")


def test_an_error_ends_it() -> None:
    said: list[str] = []

    def fail() -> None:
        with heard(said.append) as pipe:
            progress_pipe.progress_writer(pipe)("before")
            raise ValueError(pipe)

    with pytest.raises(ValueError, match="progress"):
        fail()
    assert said == ["before"]
