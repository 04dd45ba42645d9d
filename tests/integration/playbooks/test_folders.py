# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of a checkout run from any folder: Ansible finds the collection beside them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.playbook_server import ROOT

pytestmark = pytest.mark.once


@pytest.mark.parametrize("folder", ["inventories", "docs/iam"])
def test_a_playbook_runs_from_a_subfolder(folder: str, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "ansible-playbook"), str(ROOT / "site.yml"), "--syntax-check"]
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment = {**inherited, "ANSIBLE_LOCAL_TEMP": str(tmp_path)}
    done = subprocess.run(
        [*command, "-i", str(ROOT / "inventories" / "dev")],
        cwd=ROOT / folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
