# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capacity providers: the choice for each task.

ECS API, CapacityProviderStrategyItem: the base comes first, then shares by weight. The
cluster has to have the providers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.overlay.ecs.common import invalid


def check(cluster: Any, strategy: Sequence[dict[str, Any]] | None) -> None:
    """Raise AWS's refusal of a strategy that the cluster cannot carry out."""
    if any(item["capacityProvider"] not in (cluster.capacity_providers or []) for item in strategy or ()):
        raise invalid(
            "The specified capacity provider strategy cannot contain a capacity provider that is not associated with "
            "the cluster. Associate the capacity provider with the cluster and try again."
        )
    if strategy and not any(item.get("weight") for item in strategy):
        raise invalid("The specified capacity provider strategy must have a capacity provider with a weight over 0.")


def choose(strategy: Sequence[dict[str, Any]] | None, running: Sequence[str]) -> str:
    """The provider of the next task; empty without a strategy.

    :param running: the providers of those that run already.
    """
    weighted = []
    for item in strategy or ():
        name, base, weight = item["capacityProvider"], int(item.get("base") or 0), int(item.get("weight") or 0)
        if running.count(name) < base:
            return str(name)
        if weight:
            weighted.append(((running.count(name) - base + 1) / weight, str(name)))
    return min(weighted)[1] if weighted else ""
