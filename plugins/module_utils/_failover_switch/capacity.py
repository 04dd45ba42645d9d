# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many tasks the target of a switch needs to carry the load of the serving region. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._failover_chain import capacity

if t.TYPE_CHECKING:
    from .snapshot import Snapshot
    from .spec import Spec


@dataclasses.dataclass(frozen=True, kw_only=True)
class Count:
    """The tasks of a service in a region.

    :param desired: the desired count.
    :param most: the most tasks that it ran lately; 0 if not known.
    :param maximum: of its scaling; None if it does not scale.
    """

    desired: int
    most: int = 0
    maximum: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Counts:
    """The tasks of the services that decide the failover, in a region.

    :param services: by ECS's names.
    :param problem: why they could not be read; empty otherwise.
    """

    services: t.Mapping[str, Count] = dataclasses.field(default_factory=dict)
    problem: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Raise:
    """A service of the target region that needs more tasks. ``service`` is ECS's name."""

    service: str
    before: int
    to: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preparation:
    """What the target needs before traffic moves.

    :param raises: the services that need more tasks.
    :param healthy: how many targets have to be healthy.
    :param waits: whether traffic waits for that.
    :param short: services whose scaling does not allow enough tasks: name → (maximum, needed).
    """

    raises: tuple[Raise, ...] = ()
    healthy: int = 0
    waits: bool = True
    short: t.Mapping[str, tuple[int, int]] = dataclasses.field(default_factory=dict)


def preparation_of(spec: Spec, observed: Snapshot) -> Preparation:
    """What the target needs for spec.share percent of the serving region's tasks; nothing if that is not known.

    Traffic waits for it unless the serving region is unhealthy, since a small standby is better than that.
    """
    source = observed.counts.get(observed.serving or "", Counts())
    there = observed.counts.get(spec.target or "", Counts())
    if spec.share is None or observed.serving == spec.target:
        return Preparation()
    needs = {
        name: capacity.needed(spec.share, count.desired, count.most)
        for name, count in source.services.items()
        if name in there.services
    }
    allowed = {name: min(need, _maximum(there.services[name])) for name, need in needs.items()}
    raises = tuple(
        Raise(service=name, before=there.services[name].desired, to=to)
        for name, to in sorted(allowed.items())
        if to > there.services[name].desired
    )
    return Preparation(
        raises=raises,
        healthy=sum(max(count.desired, allowed.get(name, 0)) for name, count in there.services.items()),
        waits=not spec.force and observed.route53.endpoint.get(observed.serving or "") is not False,
        short={name: (allowed[name], need) for name, need in needs.items() if allowed[name] < need},
    )


def _maximum(count: Count) -> int:
    """The most tasks that a switch may set: scaling would remove more."""
    return max(count.desired, 1_000_000 if count.maximum is None else count.maximum)
