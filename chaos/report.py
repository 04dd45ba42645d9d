# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as Markdown, for the terminal and for docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.report import table
from chaos.scenarios import SCENARIOS
from chaos.verdict import Judged, Verdict

_VERSIONS = ("python", "ansible-core", "boto3", "botocore", "moto")


def rows(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Counts by scenario, as they are stored."""
    return [
        {
            "scenario": name,
            "trials": len({one.trial for one in judged if one.trial.scenario == name}),
            "runs": sum(one.trial.scenario == name for one in judged),
            **{
                verdict.value: sum(one.trial.scenario == name and one.verdict is verdict for one in judged)
                for verdict in Verdict
            },
        }
        for name in SCENARIOS
        if any(one.trial.scenario == name for one in judged)
    ]


def counts(found: Iterable[Mapping[str, Any]]) -> str:
    """The table of counts."""
    columns = ["trials", "runs", *(verdict.value for verdict in Verdict)]
    lines = [[SCENARIOS[row["scenario"]].title, *(str(row[column]) for column in columns)] for row in found]
    return table(["disturbed by", *columns], lines)


def problems(judged: Iterable[Judged]) -> str:
    """The runs to fix, each with the command that repeats it."""
    return "\n\n".join(
        f"{one.what}: {one.verdict.value}\n{one.detail}\n  {one.trial.command}" for one in judged if one.bad
    )


def sections(data: Mapping[str, Any]) -> dict[str, str]:
    """Sections by the names of their markers."""
    about = data["machine"]
    versions = ", ".join(f"{name} {data['versions'][name]}" for name in _VERSIONS)
    return {
        "counts": counts(data["rows"]),
        "machine": (
            f"Run on {data['date']}, seeds from 1 on, on {about['cores']} cores, {about['memory_gib']} GiB, "
            f"{about['system']}. {versions}."
        ),
    }
