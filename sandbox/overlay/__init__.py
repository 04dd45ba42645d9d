# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of moto towards AWS. One module a service, one `install` each."""

from __future__ import annotations

from sandbox.overlay import autoscaling, cloudwatch, ec2, ecs, elbv2, iam, quotas, route53, sts
from sandbox.overlay.base import World

__all__ = ["World", "install"]


def install(world: World) -> None:
    """Correct every service. Once a process."""
    for service in (ec2, elbv2, ecs, iam, sts, cloudwatch, autoscaling, quotas, route53):
        service.install(world)
