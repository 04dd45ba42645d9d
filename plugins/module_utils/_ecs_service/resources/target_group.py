# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The target group: where the load balancer sends the service's requests. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.owner import Owner
from ..._engine.compare import update
from ..._engine.errors import ConflictError, SpecError
from ..._engine.field import differing
from ..._engine.plan import Action, Change
from ..._engine.resource import Resource
from ..._engine.unknown import is_unknown
from ..spec_target_group import TargetGroupSpec
from .target_group_fields import FIELDS, KIND_OF_GROUP

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec
    from .listener_rule import ListenerRule

KIND: t.Final = "target_group"
NAME: t.Final = "main"
ADDRESS: t.Final = f"{KIND}/{NAME}"

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


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroupChange:
    """``Change.data`` of a creation or update.

    :param arn: empty for a creation.
    :param values: what to set, by the names of the fields.
    :param tags: tags to set.
    """

    owner: Owner
    target_group_name: str
    arn: str = ""
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Makes it for a service with a port, and takes away what there is otherwise."""
    found = snapshot.target_group
    if spec.routing is not None:
        yield _update(spec, spec.routing.target_group, found) if found else _creation(spec, spec.routing.target_group)
    elif found is not None and spec.owner.owns(found.tags):
        yield _deletion(spec, found, snapshot.rules)


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The ARN of what is there."""
    return {ADDRESS: {"id": snapshot.target_group.arn}} if snapshot.target_group else {}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)


def _creation(spec: Spec, wanted: TargetGroupSpec) -> Change:
    name = wanted.target_group_name
    return Change(
        kind=KIND,
        name=NAME,
        action=Action.CREATE,
        reason="missing",
        after={"name": name, **wanted.values},
        data=TargetGroupChange(owner=spec.owner, target_group_name=name, values=wanted.values),
    )


def _update(spec: Spec, wanted: TargetGroupSpec, found: TargetGroup) -> Change | None:
    _require_changeable(spec, wanted, found)
    tags = spec.owner.tag_drift(found.tags, ADDRESS)
    changeable = {field.name: wanted.values[field.name] for field in FIELDS if _is_changed(field.name, wanted)}
    return update(
        KIND,
        NAME,
        {**found.values, "tags": {key: found.tags.get(key) for key in tags}},
        {**changeable, "tags": tags},
        data=TargetGroupChange(
            owner=spec.owner,
            target_group_name=wanted.target_group_name,
            arn=found.arn,
            values=differing(FIELDS, found.values, changeable),
            tags=tags,
        ),
    )


def _is_changed(name: str, wanted: TargetGroupSpec) -> bool:
    # A VPC that is not known yet is not compared: by then the group is where it is.
    return name in wanted.values and not (name == "vpc_id" and is_unknown(wanted.values[name]))


def _require_changeable(spec: Spec, wanted: TargetGroupSpec, found: TargetGroup) -> None:
    if not spec.owner.owns(found.tags):
        raise ConflictError(
            f"a target group named {wanted.target_group_name!r} exists in {spec.region}, but its tags do not say that "
            f"it belongs to {spec.owner.component}, {spec.owner.title}: {found.arn}. Names are unique in a region. "
            "Rename the stack or the service, or delete it if nothing uses it."
        )
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
            f"{spec.owner.component}, {spec.owner.title}. Remove what forwards to it there, then run this again."
        )
    return Change(
        kind=KIND,
        name=NAME,
        action=Action.DELETE,
        reason="state is absent" if spec.absent else "a worker has none",
        before={"arn": found.arn},
        data=found.arn,
    )
