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

    :param kind: AWS's term in snake case (``nat_gateway``).
    :param name: logical name, unique within the kind and layer (``public-a``).
    :param reason: why, for people: ``missing``, or the fields that differ.
    :param before: the current values of what changes (empty for a creation). Shown in the diff: no secrets.
    :param after: the new values (empty for a deletion).
    :param needs: addresses of the steps that have to finish first; those not in the plan are ignored.
    :param data: whatever the handler needs; not shown.
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
    """A condition for the steps that need it. Not a change.

    :param what: for people, completes "waiting for" (``NAT gateway public-a to be available``).
    :param timeout: seconds.
    :param interval: minimum seconds between polls, reached by doubling, for APIs that allow few calls.
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
    """Changes and waits of one layer. Checks that addresses are unique and that the graph has no cycle."""

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
        """A new sorter over the addresses of this plan, without ``needs`` outside the plan."""
        inside = {step.address for step in self.steps}
        return graphlib.TopologicalSorter({step.address: step.needs & inside for step in self.steps})

    def in_order(self) -> tuple[Step, ...]:
        """All steps, each after those it needs."""
        steps = {step.address: step for step in self.steps}
        return tuple(steps[address] for address in self.sorter().static_order())

    def without_waits(self) -> tuple[Plan, tuple[str, ...]]:
        """(The plan without waits and what needs them, the addresses of the steps left out)."""
        later: set[str] = set()
        for step in self.in_order():
            if isinstance(step, Wait) or step.needs & later:
                later.add(step.address)
        now = tuple(change for change in self.changes if change.address not in later)
        return Plan(changes=now), tuple(step.address for step in self.steps if step.address in later)
