# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `.ci/run` finds on a machine before it installs anything."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "run"
# Far more than fits into a pipe: it is still printing when the version it was asked for has gone by.
PYENV = """#!/bin/sh
echo 9.8.7
yes 9.9.9 | head -n 100000
"""


@pytest.mark.parametrize(("version", "there"), [("9.8", True), ("9.7", False)])
def test_a_python_of_pyenv_is_there_however_many_it_lists(tmp_path: Path, version: str, there: bool) -> None:
    pyenv = tmp_path / "pyenv"
    pyenv.write_text(PYENV, encoding="utf-8")
    pyenv.chmod(0o755)
    function = re.search(r"^has_python\(\).*?^}$", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert function
    script = f"set -euo pipefail\n{function.group()}\nhas_python {version}"
    found = subprocess.run(
        ["/bin/bash", "-c", script], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, stderr=subprocess.DEVNULL, check=False
    )
    assert (found.returncode == 0) is there
