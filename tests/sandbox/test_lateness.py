# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine that does not keep up is told of, with what to do."""

from __future__ import annotations

import pytest

from sandbox.lateness import verdict


@pytest.mark.parametrize(
    ("looks", "speed"),
    [([], 10), ([0.01] * 600, 10), ([5.0, 5.0, *[0.0] * 100], 10), ([0.9] * 10, 1), ([0.4] * 600, 100)],
    ids=["no look yet", "in time", "two pauses", "slow time waits longer", "probes wait a second at least"],
)
def test_what_keeps_up_is_not_slow(looks: list[float], speed: float) -> None:
    assert verdict(looks, speed) == ""


def test_what_is_late_again_and_again_is() -> None:
    assert verdict([0.0, 0.6, 0.6, 0.62], 10) == (
        "This machine is too slow for --speed 10: the data plane is up to 0.6 s late, so that health checks may fail "
        "without a cause: start it again with --speed 5."
    )
    assert verdict([1.5] * 3, 1).endswith("stop other programs.")
