# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is to what should be. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.compare import update
from .._engine.plan import Action, Change, Plan, Wait
from .._engine.unknown import unknown
from .._resources.security_group import own_group, plan_group, plan_group_deletion
from . import addresses
from .attributes import AWS_DEFAULTS, drift, effective
from .checks import check_absent, check_listener, check_present
from .group import group_spec
from .ours import own_listener
from .snapshot import Listener, LoadBalancer, Snapshot, TargetGroup, forward_to
from .spec import Desired, ListenerSpec, Spec
from .steps import (
    Deletion,
    ListenerCreation,
    ListenerUpdate,
    LoadBalancerCreation,
    LoadBalancerUpdate,
    TargetGroupCreation,
    TargetGroupUpdate,
)

Item = t.TypeVar("Item", LoadBalancer, TargetGroup)


def plan(spec: Spec, snapshot: Snapshot) -> Plan:
    """What to change. Raises ConflictError and SpecError, see checks."""
    return _absent(spec, snapshot) if spec.desired is None else _present(spec, spec.desired, snapshot)


def _present(spec: Spec, desired: Desired, snapshot: Snapshot) -> Plan:
    check_present(spec, desired, snapshot)
    wanted_group = group_spec(spec, desired, snapshot)
    group = own_group(wanted_group, snapshot.groups)
    group_id = group.id if group else unknown(spec.region, addresses.SECURITY_GROUP)
    changes = [
        plan_group(wanted_group, group),
        _load_balancer(spec, desired, snapshot.load_balancer, group_id),
        _target_group(spec, desired, snapshot.target_group),
        *(_listener(spec, listener, snapshot) for listener in desired.listeners),
    ]
    balancer = snapshot.load_balancer
    waits = () if balancer and balancer.state.startswith("active") else (_wait_active(spec),)
    return Plan(changes=tuple(change for change in changes if change), waits=waits)


def _wait_active(spec: Spec) -> Wait:
    return Wait(
        kind=addresses.ACTIVE,
        name="main",
        what=f"load balancer {spec.name} to be active",
        timeout=spec.wait_timeout,
        needs=frozenset({addresses.LOAD_BALANCER}),
    )


def _load_balancer(spec: Spec, desired: Desired, found: LoadBalancer | None, group_id: str) -> Change | None:
    after: dict[str, t.Any] = {
        "subnet_ids": list(desired.subnet_ids),
        "security_group_ids": [group_id],
        "ip_address_type": desired.ip_address_type,
        **desired.attributes,
    }
    if found is None:
        return _new_load_balancer(spec, desired, after)
    tags = spec.owner.tag_drift(found.tags, addresses.LOAD_BALANCER)
    return update(
        "load_balancer",
        "main",
        {
            "subnet_ids": list(found.subnet_ids),
            "security_group_ids": list(found.security_group_ids),
            "ip_address_type": found.ip_address_type,
            **effective(found.attributes, desired.attributes),
            "tags": {key: found.tags.get(key) for key in tags},
        },
        {**after, "tags": tags},
        needs={addresses.SECURITY_GROUP},
        data=LoadBalancerUpdate(
            arn=found.arn,
            subnet_ids=() if found.subnet_ids == desired.subnet_ids else desired.subnet_ids,
            security_group=found.security_group_ids != (group_id,),
            ip_address_type="" if found.ip_address_type == desired.ip_address_type else desired.ip_address_type,
            attributes=drift(found.attributes, desired.attributes),
            tags=tags,
        ),
    )


def _new_load_balancer(spec: Spec, desired: Desired, after: t.Mapping[str, t.Any]) -> Change:
    return Change(
        kind="load_balancer",
        name="main",
        action=Action.CREATE,
        reason="missing",
        after={"name": spec.name, "scheme": "internet-facing", **after},
        needs=frozenset({addresses.SECURITY_GROUP}),
        data=LoadBalancerCreation(
            owner=spec.owner,
            name=spec.name,
            subnet_ids=desired.subnet_ids,
            ip_address_type=desired.ip_address_type,
            attributes=_not_default(desired.attributes),
        ),
    )


def _target_group(spec: Spec, desired: Desired, found: TargetGroup | None) -> Change | None:
    wanted = desired.target_group
    health = {f"health_check.{key}": value for key, value in dataclasses.asdict(wanted.health_check).items()}
    if found is None:
        fixed = {"name": spec.name, "vpc_id": desired.vpc_id, "protocol": wanted.protocol, "port": wanted.port}
        return Change(
            kind="target_group",
            name="main",
            action=Action.CREATE,
            reason="missing",
            after={**fixed, "target_type": "ip", **health, **wanted.attributes},
            data=TargetGroupCreation(
                owner=spec.owner,
                name=spec.name,
                vpc_id=desired.vpc_id,
                spec=wanted,
                attributes=_not_default(wanted.attributes),
            ),
        )
    tags = spec.owner.tag_drift(found.tags, addresses.TARGET_GROUP)
    return update(
        "target_group",
        "main",
        {
            **{f"health_check.{key}": value for key, value in dataclasses.asdict(found.health_check).items()},
            **effective(found.attributes, wanted.attributes),
            "tags": {key: found.tags.get(key) for key in tags},
        },
        {**health, **wanted.attributes, "tags": tags},
        data=TargetGroupUpdate(
            arn=found.arn,
            health_check=None if found.health_check == wanted.health_check else wanted.health_check,
            attributes=drift(found.attributes, wanted.attributes),
            tags=tags,
        ),
    )


def _listener(spec: Spec, wanted: ListenerSpec, snapshot: Snapshot) -> Change | None:
    address = addresses.listener(wanted.name)
    group_arn = snapshot.target_group.arn if snapshot.target_group else unknown(spec.region, addresses.TARGET_GROUP)
    after: dict[str, t.Any] = {"protocol": wanted.protocol, "port": wanted.port, "action": forward_to(group_arn)}
    needs = frozenset({addresses.LOAD_BALANCER, addresses.TARGET_GROUP})
    found = own_listener(spec, wanted, snapshot.listeners)
    if found is None:
        return Change(
            kind="listener",
            name=wanted.name,
            action=Action.CREATE,
            reason="missing",
            after=after,
            needs=needs,
            data=ListenerCreation(owner=spec.owner, spec=wanted),
        )
    check_listener(spec, wanted, found, (item for item in snapshot.listeners if item is not found))
    tags = spec.owner.tag_drift(found.tags, address)
    before = {"protocol": found.protocol, "port": found.port, "action": found.action}
    return update(
        "listener",
        wanted.name,
        {**before, "tags": {key: found.tags.get(key) for key in tags}},
        {**after, "tags": tags},
        needs=needs,
        data=ListenerUpdate(arn=found.arn, spec=wanted, modify=before != after, tags=tags),
    )


def _not_default(wanted: t.Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in wanted.items() if value != AWS_DEFAULTS[key]}


def _absent(spec: Spec, snapshot: Snapshot) -> Plan:
    """In AWS's order: listeners, load balancer, its network interfaces, then what they used."""
    balancer, target_group = _own(spec, snapshot.load_balancer), _own(spec, snapshot.target_group)
    check_absent(balancer, target_group)
    changes: list[Change] = []
    if balancer:
        changes += _deletions_of_load_balancer(spec, balancer, snapshot.listeners)
    if target_group:
        needs = {change.address for change in changes}
        changes.append(_deletion("target_group", "main", target_group.arn, {"name": spec.name}, needs=needs))
    groups = [group for group in snapshot.groups if spec.owner.owns(group.tags)]
    needs = {addresses.LOAD_BALANCER, f"{addresses.INTERFACES_GONE}/main"}
    for number, group in enumerate(sorted(groups, key=lambda item: item.id)):
        # There are two only if the VPC was exchanged behind our back.
        name = "alb" if number == 0 else f"alb-{group.id}"
        changes.append(plan_group_deletion(spec.owner, name, group, needs=needs))
    gone = Wait(
        kind=addresses.INTERFACES_GONE,
        name="main",
        what=f"network interfaces of load balancer {spec.name} to be gone",
        timeout=spec.wait_timeout,
        needs=frozenset({addresses.LOAD_BALANCER}),
        data=spec.name,
    )
    used = bool(groups) or any(change.kind == "load_balancer" for change in changes)
    return Plan(changes=tuple(changes), waits=(gone,) if used else ())


def _own(spec: Spec, found: Item | None) -> Item | None:
    return found if found and spec.owner.owns(found.tags) else None


def _deletions_of_load_balancer(
    spec: Spec, balancer: LoadBalancer, listeners: t.Iterable[Listener]
) -> t.Iterator[Change]:
    ours = [
        (item.tags["Resource"].partition("/")[2], item)
        for item in listeners
        if spec.owner.owns(item.tags) and item.tags.get("Resource", "").startswith("listener/")
    ]
    for name, item in ours:
        yield _deletion("listener", name, item.arn, {"protocol": item.protocol, "port": item.port})
    # Listeners that others have added go with the load balancer.
    before = {"name": spec.name, "dns_name": balancer.dns_name}
    yield _deletion("load_balancer", "main", balancer.arn, before, needs={f"listener/{name}" for name, _item in ours})


def _deletion(kind: str, name: str, arn: str, before: t.Mapping[str, t.Any], *, needs: t.Iterable[str] = ()) -> Change:
    return Change(
        kind=kind,
        name=name,
        action=Action.DELETE,
        reason="state is absent",
        before=before,
        needs=frozenset(needs),
        data=Deletion(arn=arn),
    )
