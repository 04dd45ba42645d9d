# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes that bring up the service, or repair it. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.compare import differences, update
from .._engine.errors import ConflictError
from .._engine.plan import Action, Change, Plan, Wait
from .._engine.unknown import unknown
from .._resources.log_group import plan_log_group
from .._resources.security_group import plan_group
from . import definition, fields
from .plan_absent import plan_absent
from .plan_roles import own_roles, role_arn, role_changes
from .snapshot import Service, Snapshot, TaskDefinition
from .spec import DEFAULT_COUNT, Desired, Spec
from .steps import (
    CLUSTER,
    DEFINITION,
    DRAINED,
    LOG_GROUP,
    ROLLOUT,
    SECURITY_GROUP,
    SERVICE,
    Repair,
    Revision,
    Rollout,
    ServiceCreation,
    ServiceUpdate,
    drained_wait,
    kind_and_name,
)


def plan(spec: Spec, snapshot: Snapshot) -> Plan:
    """The changes from the snapshot to the spec. Raises ConflictError if something of our name is not ours."""
    if spec.desired is None:
        return plan_absent(spec, snapshot)
    _require_ours(spec, snapshot)
    service = _service(spec, spec.desired, snapshot)
    waits = _waits(spec, spec.desired, snapshot, service)
    rolls_out = snapshot.service is not None and any(wait.address == ROLLOUT for wait in waits)
    changes = (
        plan_log_group(spec.desired.log_group, snapshot.log_group),
        _cluster(spec, spec.desired, snapshot),
        plan_group(spec.desired.group, snapshot.group),
        *role_changes(spec, spec.desired, snapshot, trim_after=(ROLLOUT,) if rolls_out else ()),
        _definition(spec, snapshot),
        service,
    )
    return Plan(changes=tuple(change for change in changes if change is not None), waits=waits)


def chosen_definition(spec: Spec, snapshot: Snapshot) -> TaskDefinition | None:
    """The revision that is as it should be: the service's own if it is, else the latest. None if one has to be made."""
    wanted = _document(spec, snapshot)
    for candidate in (snapshot.current, snapshot.latest):
        if (
            candidate is not None
            and candidate.active
            and spec.owner.owns(candidate.tags)
            and candidate.document == wanted
        ):
            return candidate
    return None


def _require_ours(spec: Spec, snapshot: Snapshot) -> None:
    names = spec.names
    found: list[tuple[str, str, t.Mapping[str, str] | None]] = [
        (CLUSTER, f"cluster {names.cluster}", snapshot.cluster.tags if snapshot.cluster else None),
        (SERVICE, f"service {names.service}", snapshot.service.tags if snapshot.service else None),
    ]
    if snapshot.service is None:
        # Beside a service of ours, a revision that is not is a change behind our back, and repaired.
        tags = snapshot.latest.tags if snapshot.latest else None
        found.append((DEFINITION, f"task definition family {names.family}", tags))
    for address, what, tags in found:
        if tags is not None and not spec.owner.owns(tags):
            raise ConflictError(
                f"{address}: the {what} exists in {spec.region}, but its tags do not say that it belongs to this "
                "stack and environment. Rename the stack, or delete it if nothing uses it."
            )


def _cluster(spec: Spec, desired: Desired, snapshot: Snapshot) -> Change | None:
    found = snapshot.cluster
    insights = {"container_insights": desired.container_insights}
    if found is None:
        return _creation(CLUSTER, {"cluster_name": spec.names.cluster, **insights}, spec)
    # What we never set, and someone may have.
    wanted = {**insights, "service_connect": "", **dict.fromkeys(found.configuration)}
    current = {
        "container_insights": found.container_insights,
        "service_connect": found.service_connect,
        **found.configuration,
    }
    return _repair(spec, CLUSTER, found.arn, found.tags, current, wanted)


def _creation(address: str, after: t.Mapping[str, t.Any], data: object) -> Change:
    kind, name = kind_and_name(address)
    return Change(kind=kind, name=name, action=Action.CREATE, reason="missing", after=after, data=data)


def _repair(
    spec: Spec,
    address: str,
    arn: str,
    tags: t.Mapping[str, str],
    current: t.Mapping[str, t.Any],
    wanted: t.Mapping[str, t.Any],
) -> Change | None:
    set_tags = spec.owner.tag_drift(tags, address)
    values = {key: new for key, (_old, new) in differences(current, wanted).items()}
    return update(
        *kind_and_name(address),
        {**current, **{f"tag {key}": tags.get(key) for key in set_tags}},
        {**wanted, **{f"tag {key}": value for key, value in set_tags.items()}},
        data=Repair(arn=arn, values=values, tags=set_tags),
    )


def _document(spec: Spec, snapshot: Snapshot) -> dict[str, t.Any]:
    roles = spec.wanted.roles
    return definition.canonical(
        definition.request(
            spec,
            execution_role_arn=role_arn(roles.execution, snapshot.execution_role, spec, snapshot),
            task_role_arn=role_arn(roles.task, snapshot.task_role, spec, snapshot),
        )
    )


def _definition(spec: Spec, snapshot: Snapshot) -> Change | None:
    chosen = chosen_definition(spec, snapshot)
    if chosen is not None:
        return _repair(spec, DEFINITION, chosen.arn, chosen.tags, {}, {})
    after = definition.shown(_document(spec, snapshot))
    former = snapshot.current or snapshot.latest
    needs = own_roles(spec.wanted)
    if former is None:
        return dataclasses.replace(_creation(DEFINITION, after, Revision(spec)), needs=needs)
    before = definition.shown(former.document)
    keys = dict.fromkeys([*before, *after])
    change = update(*kind_and_name(DEFINITION), {**keys, **before}, {**keys, **after}, data=Revision(spec))
    if change is None:
        reason = f"{_short(former.arn)} is deregistered, or not tagged as ours"
        change = dataclasses.replace(_creation(DEFINITION, after, Revision(spec)), action=Action.UPDATE, reason=reason)
    return dataclasses.replace(change, needs=needs)


def _service(spec: Spec, desired: Desired, snapshot: Snapshot) -> Change | None:
    chosen = chosen_definition(spec, snapshot)
    wanted = fields.wanted(
        desired.service,
        task_definition=chosen.arn if chosen else unknown(spec.region, DEFINITION),
        security_group_id=snapshot.group.id if snapshot.group else unknown(spec.region, SECURITY_GROUP),
    )
    needs = own_roles(desired) | {CLUSTER, LOG_GROUP, DEFINITION, SECURITY_GROUP}
    found = snapshot.service
    if found is None or found.draining:
        wanted.setdefault("desired_count", DEFAULT_COUNT)
        data = ServiceCreation(spec=spec, values=wanted)
        change = _creation(SERVICE, {"service_name": spec.names.service, **wanted}, data)
        return dataclasses.replace(change, needs=needs | {DRAINED})
    return _service_update(spec, found, wanted, chosen, needs)


def _service_update(
    spec: Spec, found: Service, wanted: dict[str, t.Any], chosen: TaskDefinition | None, needs: frozenset[str]
) -> Change | None:
    differing = differences(found.fields, wanted)
    tags = spec.owner.tag_drift(found.tags, SERVICE)
    again = _why_again(found, "task_definition" in differing, chosen)
    forced = bool(again) and "task_definition" not in differing
    if not differing and not tags and not forced:
        return None
    parts = (
        [f"differs in {', '.join(sorted([*differing, *(f'tag {key}' for key in tags)]))}"] if differing or tags else []
    )
    kind, name = kind_and_name(SERVICE)
    return Change(
        kind=kind,
        name=name,
        action=Action.UPDATE,
        reason="; ".join([*parts, *([again] if again else [])]),
        before={
            **{key: old for key, (old, _new) in differing.items()},
            **{f"tag {key}": found.tags.get(key) for key in tags},
        },
        after={**{key: new for key, (_old, new) in differing.items()}, **{f"tag {key}": tags[key] for key in tags}},
        needs=needs,
        data=ServiceUpdate(
            spec=spec,
            arn=found.arn,
            values=fields.to_send(differing, wanted),
            tags=tags,
            force=forced or bool(fields.FORCES & differing.keys()),
            deploys=forced or bool(fields.DEPLOYS & differing.keys()),
        ),
    )


def _why_again(found: Service, other_definition: bool, chosen: TaskDefinition | None) -> str:
    """Why a rollout is tried that was tried before; empty if that is not so."""
    deployment = found.deployment
    if other_definition:
        # Nobody registers a revision for nothing: a rollout of it failed, was rolled back or never began.
        return f"{_short(chosen.arn)} was registered before but is not what runs; it is tried again" if chosen else ""
    if deployment is None:
        return ""
    if deployment.rollout == "FAILED":
        return f"its last rollout failed ({deployment.reason or 'ECS gives no reason'}); it is tried again"
    if deployment.task_definition_arn not in ("", found.task_definition_arn):
        return f"{_short(deployment.task_definition_arn)} runs in its place; it is tried again"
    return ""


def _waits(spec: Spec, desired: Desired, snapshot: Snapshot, service: Change | None) -> tuple[Wait, ...]:
    waits = []
    if snapshot.service is not None and snapshot.service.draining:
        waits.append(drained_wait(spec, needs=()))
    data = service.data if service else None
    follows = isinstance(data, ServiceCreation) or (isinstance(data, ServiceUpdate) and data.deploys)
    rescaled = isinstance(data, ServiceUpdate) and "desired_count" in data.values
    if follows or rescaled or not (snapshot.service and snapshot.service.settled):
        chosen = chosen_definition(spec, snapshot)
        kind, name = kind_and_name(ROLLOUT)
        waits.append(
            Wait(
                kind=kind,
                name=name,
                what=f"the tasks of {spec.names.service} to be replaced and healthy",
                timeout=spec.wait_timeout,
                needs=frozenset({SERVICE}),
                data=Rollout(
                    cluster=spec.names.cluster,
                    service=spec.names.service,
                    target_group_arn=desired.service.target_group_arn,
                    follows=follows,
                    task_definition_arn=chosen.arn if chosen else "",
                ),
            )
        )
    return tuple(waits)


def _short(arn: str) -> str:
    """``family:revision``."""
    return arn.rpartition("/")[2]
