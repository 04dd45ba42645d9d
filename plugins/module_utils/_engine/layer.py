# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer, and how it runs in every host."""

from __future__ import annotations

import dataclasses
import typing as t

from .apply import Applied, Handlers, apply
from .context import Context
from .errors import ApplyError
from .guards import check_writes
from .job import Job
from .known import Known
from .options import LAYER_OPTIONS
from .plan import Action, Change, Plan
from .resource import Calls, Resource, handlers_of, identify_all
from .timeline import long_steps
from .unread import describe_unread

# A result's key, only for the action plugin: the plan was deferred.
HELD: t.Final = "held"

Spec = t.TypeVar("Spec")
Snapshot = t.TypeVar("Snapshot")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layer(t.Generic[Spec, Snapshot]):
    """Everything specific to one layer, as functions.

    :param options: its argument spec, without LAYER_OPTIONS and amazon.aws's connection options.
    :param required_if: as in AnsibleModule.
    :param parse: (parameters, region) → typed desired state. Raises SpecError.
    :param observe: the only reads. (context, spec) → frozen snapshot.
    :param plan: pure. (spec, snapshot) → plan.
    :param outputs: pure. (spec, snapshot, known) → the module's return values, with placeholders for unknown ones.
    :param resources: the pure halves of its resources.
    :param calls: the only writes.
    :param untagged: pure. (spec, snapshot) → what a removal leaves, because it may be foreign: ``kind``, ``name``,
        ``id``, and the ``tags`` that would make it the layer's.
    :param replaces: pure. Whether a plan replaces what serves users now.
    :param plan_again: codes of errors after which ``otherwise`` is called.
    :param otherwise: (context, spec, error) → another spec to converge; None if there is none.
    """

    name: str
    options: t.Mapping[str, t.Mapping[str, t.Any]]
    parse: t.Callable[[t.Mapping[str, t.Any], str], Spec]
    observe: t.Callable[[Context, Spec], Snapshot]
    plan: t.Callable[[Spec, Snapshot], Plan]
    outputs: t.Callable[[Spec, Snapshot, Known], dict[str, t.Any]]
    resources: t.Sequence[Resource[t.Any, Snapshot]]
    calls: t.Sequence[Calls]
    required_if: t.Sequence[t.Sequence[t.Any]] = ()
    untagged: t.Callable[[Spec, Snapshot], list[dict[str, str]]] = lambda _spec, _snapshot: []
    replaces: t.Callable[[Plan], bool] = lambda _plan: False
    plan_again: frozenset[str] = frozenset()
    otherwise: t.Callable[[Context, Spec, ApplyError], Spec | None] = lambda _ctx, _spec, _error: None

    @property
    def handlers(self) -> Handlers:
        """The writes by kind and action, and the waits by kind."""
        return handlers_of(self.calls)

    def identify(self, snapshot: Snapshot) -> dict[str, t.Mapping[str, str]]:
        """What exists: address → attributes."""
        return identify_all(self.resources, snapshot)

    @property
    def job(self) -> Job:
        """The layer as a job."""
        return Job(
            name=self.name,
            argument_spec={**LAYER_OPTIONS, **self.options},
            required_if=self.required_if,
            run=lambda ctx: run(self, ctx),
        )


def run(layer: Layer[t.Any, t.Any], ctx: Context) -> dict[str, t.Any]:
    """Converge the layer, or plan that in check mode. Returns the module's result.

    Raises FailoverError: SpecError for a bad option, AwsError, ConflictError, ApplyError.
    """
    spec = layer.parse(ctx.params, ctx.region)
    earlier = ctx.params.get("continue_from")
    while True:
        try:
            return continued(earlier, _converge(layer, ctx, spec))
        except ApplyError as error:
            other = layer.otherwise(ctx, spec, error)
            if other is None:
                raise
            earlier = continued(earlier, {**describe(error.done), "timeline": []})
            spec = other


def _converge(layer: Layer[t.Any, t.Any], ctx: Context, spec: t.Any) -> dict[str, t.Any]:
    snapshot = layer.observe(ctx, spec)
    plan = layer.plan(spec, snapshot)
    # A refusal must not wait for the turn in a release, and no other run may change anything after the last reads.
    checked = bool(plan.changes)
    check_writes(ctx, plan.changes)
    if plan.steps and not _is_held(layer, ctx, plan) and not ctx.check_mode and ctx.stop_reading_ahead():
        ctx.unread.clear()
        snapshot = layer.observe(ctx, spec)
        plan = layer.plan(spec, snapshot)
    pending: tuple[str, ...] = ()
    applied = Applied()
    identified = layer.identify(snapshot)
    known = Known(ctx.region or "global", identified)
    held = _is_held(layer, ctx, plan)
    if held:
        plan, pending = Plan(), tuple(step.address for step in plan.in_order())
    elif not ctx.check_mode:
        if not ctx.params["wait"]:
            plan, pending = plan.without_waits()
        if not checked:
            check_writes(ctx, plan.changes)
        applied = apply(ctx, plan, layer.handlers, known, layer.plan_again)
    result = describe(plan.changes, identified)
    result["pending"] = list(pending)
    result["timeline"] = long_steps(plan, applied.spans)
    result["unread"] = describe_unread(ctx)
    result["untagged"] = layer.untagged(spec, snapshot)
    for item in () if ctx.check_mode else result["untagged"]:
        ctx.warn(
            f"{layer.name}: {item['kind']} {item['id']} was left, because its tags do not say that it belongs to this "
            f"stack. If it does, tag it again ({item['tags']}) and run this again."
        )
    result.update(layer.outputs(spec, snapshot, known))
    return {**result, HELD: True} if held else result


def _is_held(layer: Layer[t.Any, t.Any], ctx: Context, plan: Plan) -> bool:
    return not ctx.check_mode and layer.replaces(plan) and ctx.holds()


def continued(earlier: t.Mapping[str, t.Any] | None, result: dict[str, t.Any]) -> dict[str, t.Any]:
    """The result of a pass after an earlier one (None for none), with the changes of both."""
    if not earlier:
        return result
    return {
        **result,
        "changed": bool(earlier.get("changed")) or result["changed"],
        **{key: [*earlier.get(key, ()), *result[key]] for key in ("changes", "timeline")},
    }


def describe(
    changes: t.Sequence[Change], identified: t.Mapping[str, t.Mapping[str, str]] | None = None
) -> dict[str, t.Any]:
    """``changed``, ``changes`` and ``diff`` of a result.

    :param identified: address → attributes of what exists; a change includes its resource's id if known.
    """
    ids = {address: attributes.get("id") for address, attributes in (identified or {}).items()}
    return {
        "changed": bool(changes),
        "changes": [
            {
                "kind": change.kind,
                "name": change.name,
                "action": change.action.value,
                "reason": change.reason,
                **({"id": found} if change.action is not Action.CREATE and (found := ids.get(change.address)) else {}),
            }
            for change in changes
        ],
        "diff": {
            "before": {c.address: dict(c.before) for c in changes if c.action is not Action.CREATE},
            "after": {c.address: dict(c.after) for c in changes if c.action is not Action.DELETE},
        },
    }


def describe_failure(error: BaseException) -> dict[str, t.Any]:
    """The result of a failed run besides its message: what was done, and what was not."""
    if not isinstance(error, ApplyError):
        return {"changed": False}
    return {**describe(error.done), "not_done": [step.address for step in error.not_done]}
