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
        ("cron(0 22 * * ? *)", "Asia/Tokyo", "2026-11-26T13:00"),
    ],
)
def test_the_next_moment(expression: str, timezone: str, due: str | None) -> None:
    found = next_due(expression, timezone, NOW)
    assert found == (datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None)


def test_a_time_zone_has_its_summer() -> None:
    july = datetime(2026, 7, 1, tzinfo=UTC)
    assert next_due("cron(30 7 ? * * *)", "Europe/Berlin", july) == datetime(2026, 7, 1, 5, 30, tzinfo=UTC)
