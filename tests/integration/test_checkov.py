# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What checkov finds in a stack with the defaults of this collection: docs/security.md has an answer to all of it.

Over the plan of a deployed stack: equal_work/test_imported.py.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKOV = shutil.which("checkov")
_ID = re.compile(r"\bCKV2?_AWS_\d+\b")

pytestmark = pytest.mark.once


def answered() -> set[str]:
    """The findings in the table."""
    rows = [line for line in (ROOT / "docs" / "security.md").read_text().splitlines() if line.startswith("| CKV")]
    return {found for row in rows for found in _ID.findall(row)}


def test_the_table_has_findings() -> None:
    assert {"CKV_AWS_150", "CKV_AWS_91", "CKV2_AWS_28"} <= answered()


def findings(*arguments: str) -> dict[str, str]:
    """What checkov says of what the arguments name, by its id."""
    command = [str(CHECKOV), *arguments, "--output", "json", "--quiet", "--compact", "--skip-download"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    report = json.loads(done.stdout)
    assert report["summary"]["resource_count"] > 50, done.stderr
    assert not report["summary"]["parsing_errors"]
    return {
        finding["check_id"]: f"{finding['check_name']}: {finding['resource']}"
        for finding in report["results"]["failed_checks"]
    }


@pytest.mark.skipif(CHECKOV is None, reason="checkov is not on PATH")
def test_every_finding_of_checkov_is_answered() -> None:
    """It reads the HCL that benchmarks/equal_work.yml holds equal to what this collection deploys."""
    found = findings("--directory", str(ROOT / "benchmarks" / "terraform"), "--framework", "terraform")
    assert found
    assert {key: text for key, text in found.items() if key not in answered()} == {}
