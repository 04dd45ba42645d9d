# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a standby can carry what the first region runs, and may run. Pure."""

from __future__ import annotations

import dataclasses
import math
import typing as t

from .._failover_chain import capacity
from .._failover_chain.vcpus import Quota, Vcpus, exceeded, remedy, vcpus_of
from .problem import Problem

_ENOUGH: t.Final = "or say in standby_capacity what is enough."


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wanted:
    """A service in a region, as the inventory defines it.

    :param minimum: number of tasks without load, which ``variable`` sets.
    :param maximum: the most tasks that its scaling may run.
    :param ranges: every (minimum, maximum) that the inventory's schedules may have set.
    :param decides: whether the failover depends on it.
    :param strategy: ECS's CapacityProviderStrategyItems.
    """

    variable: str
    minimum: int
    maximum: int
    cpu: int
    strategy: t.Sequence[t.Mapping[str, t.Any]] = ()
    ranges: frozenset[tuple[int, int]] = frozenset()
    decides: bool = True

    def vcpus(self, count: int) -> Vcpus:
        """The vCPUs of ``count`` tasks."""
        return vcpus_of(count, self.cpu, self.strategy)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Running:
    """A service in a region, as observed.

    :param limits: (minimum, maximum) of its scaling, if it has any.
    :param balanced: loadBalancers of DescribeServices.
    """

    desired: int
    limits: tuple[int, int] | None = None
    balanced: tuple[t.Mapping[str, t.Any], ...] = ()

    @property
    def maximum(self) -> int:
        """The most tasks that it may run without a change."""
        return max(self.desired, self.limits[1] if self.limits else 0)

    def loses(self, wanted: Wanted) -> bool:
        """Whether it would run fewer tasks without load than now."""
        if self.limits in wanted.ranges:
            # A schedule has set them.
            return False
        return wanted.minimum < (self.limits[0] if self.limits else self.desired)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Standby:
    """A standby, and the first region. Services are by name.

    :param there: the standby's services; ``serves`` those of the first region.
    :param share: percent of the first region's tasks; None if one task is enough.
    :param allowed: the quotas of the standby that are known.
    """

    region: str
    first: str
    share: int | None
    wanted: t.Mapping[str, Wanted]
    there: t.Mapping[str, Running]
    serves: t.Mapping[str, Running]
    most: capacity.Most = dataclasses.field(default_factory=capacity.Most)
    allowed: t.Mapping[Quota, float] = dataclasses.field(default_factory=dict)


def refused(standby: Standby) -> t.Iterator[Problem]:
    """Problems: a run would take tasks from a standby that has too few, or its services exceed a quota."""
    lack = _lack(standby)
    for name, wanted in standby.wanted.items() if lack else ():
        there = standby.there.get(name)
        if wanted.decides and there and there.loses(wanted):
            what = f"{wanted.minimum} would take tasks from a standby: {lack}."
            yield Problem(wanted.variable, what, f"Raise it, {_ENOUGH}")
    for quota, needed in _exceeded_by_own(standby).items():
        yield Problem(
            f"quota '{quota.name}' ({quota.code}) in {standby.region}",
            f"allows {standby.allowed[quota]:g} vCPUs, and the services there may run {needed:g}.",
            f"{remedy(standby.region, quota, needed)}, or lower the maximum of app_scaling, or app_cpu.",
        )


def warnings(standby: Standby) -> t.Iterator[str]:
    """Sentences about what the standby lacks to carry the first region's load, through no fault of this run."""
    lack = _lack(standby)
    losing = any(
        each.decides and name in standby.there and standby.there[name].loses(each)
        for name, each in standby.wanted.items()
    )
    if lack and not losing:
        variables = " and ".join(dict.fromkeys(each.variable for each in standby.wanted.values() if each.decides))
        yield f"{standby.region} could take over, but not carry the load: {lack}. Raise {variables}, {_ENOUGH}"
    carried = sum(
        (
            standby.wanted[name].vcpus(math.ceil(each.maximum * standby.share / 100))
            for name, each in standby.serves.items()
            if name in standby.wanted and standby.share is not None
        ),
        Vcpus(),
    )
    refused_ones = _exceeded_by_own(standby)
    for quota, needed in exceeded(carried, standby.allowed).items():
        if quota not in refused_ones:
            yield (
                f"The quota '{quota.name}' allows {standby.allowed[quota]:g} vCPUs in {standby.region}, and what "
                f"{standby.first} may run takes {needed:g}. {remedy(standby.region, quota, needed)}, {_ENOUGH}"
            )


def _exceeded_by_own(standby: Standby) -> dict[Quota, float]:
    own = sum((each.vcpus(each.maximum) for each in standby.wanted.values()), Vcpus())
    return exceeded(own, standby.allowed)


def _lack(standby: Standby) -> str:
    """Why the standby's minimum is not enough; empty if it is, or if that is unknown."""
    has = sum(each.minimum for each in standby.wanted.values() if each.decides)
    deciding = [
        each for name, each in standby.serves.items() if name in standby.wanted and standby.wanted[name].decides
    ]
    if not deciding:
        return ""
    now = sum(each.desired for each in deciding)
    need = capacity.needed(standby.share, now, standby.most.tasks)
    why = capacity.reason(standby.first, standby.share, now, standby.most)
    return f"it needs {need} and would run {has} without load ({why})" if has < need else ""
