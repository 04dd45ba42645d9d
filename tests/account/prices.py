# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an experiment costs: hours by list price. Pure.

List prices of us-east-1 in US dollars, as of November 2026, from aws.amazon.com: route53/pricing, cloudwatch/pricing,
elasticloadbalancing/pricing, vpc/pricing, privatelink/pricing and fargate/pricing. Other regions differ by some
percent. Requests, queries, logs and traffic of a run are cents, and left out; taxes are, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

AS_OF = "November 2026"
SOURCE = "list prices of us-east-1"
_HOURS_OF_A_MONTH = 730.0

# Dollars an hour.
HOURLY = {
    "Application Load Balancer": 0.0225,
    "load balancer capacity unit": 0.008,
    "NAT gateway": 0.045,
    "interface endpoint in a zone": 0.01,
    "public IPv4 address": 0.005,
    "Fargate task of 0.25 vCPU and 0.5 GB": 0.25 * 0.04048 + 0.5 * 0.004445,
    "health check of an endpoint, every 10 s": (0.75 + 2.0) / _HOURS_OF_A_MONTH,
    "health check": 0.75 / _HOURS_OF_A_MONTH,
    "alarm": 0.10 / _HOURS_OF_A_MONTH,
    "metric": 0.30 / _HOURS_OF_A_MONTH,
}
# Dollars each, however short. A zone that is deleted within 12 hours costs nothing: the longest runs are not.
EACH = {"hosted zone": 0.50}


@dataclass(frozen=True, slots=True)
class Use:
    """So many of a thing with a price, for as long as its experiment takes."""

    what: str
    number: int = 1


def cost(uses: Iterable[Use], hours: float) -> float:
    """Dollars. AWS bills load balancers, gateways and tasks by whole or part hours: an hour at least is counted."""
    billed = max(hours, 1.0)
    return sum(use.number * (EACH[use.what] if use.what in EACH else HOURLY[use.what] * billed) for use in uses)
