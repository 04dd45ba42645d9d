# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a layer: changes and waits, as a graph."""

from __future__ import annotations

import dataclasses
import enum
import graphlib
import typing as t

from .errors import FailoverError


class Action(enum.Enum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """One resource that will be created, updated or deleted.

    :param kind: the kind of resource in AWS's term, in snake case (``nat_gateway``).
    :param name: our logical name of it, unique within the kind and layer (``public-a``).
    :param reason: why, for people: ``missing``, or the fields that differ.
    :param before: the attributes that change, as they are (empty for a creation). Shown in the diff: no secrets.
    :param after: the same as they will be (empty for a deletion).
    :param needs: addresses of the steps that have to be finished first; those not in the plan count as finished.
    :param data: whatever the layer's apply function needs; not shown to anyone.
    """

    kind: str
    name: str
    action: Action
    reason: str
    before: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    after: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    data: t.Any = None

    @property
    def address(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wait:
    """Something that has to come true before the steps that need it. Not a change.

    :param what: for people, completes "waiting for" (``NAT gateway public-a to be available``).
    :param timeout: seconds.
    :param interval: seconds between two polls that are soon reached, where an API allows few calls.
    """

    kind: str
    name: str
    what: str
    timeout: float
    interval: float = 0.0
    needs: frozenset[str] = frozenset()
    data: t.Any = None

    @property
    def address(self) -> str:
        return f"{self.kind}/{self.name}"


Step: t.TypeAlias = "Change | Wait"


@dataclasses.dataclass(frozen=True)
class Plan:
    """Changes and waits of one layer. Addresses are unique, the graph has no cycle (checked on construction)."""

    changes: tuple[Change, ...] = ()
    waits: tuple[Wait, ...] = ()

    def __post_init__(self) -> None:
        addresses = [step.address for step in self.steps]
        twice = {address for address in addresses if addresses.count(address) > 1}
        if twice:
            raise FailoverError(f"the plan has two steps with one address: {', '.join(sorted(twice))}")
        self.sorter().prepare()

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*self.changes, *self.waits)

    def sorter(self) -> graphlib.TopologicalSorter[str]:
        """A fresh sorter over the addresses of this plan; ``needs`` outside the plan are left out."""
        inside = {step.address for step in self.steps}
        return graphlib.TopologicalSorter({step.address: step.needs & inside for step in self.steps})

    def in_order(self) -> tuple[Step, ...]:
        """All steps, each behind what it needs."""
        steps = {step.address: step for step in self.steps}
        return tuple(steps[address] for address in self.sorter().static_order())

    def without_waits(self) -> tuple[Plan, tuple[str, ...]]:
        """What can be done without waiting for anything, and the addresses of the steps that are left for later."""
        later: set[str] = set()
        for step in self.in_order():
            if isinstance(step, Wait) or step.needs & later:
                later.add(step.address)
        now = tuple(change for change in self.changes if change.address not in later)
        return Plan(changes=now), tuple(step.address for step in self.steps if step.address in later)
