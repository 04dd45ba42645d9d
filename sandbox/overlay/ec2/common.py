# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the corrections of EC2 have in common."""

from __future__ import annotations

from typing import Any

from sandbox.overlay.base import AwsError


def in_use(kind: str, identifier: str) -> AwsError:
    """The error for deleting what others depend on."""
    return AwsError("DependencyViolation", f"The {kind} '{identifier}' has dependencies and cannot be deleted.")


def interfaces_in_vpc(ec2: Any, vpc_id: str) -> list[Any]:
    """The network interfaces in a VPC."""
    return [interface for interface in ec2.enis.values() if interface.subnet.vpc_id == vpc_id]
