# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of EC2: states that take time, dependencies, quotas, and what a VPC needs."""

from __future__ import annotations

from moto.ec2.responses import EC2Response

from sandbox.overlay import quotas
from sandbox.overlay.agenda import settle_first
from sandbox.overlay.base import World
from sandbox.overlay.ec2 import addresses, endpoints, flow_logs, nat, routes, security_groups, tags, vpcs

__all__ = ["install"]


def install(world: World) -> None:
    """Correct EC2, and the quotas of it that Service Quotas shows."""
    for part in (vpcs, routes, addresses, nat, endpoints, flow_logs, security_groups, tags, quotas):
        part.install(world)
    settle_first(EC2Response, "ec2", world)
