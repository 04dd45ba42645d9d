# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the local AWS takes for what takes AWS a while."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """Durations in seconds at speed 1. `speed` divides every one of them.

    AWS takes minutes for most of these. The defaults are short, and long enough for
    code that does not wait to fail.
    """

    nat_gateway_create: float = 0.6
    nat_gateway_delete: float = 0.6
    load_balancer_create: float = 0.8
    load_balancer_interfaces_delete: float = 0.6
    target_initial: float = 0.4
    target_draining: float = 0.4
    task_start: float = 0.5
    deployment_settle: float = 0.3
    circuit_breaker: float = 0.8
    service_draining: float = 0.6
    change_insync: float = 0.3
    iam_propagation: float = 0.3
    # From PutMetricData to the health check that follows the metric, as long as on AWS: a minute or two.
    metric_delay: float = 90.0
    speed: float = 1.0

    def of(self, name: str) -> float:
        """Seconds of wall time that the named duration takes at this speed."""
        seconds: float = getattr(self, name)
        return seconds / self.speed
