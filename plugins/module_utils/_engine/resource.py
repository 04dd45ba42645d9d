# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind of resource in two halves, and how a layer combines its resources.

``nat_gateway.py`` decides which observed resource is which, and what to change and why.
``nat_gateway_calls.py`` beside it has the only calls: reads, writes, and polls.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .apply import ChangeHandler, Handlers, WaitHandler
from .context import Context
from .known import Known
from .plan import Action, Change, Plan, Step, Wait

Spec = t.TypeVar("Spec")
Snapshot = t.TypeVar("Snapshot")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Resource(t.Generic[Spec, Snapshot]):
    """The half that decides. Pure.

    :param kind: AWS's term in snake case, as in ``Change.kind``.
    :param plan: (spec, snapshot) → its changes and waits, also for state absent. Raises SpecError or ConflictError for
        what is impossible, before anything is changed.
    :param identify: (snapshot) → what exists: address → attributes, at least ``id``.
    """

    kind: str
    plan: t.Callable[[Spec, Snapshot], t.Iterable[Step | None]]
    identify: t.Callable[[Snapshot], t.Mapping[str, t.Mapping[str, str]]] = lambda _snapshot: {}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calls:
    """The half that writes.

    :param waits: by the kind of the Wait.
    """

    kind: str
    create: ChangeHandler | None = None
    update: ChangeHandler | None = None
    delete: ChangeHandler | None = None
    waits: t.Mapping[str, WaitHandler] = dataclasses.field(default_factory=dict)


def plan_all(resources: t.Iterable[Resource[Spec, Snapshot]], spec: Spec, snapshot: Snapshot) -> Plan:
    """The plan of a layer: the steps of all of its resources."""
    return plan_of(step for resource in resources for step in resource.plan(spec, snapshot))


def plan_of(steps: t.Iterable[Step | None]) -> Plan:
    """A plan of these steps; None stands for nothing to do."""
    found = [step for step in steps if step is not None]
    return Plan(
        changes=tuple(step for step in found if isinstance(step, Change)),
        waits=tuple(step for step in found if isinstance(step, Wait)),
    )


def identify_all(
    resources: t.Iterable[Resource[t.Any, Snapshot]], snapshot: Snapshot
) -> dict[str, t.Mapping[str, str]]:
    """Address → attributes of everything that exists."""
    return {
        address: attributes for resource in resources for address, attributes in resource.identify(snapshot).items()
    }


def handlers_of(calls: t.Iterable[Calls]) -> Handlers:
    """The writes of a layer by kind and action, and its waits by kind. Deletions also remove what is known."""
    changes: dict[tuple[str, Action], ChangeHandler] = {}
    waits: dict[str, WaitHandler] = {}
    for each in calls:
        delete = _forgetting(each.delete) if each.delete else None
        by_action = {Action.CREATE: each.create, Action.UPDATE: each.update, Action.DELETE: delete}
        changes |= {(each.kind, action): handler for action, handler in by_action.items() if handler}
        waits |= each.waits
    return Handlers(changes=changes, waits=waits)


def _forgetting(delete: ChangeHandler) -> ChangeHandler:
    def handler(ctx: Context, change: Change, known: Known) -> None:
        # Before the call, which may record something for a later wait.
        known.forget(change.address)
        delete(ctx, change, known)

    return handler
