# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that run in several processes: each runs once, and whatever becomes of one is said."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = """
    import os
    import pytest
    from tests.forks import Forks

    def pytest_configure(config):
        config.pluginmanager.register(Forks(config, 2, lambda item: str(item.path)))

    @pytest.fixture(scope="session")
    def server():
        yield os.getpid()
        if os.environ.get("BREAK"):
            raise RuntimeError("the server does not end")

    @pytest.fixture(scope="module")
    def stack():
        return []
"""
SHARING = """
    import os
    import warnings

    def test_first(server, stack, tmp_path):
        stack.append(server)

    def test_second(server, stack, tmp_path):
        print("said by a test")
        warnings.warn("a warning of a test")
        assert stack == [os.getpid()] == [server]
"""
FAILING = """
    import os

    def test_that_fails(server):
        print("said before it failed")
        assert 1 + 1 == 3

    def test_that_ends_its_process():
        os._exit(0)

    def test_after_it(server):
        assert server == os.getpid()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("conftest", CONFTEST), ("test_one", SHARING), ("test_two", SHARING)):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--color=no", "-p", "no:cacheprovider", *arguments, str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_group_shares_what_is_made_once(folder: Path) -> None:
    code, said = run(folder)
    assert code == 0, said
    assert "4 passed, 2 warnings" in said
    assert "UserWarning: a warning of a test" in said
    assert "said by a test" not in said


def test_what_fails_is_said_and_all_others_run(folder: Path) -> None:
    (folder / "test_failing.py").write_text(textwrap.dedent(FAILING), encoding="utf-8")
    code, said = run(folder, BREAK="1")
    assert code == 1, said
    assert "4 failed, 5 passed" in said
    # Two of them are tests; two processes cannot end their server.
    assert "the process of this test has ended" in said
    assert "said before it failed" in said
    assert "assert (1 + 1) == 3" in said
    assert "RuntimeError: the server does not end" in said


def test_after_the_first_failure_no_more_is_begun(folder: Path) -> None:
    (folder / "test_a_failing.py").write_text(textwrap.dedent(FAILING), encoding="utf-8")
    code, said = run(folder, "-x")
    assert code == 1, said
    assert "1 failed" in said
    assert "has ended" not in said
    assert "stopping after 1 failures" in said
