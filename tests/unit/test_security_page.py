# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/security.md has an answer to what checkov finds: tests/integration/equal_work/test_imported.py compares them."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
_ID = re.compile(r"\bCKV2?_AWS_\d+\b")


def answered() -> set[str]:
    """The findings in the table."""
    rows = [line for line in _PAGE.read_text().splitlines() if line.startswith("| CKV")]
    return {found for row in rows for found in _ID.findall(row)}


def test_the_table_has_findings() -> None:
    assert {"CKV_AWS_150", "CKV_AWS_91", "CKV2_AWS_28"} <= answered()
