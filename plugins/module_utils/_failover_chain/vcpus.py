# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many Fargate vCPUs tasks use, and how many AWS allows. Pure."""

from __future__ import annotations

import dataclasses
import math
import typing as t

_CPU_UNITS: t.Final = 1024
_SPOT: t.Final = "FARGATE_SPOT"


@dataclasses.dataclass(frozen=True)
class Quota:
    """A quota of Service Quotas.

    :param default: of an account without an increase; new accounts may have less.
    """

    service: str
    code: str
    name: str
    default: int


VCPUS: t.Final = Quota("fargate", "L-3032A538", "Fargate On-Demand vCPU resource count", 6)
SPOT_VCPUS: t.Final = Quota("fargate", "L-36FBB829", "Fargate Spot vCPU resource count", 6)


@dataclasses.dataclass(frozen=True)
class Vcpus:
    """vCPUs of tasks on demand, and on Fargate Spot."""

    on_demand: float = 0
    spot: float = 0

    def __add__(self, other: Vcpus) -> Vcpus:
        """The sum of both."""
        return Vcpus(self.on_demand + other.on_demand, self.spot + other.spot)

    @property
    def by_quota(self) -> dict[Quota, float]:
        """The use of each quota."""
        return {VCPUS: self.on_demand, SPOT_VCPUS: self.spot}


def vcpus_of(count: int, cpu: int, strategy: t.Sequence[t.Mapping[str, t.Any]]) -> Vcpus:
    """The vCPUs of ``count`` tasks.

    :param cpu: CPU units of a task.
    :param strategy: CapacityProviderStrategyItems of ECS: bases come first, and the rest is shared by weight.
    """
    left = count - min(count, sum(item.get("base", 0) for item in strategy))
    weights = sum(item.get("weight", 0) for item in strategy) or 1
    spot = sum(
        min(count, item.get("base", 0)) + left * item.get("weight", 0) / weights
        for item in strategy
        if item.get("capacityProvider") == _SPOT
    )
    return Vcpus((count - spot) * cpu / _CPU_UNITS, spot * cpu / _CPU_UNITS)


@dataclasses.dataclass(frozen=True)
class Load:
    """A service on Fargate, as large as it may grow.

    :param maximum: the most tasks that it may run.
    :param cpu: CPU units of a task.
    :param strategy: (capacity provider, base, weight) of each part of its strategy.
    """

    maximum: int
    cpu: int
    strategy: tuple[tuple[str, int, int], ...] = ()

    def vcpus(self, share: int = 100) -> Vcpus:
        """The vCPUs of ``share`` percent of its tasks."""
        strategy = [{"capacityProvider": name, "base": base, "weight": weight} for name, base, weight in self.strategy]
        return vcpus_of(math.ceil(self.maximum * share / 100), self.cpu, strategy)

    def describe(self) -> dict[str, t.Any]:
        """For the result."""
        parts = [{"capacity_provider": name, "base": base, "weight": weight} for name, base, weight in self.strategy]
        return {"maximum": self.maximum, "cpu": self.cpu, "strategy": parts}


def load_from(found: t.Mapping[str, t.Any]) -> Load:
    """The reverse of describe()."""
    parts = tuple((part["capacity_provider"], part["base"], part["weight"]) for part in found["strategy"])
    return Load(found["maximum"], found["cpu"], parts)


def exceeded(needed: Vcpus, allowed: t.Mapping[Quota, float]) -> dict[Quota, float]:
    """The quotas that allow less than is needed, with the need. A quota that is not known allows everything."""
    return {quota: more for quota, more in needed.by_quota.items() if more > allowed.get(quota, math.inf)}


def remedy(region: str, quota: Quota, wanted: float) -> str:
    """How to request the increase."""
    return (
        "Request an increase in Service Quotas (aws service-quotas request-service-quota-increase "
        f"--service-code {quota.service} --quota-code {quota.code} --desired-value {math.ceil(wanted)} "
        f"--region {region})"
    )
