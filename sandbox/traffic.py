# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The traffic of load balancers, until CloudWatch's metrics of a minute are derived from it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

# (MetricName, LoadBalancer, TargetGroup) as in dimensions; without a target group for the load balancer's own metrics
Counted = tuple[str, str, str]
# Of a percentile these are enough.
_MOST_VALUES = 10_000


@dataclass(slots=True)
class Traffic:
    """Values by region since the last `take`. Nothing is stored for a region that is not watched.

    Written by the data plane and read by API calls, in different threads.
    """

    _regions: dict[tuple[str, str], defaultdict[Counted, list[float]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, account: str, region: str) -> None:
        """Record the region's traffic from now on."""
        with self._lock:
            self._regions.setdefault((account, region), defaultdict(list))

    def add(self, place: tuple[str, str], balancer: str, values: Mapping[str, float], group: str = "") -> None:
        """Values by MetricName, of one request: of the load balancer and, if there is one, of its target group.

        `place`: account and region.
        """
        with self._lock:
            kept = self._regions.get(place)
            if kept is None:
                return
            for name, value in values.items():
                for key in {(name, balancer, ""), (name, balancer, group)}:
                    if len(kept[key]) < _MOST_VALUES:
                        kept[key].append(value)

    def take(self, account: str, region: str) -> Mapping[Counted, list[float]]:
        """The values since the last call."""
        with self._lock:
            taken = self._regions.pop((account, region), defaultdict(list))
            self._regions[account, region] = defaultdict(list)
            return taken

    def clear(self) -> None:
        """Forget everything, and watch nothing."""
        with self._lock:
            self._regions.clear()
