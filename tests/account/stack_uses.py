# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployed stack costs by the hour. Pure."""

from __future__ import annotations

from tests.account.prices import Use

# Two regions, each with a load balancer at two addresses, a NAT gateway at one, an endpoint in two zones, two tasks,
# and three health checks: of its endpoint, of the switch that evicts it, and the CALCULATED one over both. One zone.
STACK = (
    Use("Application Load Balancer", 2),
    Use("load balancer capacity unit", 2),
    Use("NAT gateway", 2),
    Use("interface endpoint in a zone", 4),
    Use("public IPv4 address", 6),
    Use("Fargate task of 0.25 vCPU and 0.5 GB", 4),
    Use("health check of an endpoint, every 10 s", 2),
    Use("health check", 4),
    Use("alarm", 2),
    Use("metric", 2),
    Use("hosted zone"),
)
