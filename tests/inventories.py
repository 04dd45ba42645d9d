# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that tests and benchmarks run for."""

from __future__ import annotations

import shutil
from pathlib import Path

DEV = Path(__file__).resolve().parents[1] / "inventories" / "dev"


def over_http(copy: Path) -> Path:
    """A copy of inventories/dev without HTTPS, which takes longer and has tests of its own, such as test_https.py."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(DEV, copy)
    variables = copy / "group_vars" / "all.yml"
    lines = variables.read_text(encoding="utf-8").splitlines(keepends=True)
    variables.write_text("".join(line for line in lines if not line.startswith("app_https:")), encoding="utf-8")
    return copy
