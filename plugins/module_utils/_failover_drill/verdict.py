# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a drill passed. Pure."""

from __future__ import annotations

import typing as t

from .budget import Budget
from .timeline import Measured

PASSED: t.Final = "passed"
FAILED: t.Final = "failed"


def judge(measured: Measured, budget: Budget, region: str, standby: str, troubles: t.Sequence[str] = ()) -> list[str]:
    """Why the drill failed; empty if it passed.

    The probes resolve the name every time, as a user does whose resolver has nothing cached. A resolver that asked just
    before the move keeps the old answer for the TTL: that is added before the total is compared.

    :param troubles: what went wrong with the drill itself.
    """
    reasons = list(troubles)
    moved, traffic = measured.dns_moved_seconds, measured.all_traffic_moved_seconds
    if moved is None:
        reasons.append(f"DNS never settled on {standby}")
    elif moved > budget.detection_seconds:
        reasons.append(f"DNS answered {standby} after {moved:.0f} s, not within {budget.detection_seconds:.0f} s")
    if moved is not None and traffic is None:
        reasons.append(f"{standby} never answered all requests")
    elif traffic is not None and traffic + budget.ttl_seconds > budget.total_seconds:
        reasons.append(
            f"{standby} answered all requests after {traffic:.0f} s, {budget.ttl_seconds} s later for users whose "
            f"resolvers cache answers: more than {budget.total_seconds:.0f} s"
        )
    if measured.dns_back_seconds is None:
        reasons.append(f"DNS did not answer {region} again after healing")
    elif measured.all_traffic_back_seconds is None:
        reasons.append(f"{region} did not answer all requests again after healing")
    return reasons


def verdict(reasons: t.Sequence[str]) -> str:
    """PASSED or FAILED."""
    return FAILED if reasons else PASSED
