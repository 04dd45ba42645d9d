# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of moto's Route 53: zones, record sets, health checks, test answers."""

from __future__ import annotations

from sandbox.overlay.base import World
from sandbox.overlay.route53 import answers, changes, checks, tags, zones


def install(world: World) -> None:
    """Correct Route 53."""
    for part in (zones, changes, tags, checks, answers):
        part.install(world)
