# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plot of how runs grow."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from benchmarks import scale
from benchmarks.contenders import ROOT
from benchmarks.results import Measurement

RESULTS = ROOT / "benchmarks" / "results" / "latest.json"


def test_it_is_drawn_of_results_as_they_are_kept(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="only the benchmark's own requirements have it")
    kept = json.loads(RESULTS.read_text())["scale"]
    scale.plot(kept["regions"], kept["services"], tmp_path / "scale.svg")
    assert (tmp_path / "scale.svg").read_text().startswith("<?xml")


def test_it_asks_for_what_is_measured() -> None:
    measured = {field.name for field in fields(Measurement)}
    assert {number for number, _label in scale.COLUMNS} <= measured
