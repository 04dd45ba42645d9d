# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled templates are kept where bytecode is."""

from __future__ import annotations

import sys
from pathlib import Path

import jinja2
import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.worker import templates


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Python would keep the bytecode of the module; not there yet."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    return tmp_path.joinpath(*Path(templates.__file__).parent.parts[1:])


def test_where_python_has_kept_it(folder: Path) -> None:
    assert templates.cache() is None
    folder.mkdir(parents=True)
    assert isinstance(cache := templates.cache(), jinja2.FileSystemBytecodeCache)
    assert cache.directory == str(folder)


def test_not_where_no_bytecode_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert templates.cache() is None


def test_not_with_the_switch_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    monkeypatch.setenv("EVERLOOK_FAILOVER_IN_WORKER", "false")
    assert templates.cache() is None
