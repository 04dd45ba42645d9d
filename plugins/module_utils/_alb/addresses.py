# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and addresses of the layer's resources."""

from __future__ import annotations

import typing as t

SECURITY_GROUP: t.Final = "security_group/alb"
LOAD_BALANCER: t.Final = "load_balancer/main"
TARGET_GROUP: t.Final = "target_group/main"

# Kinds of waits.
ACTIVE: t.Final = "load_balancer_active"
INTERFACES_GONE: t.Final = "network_interfaces_gone"


def listener(name: str) -> str:
    """The address of a listener (``http``)."""
    return f"listener/{name}"
