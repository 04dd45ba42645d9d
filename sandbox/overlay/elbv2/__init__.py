# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of Elastic Load Balancing: what it refuses, what takes time, what targets are."""

from __future__ import annotations

from moto.elbv2.responses import ELBV2Response

from sandbox.overlay.agenda import settle_first
from sandbox.overlay.base import World
from sandbox.overlay.elbv2 import attributes, listeners, load_balancers, rules, tags, target_groups, targets

__all__ = ["install"]


def install(world: World) -> None:
    """Correct load balancers, target groups, targets, listeners, rules and their attributes and tags."""
    for part in (load_balancers, target_groups, targets, listeners, rules, attributes, tags):
        part.install(world)
    settle_first(ELBV2Response, "elbv2", world)
