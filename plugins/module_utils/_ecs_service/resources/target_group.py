# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The target group: where the load balancer sends the service's requests. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import stack_names, untagged
from ..._aws.changes import create_tagged, repair
from ..._aws.paired import paired_tag
from ..._engine.changes import delete
from ..._engine.errors import ConflictError, SpecError
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._engine.unknown import is_unknown
from ..spec_target_group import TargetGroupSpec, decides, undecided
from .target_group_fields import FIELDS, KIND_OF_GROUP

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec
    from .listener_rule import ListenerRule

KIND: t.Final = "target_group"
ADDRESS: t.Final = f"{KIND}/main"
# The second one, if releases shift requests between two.
ALTERNATE: t.Final = f"{KIND}/alternate"
SHIFT_ROLE: t.Final = "iam_role/shift"

_REDEPLOY: t.Final = "Set it back; or remove the service (state absent) and deploy it again."


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A target group as observed, without its targets, which ECS manages.

    :param values: by the names of its fields.
    :param load_balancer_arns: of those whose listeners forward to it.
    """

    arn: str
    values: t.Mapping[str, t.Any]
    load_balancer_arns: tuple[str, ...] = ()
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Creates or repairs it for a service with a port, and deletes it otherwise."""
    both = ((ADDRESS, snapshot.target_group), (ALTERNATE, snapshot.alternate_group))
    if spec.routing is not None:
        wanted, two = spec.routing.target_group, is_paired(spec, snapshot)
        if two and decides(wanted):
            _require_unevaluated(spec, wanted)
            wanted = undecided(wanted)
        other = dataclasses.replace(wanted, target_group_name=stack_names.alternate_group(spec.owner))
        yield _converge(spec, ADDRESS, wanted, snapshot.target_group, paired_tag(two))
        if two:
            yield _converge(spec, ALTERNATE, other, snapshot.alternate_group, {}, needs={ADDRESS})
        return
    for address, found in both:
        if found is not None and spec.owner.owns(found.tags):
            # A tag of the first says that there are a second one and a role.
            last = {ALTERNATE, SHIFT_ROLE} if address == ADDRESS else set()
            yield _deletion(spec, address, found, snapshot.rules, last)


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The ARNs of those that exist."""
    both = ((ADDRESS, snapshot.target_group), (ALTERNATE, snapshot.alternate_group))
    return {address: {"id": group.arn} for address, group in both if group}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)


def is_paired(spec: Spec, snapshot: Snapshot) -> bool:
    """Whether the service has two target groups. It keeps them if its releases become rolling ones, in which tasks stay
    in their group."""
    second = snapshot.alternate_group
    return spec.shift is not None or (second is not None and spec.owner.owns(second.tags))


def _require_unevaluated(spec: Spec, wanted: TargetGroupSpec) -> None:
    """Raise SpecError if Route 53 evaluates target health, which does not work with two groups."""
    if wanted.evaluated:
        raise SpecError(
            "decides_failover",
            f"the service has two target groups in {spec.region}, since it had a deployment_strategy, and one of them "
            "is empty.",
            "Set evaluate_target_health to false (dns_evaluate_target_health in an inventory), or decides_failover; "
            "or remove the service (state absent) and deploy it again.",
        )


def _converge(
    spec: Spec,
    address: str,
    wanted: TargetGroupSpec,
    found: TargetGroup | None,
    tag: t.Mapping[str, str],
    needs: t.Iterable[str] = (),
) -> Change | None:
    owner = dataclasses.replace(spec.owner, extra={**spec.owner.extra, **tag})
    if found is None:
        shown = {"name": wanted.target_group_name}
        return create_tagged(owner, address, wanted.values, shown=shown, needs=needs)
    _require_changeable(spec, address, wanted, found)
    changeable = {field.name: wanted.values[field.name] for field in FIELDS if _is_changed(field.name, wanted)}
    return repair(owner, address, found, found.values, changeable)


def _is_changed(name: str, wanted: TargetGroupSpec) -> bool:
    # A VPC that is not known yet is not compared.
    return name in wanted.values and not (name == "vpc_id" and is_unknown(wanted.values[name]))


def _require_changeable(spec: Spec, address: str, wanted: TargetGroupSpec, found: TargetGroup) -> None:
    if not spec.owner.owns(found.tags):
        what = f"{found.arn} has the name {wanted.target_group_name!r} in {spec.region}"
        raise untagged.conflict(spec.owner, address, what)
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
            "that. Remove the service (state absent) and deploy it again."
        )
    for option, value in other.items():
        raise SpecError(
            option,
            f"is {wanted.values[option]}, but the target group {found.arn} has {value}, and AWS cannot change that.",
            _REDEPLOY,
        )


def _deletion(
    spec: Spec, address: str, found: TargetGroup, rules: t.Iterable[ListenerRule], needs: t.Iterable[str]
) -> Change:
    foreign = sorted(rule.arn for rule in rules if found.arn in rule.action and not spec.owner.owns(rule.tags))
    if foreign:
        raise ConflictError(
            f"the target group {found.arn} is used by {', '.join(foreign)}, which does not belong to "
            f"{spec.owner.component}, {spec.owner.title}. Remove what forwards to it there, or tag it again if it is "
            f"this service's ({untagged.tag_again(spec.owner)}), then run this again."
        )
    reason = "state is absent" if spec.absent else "a worker has none"
    return delete(address, {"arn": found.arn}, data=found, reason=reason, needs=needs)
