# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides for contributors name files, folders and make targets: they are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("CONTRIBUTING.md", "docs/development.md")
# Paths in the guides begin in one of these.
STARTS = (ROOT, ROOT / "plugins" / "module_utils", ROOT / "roles" / "alb")


@pytest.mark.parametrize("guide", GUIDES)
def test_the_files_that_a_guide_names_exist(guide: str) -> None:
    text = (ROOT / guide).read_text()
    # Addresses of resources (vpc/main) look like paths.
    named = {name for name in re.findall(r"`([\w./-]+/[\w./-]*)`", text) if not name.endswith("/main")}
    links = {str((ROOT / guide).parent / link) for link in re.findall(r"\]\((?!http)([^)#]+)", text)}
    assert named
    missing = {name for name in named | links if not any((start / name).exists() for start in STARTS)}
    assert missing == set()


@pytest.mark.parametrize("guide", GUIDES)
def test_the_make_targets_that_a_guide_names_exist(guide: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", (ROOT / guide).read_text())) <= targets
