# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the judge finds in the end."""

from __future__ import annotations

import typing as t

import pytest
from botocore.exceptions import ReadTimeoutError

from chaos.lab import settled


def _answering(*answers: list[str] | Exception) -> t.Callable[[], list[str]]:
    left = iter(answers)

    def findings() -> list[str]:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return findings


def test_what_passes_in_a_while_is_no_finding() -> None:
    assert settled(_answering(["not yet"], [])) == []
    assert settled(_answering(["never"]), seconds=0) == ["never"]


def test_an_answer_that_does_not_come_in_time_is_asked_for_once_more() -> None:
    late = ReadTimeoutError(endpoint_url="http://127.0.0.1")
    assert settled(_answering(late, [])) == []
    with pytest.raises(ReadTimeoutError):
        settled(_answering(late, late))
