# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service in ECS. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import create_tagged, shown_tags
from ..._aws.owner import Owner
from ..._aws.scaled import scaled_tag
from ..._engine.changes import delete, differences
from ..._engine.field import names
from ..._engine.plan import Action, Change, Wait
from ..._engine.resource import Resource
from ..._engine.unknown import unknown
from . import target_group, task_definition
from .service_fields import DEPLOYS, FIELDS, FORCES, STRATEGY, to_send, wanted_values
from .task_definition import TaskDefinition

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "service"
ADDRESS: t.Final = f"{KIND}/main"
# The kind of the wait for a former service to be gone.
DRAINED_KIND: t.Final = "service_drained"
SECURITY_GROUP: t.Final = "security_group/service"
RULE: t.Final = "listener_rule/main"

_DEPLOYS: t.Final = names(FIELDS, DEPLOYS)
_FORCES: t.Final = names(FIELDS, FORCES)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deployment:
    """The service's PRIMARY deployment: what runs, or is being rolled out.

    :param rollout: ``IN_PROGRESS``, ``COMPLETED``, ``FAILED``, or empty if ECS does not say.
    """

    task_definition_arn: str
    rollout: str
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """A service that is ACTIVE or DRAINING.

    :param values: what UpdateService can change, by the names of its fields.
    """

    arn: str
    draining: bool
    task_definition_arn: str
    desired_count: int
    running_count: int
    deployment: Deployment | None
    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]

    @property
    def settled(self) -> bool:
        """True if no rollout is under way and all tasks run."""
        done = self.deployment is None or self.deployment.rollout in ("COMPLETED", "")
        return done and self.running_count == self.desired_count


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServiceUpdate:
    """Fields and tags to set on the service.

    :param force: whether to start a rollout even if no field does.
    :param deploys: whether a rollout starts.
    """

    name: str
    arn: str
    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]
    force: bool
    deploys: bool


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | Wait | None]:
    """Creates, repairs or deletes the service, and waits for a former one to be gone."""
    found = snapshot.service
    if spec.absent:
        if snapshot.cluster and spec.owner.owns(snapshot.cluster.tags):
            _require_own(spec, found)  # ECS deletes no cluster with a service in it
        found = found if found and spec.owner.owns(found.tags) else None
        if found and not found.draining:
            yield delete(ADDRESS, {"arn": found.arn}, data=spec.name)
    else:
        yield change(spec, snapshot)
    if found is not None and (spec.absent or found.draining):
        yield _drained(spec)


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """ARN and counts of the service."""
    found = snapshot.service
    if found is None or found.draining:
        return {}
    counts = {"desired": str(found.desired_count), "running": str(found.running_count)}
    return {ADDRESS: {"id": found.arn, **counts}}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)


def change(spec: Spec, snapshot: Snapshot) -> Change | None:
    """The change that creates or repairs the service. Raises ConflictError if it belongs to someone else."""
    found = snapshot.service
    _require_own(spec, found)
    chosen = task_definition.chosen(spec, snapshot)
    wanted = _wanted(spec, snapshot, chosen)
    if found is None or found.draining:
        values = {"desired_count": spec.wanted.service.first_count, **wanted}
        return create_tagged(_owner(spec), ADDRESS, values, shown={"service_name": spec.name})
    later = strategy(spec, snapshot)
    return _update(spec, found, {name: value for name, value in wanted.items() if name not in later}, chosen)


def _wanted(spec: Spec, snapshot: Snapshot, chosen: TaskDefinition | None) -> dict[str, t.Any]:
    group = snapshot.target_group
    return wanted_values(
        spec.wanted.service,
        task_definition=chosen.arn if chosen else unknown(spec.region, task_definition.ADDRESS),
        security_group_id=snapshot.group.id if snapshot.group else unknown(spec.region, SECURITY_GROUP),
        target_group_arn=group.arn if group else unknown(spec.region, target_group.ADDRESS),
        pair=_pair(spec, snapshot) if target_group.is_paired(spec, snapshot) else None,
    )


def _pair(spec: Spec, snapshot: Snapshot) -> dict[str, str]:
    second, role = snapshot.alternate_group, snapshot.shift_role
    return {
        "alternate": second.arn if second else unknown(spec.region, target_group.ALTERNATE),
        "rule": snapshot.rule_arn or unknown(spec.region, RULE),
        "role": role.arn if role else unknown(spec.region, target_group.SHIFT_ROLE, "arn"),
    }


def strategy(spec: Spec, snapshot: Snapshot) -> dict[str, tuple[t.Any, t.Any]]:
    """Fields of the strategy to set after the rollout, (found, wanted): ECS accepts no other strategy during a rollout,
    and requires the second target group beforehand (Developer Guide, "Update the Amazon ECS deployment strategy")."""
    found = snapshot.service
    if spec.absent or found is None or found.draining or not target_group.is_paired(spec, snapshot):
        return {}
    wanted = _wanted(spec, snapshot, task_definition.chosen(spec, snapshot))
    return differences({name: found.values[name] for name in STRATEGY}, {name: wanted[name] for name in STRATEGY})


def whole_strategy(spec: Spec, snapshot: Snapshot, found: Service) -> dict[str, t.Any]:
    """The strategy with the rest of the deployment configuration, which ECS replaces as a whole."""
    wanted = _wanted(spec, snapshot, task_definition.chosen(spec, snapshot))
    return to_send({name: wanted[name] for name in STRATEGY}, wanted, found.values)


def replaces_tasks(changes: t.Iterable[Change]) -> bool:
    """Whether running tasks are replaced."""
    return any(isinstance(item.data, ServiceUpdate) and item.data.deploys for item in changes)


def _owner(spec: Spec, found: Service | None = None) -> Owner:
    """The owner, with the tag that says whether the service has a scalable target."""
    tag = scaled_tag(spec.scaling is not None, found.tags if found else {})
    return dataclasses.replace(spec.owner, extra={**spec.owner.extra, **tag})


def _require_own(spec: Spec, found: Service | None) -> None:
    if found is not None and not spec.owner.owns(found.tags):
        what = f"the service {spec.name} exists in {spec.region} ({found.arn})"
        raise untagged.conflict(spec.owner, ADDRESS, what)


def _update(spec: Spec, found: Service, wanted: dict[str, t.Any], chosen: TaskDefinition | None) -> Change | None:
    differing = differences(found.values, wanted)
    values = {key: new for key, (_old, new) in differing.items()}
    tags = _owner(spec, found).tag_drift(found.tags, ADDRESS)
    again = _why_again(found, "task_definition" in differing, chosen)
    forced = bool(again) and "task_definition" not in differing
    if not differing and not tags and not forced:
        return None
    tags_before, tags_after = shown_tags(found.tags, tags, tag_by_tag=True)
    after = {**values, **tags_after}
    differs = f"differs in {', '.join(sorted(after))}" if after else ""
    return Change(
        kind=KIND,
        name="main",
        action=Action.UPDATE,
        reason="; ".join(filter(None, (differs, again))),
        before={**{key: old for key, (old, _new) in differing.items()}, **tags_before},
        after=after,
        data=ServiceUpdate(
            name=spec.name,
            arn=found.arn,
            values=to_send(values, wanted, found.values),
            tags=tags,
            force=forced or bool(_FORCES & differing.keys()),
            deploys=forced or bool(_DEPLOYS & differing.keys()),
        ),
    )


def _why_again(found: Service, other_definition: bool, chosen: TaskDefinition | None) -> str:
    """Why a rollout is tried again; empty if it was not tried before."""
    deployment = found.deployment
    if other_definition:
        # It was registered for a rollout that failed, was rolled back or never began.
        return f"{chosen.short} was registered before but is not what runs; it is tried again" if chosen else ""
    if deployment is None:
        return ""
    if deployment.rollout == "FAILED":
        return f"its last rollout failed ({deployment.reason or 'ECS gives no reason'}); it is tried again"
    if deployment.task_definition_arn not in ("", found.task_definition_arn):
        return f"{task_definition.short(deployment.task_definition_arn)} runs in its place; it is tried again"
    return ""


def _drained(spec: Spec) -> Wait:
    """Until the service is INACTIVE: then its name is free, and no task is left. ``data`` is its name."""
    name = spec.name
    return Wait(
        kind=DRAINED_KIND,
        name="main",
        what=f"the former service {name} to be gone",
        timeout=spec.wait_timeout,
        data=name,
    )
