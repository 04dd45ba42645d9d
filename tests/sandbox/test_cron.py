# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedule expressions: examples of Amazon EventBridge's user guide, and their edges."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.cron import next_due

# A Thursday
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "timezone", "due"),
    [
        ("at(2026-11-26T12:30:00)", "UTC", "2026-11-26T12:30"),
        ("at(2026-11-26T13:30:00)", "Europe/Berlin", "2026-11-26T12:30"),
        ("at(2026-11-26T12:00:00)", "UTC", None),
        ("rate(5 minutes)", "UTC", "2026-11-26T12:05"),
        ("rate(1 hour)", "UTC", "2026-11-26T13:00"),
        ("cron(0 12 * * ? *)", "UTC", "2026-11-27T12:00"),
        ("cron(0 10 ? * * *)", "UTC", "2026-11-27T10:00"),
        ("cron(15 12 * * ? *)", "UTC", "2026-11-26T12:15"),
        ("cron(0 18 ? * MON-FRI *)", "UTC", "2026-11-26T18:00"),
        ("cron(0 8 1 * ? *)", "UTC", "2026-12-01T08:00"),
        ("cron(0/15 * * * ? *)", "UTC", "2026-11-26T12:15"),
        ("cron(0/10 8-11 ? * 2-6 *)", "UTC", "2026-11-27T08:00"),
        ("cron(0 9 ? * 2#1 *)", "UTC", "2026-12-07T09:00"),
        ("cron(0 9 ? * 6L *)", "UTC", "2026-11-27T09:00"),
        ("cron(0 9 L * ? *)", "UTC", "2026-11-30T09:00"),
        ("cron(0 9 ? JAN,jul SUN 2027)", "UTC", "2027-01-03T09:00"),
        ("cron(0 9 ? * * 2025)", "UTC", None),
        ("cron(30 7 ? * MON-FRI *)", "Europe/Berlin", "2026-11-27T06:30"),
        # The 5th and the 6th of December 2026 are a Saturday and a Sunday, the 1st of May 2027 is a Saturday.
        ("cron(0 9 5W * ? *)", "UTC", "2026-12-04T09:00"),
        ("cron(0 9 6W 12 ? 2026)", "UTC", "2026-12-07T09:00"),
        ("cron(0 9 1W 5 ? 2027)", "UTC", "2027-05-03T09:00"),
        ("cron(0 9 31W 1 ? 2027)", "UTC", "2027-01-29T09:00"),
        ("cron(0 9 31W 2 ? 2027)", "UTC", None),
        ("cron(0 22 * * ? *)", "Asia/Tokyo", "2026-11-26T13:00"),
    ],
)
def test_the_next_moment(expression: str, timezone: str, due: str | None) -> None:
    found = next_due(expression, timezone, NOW)
    assert found == (datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None)


@pytest.mark.parametrize(
    ("expression", "timezone"),
    [
        ("cron(0 9 XW * ? *)", "UTC"),
        ("cron(0 9 40W * ? *)", "UTC"),
        ("cron(0 9 ? * 2#6 *)", "UTC"),
        ("cron(0 9 ? * MOO *)", "UTC"),
        ("cron(0 9 * * * *)", "UTC"),
        ("cron(75 9 * * ? *)", "UTC"),
        ("cron(0 9 5-1 * ? *)", "UTC"),
        ("at(2026-13-01T00:00:00)", "UTC"),
        ("cron(0 9 * * ? *)", "Europe/Atlantis"),
        ("cron(0 9 * * ? *)", "Europe"),
        ("cron(0 9 * * ? *)", "../UTC"),
    ],
)
def test_what_is_none_is_refused(expression: str, timezone: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        next_due(expression, timezone, NOW)


def test_a_time_zone_has_its_summer() -> None:
    july = datetime(2026, 7, 1, tzinfo=UTC)
    assert next_due("cron(30 7 ? * * *)", "Europe/Berlin", july) == datetime(2026, 7, 1, 5, 30, tzinfo=UTC)
