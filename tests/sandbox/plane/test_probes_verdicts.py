# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a load balancer's prober judges: one good answer at first, thresholds later."""

from __future__ import annotations

import pytest

from sandbox.plane.verdicts import FAILED, TIMEOUT, WELL, Verdict, accepts, of_status


def judged(probes: str, healthy: int = 3, unhealthy: int = 2) -> str:
    """The verdicts after each probe: `+` good, `-` bad; `?` none yet."""
    verdict, found = Verdict(), ""
    for probe in probes:
        verdict = verdict.after(WELL if probe == "+" else FAILED, healthy, unhealthy)
        found += {None: "?", True: "+", False: "-"}[verdict.healthy]
    return found


@pytest.mark.parametrize(
    ("probes", "verdicts"),
    [
        ("+", "+"),
        ("--", "?-"),
        ("-+", "?+"),
        ("+-+-+-", "++++++"),
        ("+--", "++-"),
        ("+--++-+++", "++-----" + "-+"),
        ("+--+++--", "++---++-"),
    ],
)
def test_verdicts(probes: str, verdicts: str) -> None:
    assert judged(probes) == verdicts


@pytest.mark.parametrize("threshold", range(2, 11))
def test_as_many_in_a_row_as_the_threshold_says(threshold: int) -> None:
    bad = judged("+" + "-" * threshold, unhealthy=threshold)
    assert bad == "+" * threshold + "-"
    good = judged("--" + "+" * threshold, healthy=threshold)
    assert good == "?-" + "-" * (threshold - 1) + "+"


@pytest.mark.parametrize(
    ("matcher", "status", "accepted"),
    [
        ("200", 200, True),
        ("200", 201, False),
        ("200-299", 299, True),
        ("200-299", 300, False),
        ("200,301", 301, True),
        ("200,301", 302, False),
        ("200-204,301-302", 302, True),
        ("200-204,301-302", 205, False),
    ],
)
def test_matchers(matcher: str, status: int, accepted: bool) -> None:
    assert accepts(matcher, status) is accepted


def test_reasons_are_those_of_aws() -> None:
    assert of_status(200, "200") == WELL
    wrong = of_status(503, "200-299")
    assert (wrong.well, wrong.reason) == (False, "Target.ResponseCodeMismatch")
    assert wrong.description == "Health checks failed with these codes: [503]"
    assert TIMEOUT.reason == "Target.Timeout"
    assert FAILED.reason == "Target.FailedHealthChecks"
