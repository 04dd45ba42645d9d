# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The target group: where the load balancer sends the service's requests. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import create_tagged, repair
from ..._engine.changes import delete
from ..._engine.errors import ConflictError, SpecError
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._engine.unknown import is_unknown
from ..spec_target_group import TargetGroupSpec
from .target_group_fields import FIELDS, KIND_OF_GROUP

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec
    from .listener_rule import ListenerRule

KIND: t.Final = "target_group"
ADDRESS: t.Final = f"{KIND}/main"

_REDEPLOY: t.Final = "Set it back; or take the service out (state absent), and deploy it again."


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A target group as observed. Its targets are ECS's business: the plan does not look at them.

    :param values: by the names of its fields.
    :param load_balancer_arns: whose listeners send to it.
    """

    arn: str
    values: t.Mapping[str, t.Any]
    load_balancer_arns: tuple[str, ...] = ()
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Makes it for a service with a port, and takes away what there is otherwise."""
    found = snapshot.target_group
    if spec.routing is not None:
        wanted = spec.routing.target_group
        name = {"name": wanted.target_group_name}
        yield _repair(spec, wanted, found) if found else create_tagged(spec.owner, ADDRESS, wanted.values, shown=name)
    elif found is not None and spec.owner.owns(found.tags):
        yield _deletion(spec, found, snapshot.rules)


RESOURCE: t.Final = Resource(
    kind=KIND,
    plan=plan,
    identify=lambda snapshot: {ADDRESS: {"id": snapshot.target_group.arn}} if snapshot.target_group else {},
)


def _repair(spec: Spec, wanted: TargetGroupSpec, found: TargetGroup) -> Change | None:
    _require_changeable(spec, wanted, found)
    changeable = {field.name: wanted.values[field.name] for field in FIELDS if _is_changed(field.name, wanted)}
    return repair(spec.owner, ADDRESS, found, found.values, changeable)


def _is_changed(name: str, wanted: TargetGroupSpec) -> bool:
    # A VPC that is not known yet is not compared: by then the group is where it is.
    return name in wanted.values and not (name == "vpc_id" and is_unknown(wanted.values[name]))


def _require_changeable(spec: Spec, wanted: TargetGroupSpec, found: TargetGroup) -> None:
    if not spec.owner.owns(found.tags):
        what = f"{found.arn} has the name {wanted.target_group_name!r} in {spec.region}"
        raise untagged.conflict(spec.owner, ADDRESS, what)
    other = {
        field.name: found.values.get(field.name)
        for field in FIELDS
        if field.immutable
        and _is_changed(field.name, wanted)
        and found.values.get(field.name) != wanted.values[field.name]
    }
    strange = [str(other[name]) for name in KIND_OF_GROUP if name in other]
    if strange:
        raise ConflictError(
            f"the target group {found.arn} is {', '.join(strange)} instead of "
            f"{', '.join(str(wanted.values[name]) for name in KIND_OF_GROUP if name in other)}, and AWS cannot change "
            "that. Take the service out (state absent), and deploy it again."
        )
    for option, value in other.items():
        raise SpecError(
            option,
            f"is {wanted.values[option]}, but the target group {found.arn} has {value}, and AWS cannot change that.",
            _REDEPLOY,
        )


def _deletion(spec: Spec, found: TargetGroup, rules: t.Iterable[ListenerRule]) -> Change:
    foreign = sorted(rule.arn for rule in rules if found.arn in rule.action and not spec.owner.owns(rule.tags))
    if foreign:
        raise ConflictError(
            f"the target group {found.arn} is used by {', '.join(foreign)}, which does not belong to "
            f"{spec.owner.component}, {spec.owner.title}. Remove what forwards to it there, or tag it again if it is "
            f"this service's ({untagged.tag_again(spec.owner)}), then run this again."
        )
    reason = "state is absent" if spec.absent else "a worker has none"
    return delete(ADDRESS, {"arn": found.arn}, data=found, reason=reason)
