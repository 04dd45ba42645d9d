# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS did: a report for people, and the same as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.account.experiment import Experiment, Finding


@dataclass(frozen=True)
class Result:
    """An experiment that was made. `problem` says why there is no finding."""

    experiment: Experiment
    seconds: float
    finding: Finding | None = None
    problem: str = ""

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if self.finding is None:
            return "no answer"
        return {True: "as expected", False: "NOT as expected", None: "answered"}[self.finding.as_expected]


def as_json(head: dict[str, Any], results: Sequence[Result], left: Sequence[str]) -> str:
    """The whole of it."""
    experiments = [
        {
            "name": item.experiment.name,
            "question": item.experiment.question,
            "source": item.experiment.source,
            "expected": item.experiment.expected,
            "verdict": item.verdict,
            "seconds": round(item.seconds, 1),
            "answer": item.finding.answer if item.finding else None,
            "seen": dict(item.finding.seen) if item.finding else {},
            "problem": item.problem,
        }
        for item in results
    ]
    return json.dumps({**head, "experiments": experiments, "left_behind": list(left)}, indent=2) + "\n"


def as_markdown(head: dict[str, Any], results: Sequence[Result], left: Sequence[str]) -> str:
    """For people."""
    lines = ["# What AWS did", "", *(f"- {key}: {value}" for key, value in head.items()), ""]
    for item in results:
        lines += [
            f"## {item.experiment.name}: {item.verdict}",
            "",
            item.experiment.question,
            "",
            f"- AWS documents: {item.experiment.source}",
            f"- Done: {item.experiment.does}",
            f"- Expected: {item.experiment.expected}",
            f"- Answer, after {item.seconds:.0f} s: {item.finding.answer if item.finding else item.problem}",
            "",
        ]
        if item.finding and item.finding.seen:
            lines += ["```json", json.dumps(item.finding.seen, indent=2), "```", ""]
    lines += ["## Left behind", "", *(f"- {line}" for line in left or ["nothing"]), ""]
    return "\n".join(lines)
