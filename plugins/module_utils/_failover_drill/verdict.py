# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a failover was what it should be. Pure."""

from __future__ import annotations

import typing as t

from .budget import Budget
from .timeline import Measured

PASSED: t.Final = "passed"
FAILED: t.Final = "failed"


def judge(measured: Measured, budget: Budget, region: str, standby: str, troubles: t.Sequence[str] = ()) -> list[str]:
    """Why the drill failed; empty if it passed.

    The probes ask anew every time, as a user does whose resolver has nothing in its cache. A user whose resolver has
    asked just before the move keeps the old answer for the TTL: that is added before the total is compared.

    :param troubles: what went wrong with the drill itself.
    """
    reasons = list(troubles)
    moved, traffic = measured.dns_moved_seconds, measured.all_traffic_moved_seconds
    if moved is None:
        reasons.append(f"DNS never came to answer {standby}")
    elif moved > budget.detection_seconds:
        reasons.append(f"DNS answered {standby} after {moved:.0f} s, and not within {budget.detection_seconds:.0f} s")
    if moved is not None and traffic is None:
        reasons.append(f"requests did not all come to be answered by {standby}")
    elif traffic is not None and traffic + budget.ttl_seconds > budget.total_seconds:
        reasons.append(
            f"requests were all answered by {standby} after {traffic:.0f} s, {budget.ttl_seconds} s later for users "
            f"whose resolvers keep answers: more than {budget.total_seconds:.0f} s"
        )
    if measured.dns_back_seconds is None:
        reasons.append(f"after the healing DNS did not come to answer {region} again")
    elif measured.all_traffic_back_seconds is None:
        reasons.append(f"after the healing requests did not all come to be answered by {region} again")
    return reasons


def verdict(reasons: t.Sequence[str]) -> str:
    """PASSED or FAILED."""
    return FAILED if reasons else PASSED
