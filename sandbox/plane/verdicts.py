# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's verdict on a target by its answers. Pure.

From the guide of Application Load Balancers, "Health checks for target groups": a new target is healthy after
one good answer; later the thresholds are the consecutive answers that change the verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a probe. `reason` and `description` are AWS's, empty for a healthy target."""

    well: bool
    reason: str = ""
    description: str = ""


WELL = Finding(True)
TIMEOUT = Finding(False, "Target.Timeout", "Request timed out")
FAILED = Finding(False, "Target.FailedHealthChecks", "Health checks failed")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a target: None at first. `run` counts consecutive findings to the contrary."""

    healthy: bool | None = None
    run: int = 0

    def after(self, finding: Finding, healthy_threshold: int, unhealthy_threshold: int) -> Verdict:
        """The verdict after one more probe."""
        if self.healthy is finding.well:
            return replace(self, run=0)
        needed = unhealthy_threshold
        if finding.well:
            needed = 1 if self.healthy is None else healthy_threshold
        if self.run + 1 >= needed:
            return Verdict(finding.well)
        return replace(self, run=self.run + 1)


def of_status(status: int, matcher: str) -> Finding:
    """The finding for an answer with that status code."""
    if accepts(matcher, status):
        return WELL
    return Finding(False, "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


def accepts(matcher: str, status: int) -> bool:
    """Whether the matcher (`200`, `200,301` or `200-299`) lists a status code."""
    for part in matcher.split(","):
        lowest, _, highest = part.partition("-")
        if int(lowest) <= status <= int(highest or lowest):
            return True
    return False
