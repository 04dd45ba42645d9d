# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging health: what is said in unknown words is not known."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._route53 import health, status_metric

GOOD, BAD, ODD = "Success: HTTP Status Code 200, OK", "Failure: Connection timed out.", "The alarm is in state OK"
NOON = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)


def seen(*texts: str) -> list[dict[str, t.Any]]:
    return [{"StatusReport": {"Status": text}} for text in texts]


@pytest.mark.parametrize(
    ("texts", "config", "healthy"),
    [
        ((), {}, True),
        ((GOOD,), {}, True),
        ((BAD,), {}, False),
        ((GOOD, BAD, BAD, BAD, BAD), {}, True),
        ((ODD,), {}, None),
        (("",), {}, None),
        ((ODD,), {"Inverted": True}, None),
        ((ODD,), {"Disabled": True}, True),
        ((BAD,), {"Inverted": True}, True),
        # Where the known words are enough, others do not matter.
        ((GOOD, ODD), {}, True),
        ((BAD,) * 9 + (ODD,), {}, False),
        ((BAD, ODD), {}, None),
    ],
)
def test_unknown_words_are_neither_healthy_nor_unhealthy(
    texts: tuple[str, ...], config: dict[str, t.Any], healthy: bool | None
) -> None:
    assert health.is_healthy(seen(*texts), config) is healthy


@pytest.mark.parametrize(
    ("healthy", "region"),
    [
        ((None, True), None),
        ((True, None), "a"),
        ((False, None), None),
        ((None, False), "a"),  # the first, healthy or as the last resort
        ((False, False), "a"),
        ((False, True), "b"),
    ],
)
def test_who_serves_where_health_is_not_known(healthy: tuple[bool | None, ...], region: str | None) -> None:
    assert health.serving("ab", dict(zip("ab", healthy, strict=True))) == region


@pytest.mark.parametrize(("values", "healthy"), [([1.0, 0.0], True), ([0.0, 1.0], False), ([], None)])
def test_the_newest_value_of_the_metric_says_what_unknown_words_do_not(
    values: list[float], healthy: bool | None
) -> None:
    answer = {"MetricDataResults": [{"Id": "status", "Values": values}]}
    found = status_metric.with_metric_status(seen(ODD), answer)
    assert health.is_healthy(found) is healthy
    assert ODD in health.status_text(found[0])
    assert status_metric.metric_request("check-1", NOON)["ScanBy"] == "TimestampDescending"
