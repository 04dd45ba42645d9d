# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Matrices whose rows repeat one mechanism: `make test` runs some rows of each, always the same ones.

The others are marked ``exhaustive``, as are second scenarios of what is tested anyway. `make exhaustive` runs them:
`.ci/run` on one of its Pythons, and every night.
So it is with the examples of Hypothesis, of which `make test` tries a third.
"""

from __future__ import annotations

import typing as t

import hypothesis
import pytest
from _pytest.mark.structures import ParameterSet

Row = t.TypeVar("Row")

_EXAMPLES: t.Final = 100
_SAMPLE: t.Final = 34
# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("whole", deadline=None, max_examples=_EXAMPLES)
hypothesis.settings.register_profile("sample", deadline=None, max_examples=_SAMPLE)


def choose_examples(marks: str) -> None:
    """Whether a run whose tests are chosen by these marks tries all examples, for tests that are imported later."""
    hypothesis.settings.load_profile("sample" if "not exhaustive" in marks else "whole")


def examples(number: int) -> hypothesis.settings:
    """For a property that wants another number of examples than the usual hundred; a third of them in the sample."""
    usual = hypothesis.settings().max_examples
    return hypothesis.settings(max_examples=max(number * usual // _EXAMPLES, 1))


def one_of_each(rows: t.Iterable[Row], *kinds: t.Callable[[Row], t.Hashable]) -> list[ParameterSet]:
    """Rows for ``parametrize``. In the sample is the first row of each kind, in every sense of kind."""
    seen: set[tuple[int, t.Hashable]] = set()
    found = []
    for row in rows:
        its = {(sense, kind(row)) for sense, kind in enumerate(kinds)}
        found.append(_row(row, sample=not its <= seen))
        seen |= its
    return found


def first_and_last(rows: t.Sequence[t.Any]) -> list[ParameterSet]:
    """Rows for ``parametrize``. In the sample are the first row and the last."""
    return [_row(row, sample=place in (0, len(rows) - 1)) for place, row in enumerate(rows)]


def every_third(rows: t.Iterable[t.Any]) -> list[ParameterSet]:
    """Rows for ``parametrize``. In the sample is every third row, from the first on."""
    return [_row(row, sample=place % 3 == 0) for place, row in enumerate(rows)]


def _row(row: t.Any, *, sample: bool) -> ParameterSet:
    marks = () if sample else (pytest.mark.exhaustive,)
    if isinstance(row, ParameterSet):
        return pytest.param(*row.values, id=row.id, marks=(*row.marks, *marks))
    values = row if isinstance(row, tuple) else (row,)
    return pytest.param(*values, marks=marks)
