# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a failover may take with the inventory's settings, and whether a drill took longer. Pure.

Route 53 sends a request every interval and changes the status after a threshold of equal results in a row, and
resolvers may cache an answer for the TTL (Route 53 Developer Guide, "How Route 53 determines whether a health check is
healthy").
"""

from __future__ import annotations

import dataclasses
import typing as t

from . import fault as kinds
from .timeline import Measured

# Fixed for an alias to a load balancer (Route 53 Developer Guide, "Choosing between alias and
# non-alias records").
TTL_SECONDS: t.Final = 60
# How long a health checker waits for a connection, before the interval begins (API reference, HealthCheckConfig,
# RequestInterval: from a response to the next request)
CHECKER_TIMEOUT_SECONDS: t.Final = 4
# The alarm's period, and how long CloudWatch and Route 53 take for a data point, for which AWS documents no number
METRIC_PERIOD_SECONDS: t.Final = 60
METRIC_DELAY_SECONDS: t.Final = 120


@dataclasses.dataclass(frozen=True, kw_only=True)
class Timing:
    """The settings of health checks.

    :param interval: seconds between two requests of a Route 53 health checker.
    :param threshold: how many of them have to fail.
    :param target_interval: seconds between two health checks of a target; ``target_timeout`` is in seconds, too.
    :param target_threshold: how many of them have to fail.
    :param tolerance: seconds that Route 53 may take to update its name servers.
    """

    interval: int
    threshold: int
    target_interval: int
    target_threshold: int
    target_timeout: int
    tolerance: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Budget:
    """Seconds.

    :param detection_seconds: from the fault until DNS answers another region.
    :param total_seconds: until the last user has moved, including the time that resolvers cache answers.
    """

    detection_seconds: float
    ttl_seconds: int
    total_seconds: float
    formula: str


def budget_for(kind: str, timing: Timing) -> Budget:
    """The budget of a fault."""
    noticed, how = _noticed(kind, timing)
    detection = float(noticed + timing.tolerance)
    return Budget(
        detection_seconds=detection,
        ttl_seconds=TTL_SECONDS,
        total_seconds=detection + TTL_SECONDS,
        formula=(
            f"{how} + {timing.tolerance} s until Route 53's name servers know + {TTL_SECONDS} s TTL = "
            f"{detection + TTL_SECONDS:g} s"
        ),
    )


def cached(budget: Budget) -> Budget:
    """The budget where names are resolved by a resolver that caches answers for their TTL."""
    return dataclasses.replace(
        budget,
        detection_seconds=budget.detection_seconds + budget.ttl_seconds,
        total_seconds=budget.total_seconds + budget.ttl_seconds,
        formula=f"{budget.formula}, and another {budget.ttl_seconds} s that the resolver over HTTPS caches",
    )


def _noticed(kind: str, timing: Timing) -> tuple[int, str]:
    if kind == kinds.SWITCH:
        return (
            METRIC_PERIOD_SECONDS + METRIC_DELAY_SECONDS,
            f"{METRIC_PERIOD_SECONDS} s period of the metric + {METRIC_DELAY_SECONDS} s on its way through CloudWatch",
        )
    if kind == kinds.UNHEALTHY_APP:
        # Only target checks notice it: without healthy targets, a load balancer sends requests to all of them.
        return (
            timing.target_interval * timing.target_threshold + timing.target_timeout,
            f"{timing.target_interval} s x {timing.target_threshold} target checks + {timing.target_timeout} s timeout",
        )
    return (
        (timing.interval + CHECKER_TIMEOUT_SECONDS) * timing.threshold,
        f"({timing.interval} s + {CHECKER_TIMEOUT_SECONDS} s timeout) x {timing.threshold} health checks",
    )


def judge(measured: Measured, budget: Budget, region: str, standby: str, troubles: t.Sequence[str] = ()) -> list[str]:
    """Why the drill failed; empty if it passed.

    Probes resolve the name every time, like a user whose resolver has cached nothing. A resolver that has cached the
    old answer just before the move keeps it for the TTL, which is added before the total is compared.

    :param troubles: problems of the drill itself.
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
