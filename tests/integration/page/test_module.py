# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as playbooks call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.everlook.failover.plugins.plugin_utils.files import replace
from tests.unit.page import states

ROOT = Path(__file__).resolve().parents[3]
ANSIBLE = Path(sys.executable).with_name("ansible")


def run(directory: Path, *flags: str) -> dict[str, t.Any]:
    """What failover_page returns."""
    options = f"stack=hello environment=dev directory={directory}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible" / "collections"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.oneline",
        "ANSIBLE_LOCALHOST_WARNING": "false",
    }
    done = subprocess.run(
        [ANSIBLE, "localhost", "-m", "everlook.failover.failover_page", "-a", options, *flags],
        env=environment,
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    head, _arrow, result = done.stdout.partition("=> ")
    return {**json.loads(result), "failed": "FAILED" in head}


def test_it_draws_what_there_is_and_nothing_in_check_mode(tmp_path: Path) -> None:
    reports = states.healthy()
    for name in ("deployment", "status", "drill"):
        replace(tmp_path / "dev" / f"{name}.json", json.dumps(getattr(reports, name)))
    page = tmp_path / "dev" / "index.html"
    expected = {
        "changed": False,
        "failed": False,
        "path": str(page),
        "reports": ["deployment.json", "status.json", "drill.json"],
        "sentence": "All is well: us-east-1 serves dev.example.com, and us-west-1 is ready to take over.",
    }
    assert run(tmp_path, "--check") == expected
    assert not page.exists()
    assert run(tmp_path) == expected
    assert f"<title>hello in dev: {expected['sentence']}</title>" in page.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "dev").write_text("in the way")
    found = run(tmp_path)
    assert found["failed"]
    assert str(tmp_path / "dev") in found["msg"]


def test_a_report_of_another_kind_names_the_folder_and_the_remedy(tmp_path: Path) -> None:
    document = {**states.healthy().status, "regions": "none"}
    replace(tmp_path / "dev" / "status.json", json.dumps(document))
    found = run(tmp_path)
    assert found["failed"]
    assert f"one of status.json in {tmp_path / 'dev'}" in found["msg"]
    assert "Move it away" in found["msg"]
