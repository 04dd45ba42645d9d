# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS takes in cron(…), by the examples of its user guides, and what it does not."""

from __future__ import annotations

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.cron import problem_of


@pytest.mark.parametrize(
    "expression",
    [
        "0 10 * * ? *",
        "15 12 * * ? *",
        "0 18 ? * MON-FRI *",
        "0 8 1 * ? *",
        "0/15 * * * ? *",
        "0/10 * ? * MON-FRI *",
        "0/5 8-17 ? * mon-fri *",
        "0,30 8 ? JAN,DEC SUN 2030-2040",
        "15 10 ? * 6L 2030-2035",
        "15 10 L * ? *",
        "0 9 3W * ? *",
        "0 9 ? * 3#2 *",
        "0 0 ? * FRI-MON *",
    ],
)
def test_what_aws_takes(expression: str) -> None:
    assert problem_of(expression.split()) == ""


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("60 10 * * ? *", "60 is no minute, which is 0 to 59"),
        ("0 25 * * ? *", "25 is no hour, which is 0 to 23"),
        ("0 8 0 * ? *", "0 is no day of the month, which is 1 to 31"),
        ("0 8 ? 13 MON *", "13 is no month, which is 1 to 12"),
        ("0 8 ? * MO-FR *", "MO-FR is no day of the week, which is 1 to 7"),
        ("0 8 ? * 0 *", "0 is no day of the week, which is 1 to 7"),
        ("0 8 ? * MON 1969", "1969 is no year, which is 1970 to 2199"),
        ("? 8 ? * MON *", "? is no minute, which is 0 to 59"),
        ("0/x 8 ? * MON *", "0/X is no minute, which is 0 to 59"),
        ("0,, 8 ? * MON *", " is no minute, which is 0 to 59"),
        ("0 8 * * * *", "either the day of the month or the day of the week has to be ?"),
        ("0 8 * * MON *", "either the day of the month or the day of the week has to be ?"),
    ],
)
def test_what_it_does_not(expression: str, problem: str) -> None:
    assert problem_of(expression.split()) == problem
