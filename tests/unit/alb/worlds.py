# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the layer start from, and AWS in miniature: it carries out a plan on a snapshot."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._alb.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources.listener import Listener
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources.load_balancer import LoadBalancer
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources.log_bucket import LogBucket
from ansible_collections.everlook.failover.plugins.module_utils._alb.snapshot import Snapshot, Subnet
from ansible_collections.everlook.failover.plugins.module_utils._alb.spec import Spec, parse
from ansible_collections.everlook.failover.plugins.module_utils._aws.changes import Creation, Repair
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import (
    GroupChange,
    Rule,
    SecurityGroup,
    network,
)

REGION = "us-east-1"
VPC = "vpc-1"
SUBNETS = ("subnet-a", "subnet-b")
BALANCER_ARN = "arn:lb"
FOREIGN = {"ManagedBy": "somebody", "Name": "hello-dev"}
EVERYWHERE = Rule(direction="egress", protocol="-1", peer=network("0.0.0.0/0"))
_REQUIRED = {
    "stack": "hello",
    "environment": "dev",
    "tags": {"Team": "web"},
    "vpc_id": VPC,
    "subnet_ids": list(SUBNETS),
}


@functools.cache
def _validator() -> ArgumentSpecValidator:
    return ArgumentSpecValidator(dict(LAYER.job.argument_spec), required_if=list(LAYER.job.required_if))


def validate(**params: t.Any) -> tuple[dict[str, t.Any], list[str]]:
    """Parameters as Ansible hands them to the module, and its complaints."""
    result = _validator().validate({**_REQUIRED, **params})
    return result.validated_parameters, list(result.error_messages)


def make_spec(**params: t.Any) -> Spec:
    """The spec for the options, the rest of which have their defaults."""
    validated, errors = validate(**params)
    assert not errors
    return parse(validated, REGION)


EMPTY = Snapshot(spec=make_spec(), account="111111111111", vpc_cidrs=(network("10.10.0.0/16"),))


def deployed(spec: Spec) -> Snapshot:
    """What is there after a first run."""
    return carry_out(spec, EMPTY)


def carry_out(spec: Spec, snapshot: Snapshot) -> Snapshot:
    """What is there after the plan for the snapshot was applied."""
    for step in plan(spec, snapshot).in_order():
        if isinstance(step, Change):
            snapshot = _EFFECTS[step.kind](snapshot, step)
    return dataclasses.replace(snapshot, spec=spec)


def _group(snapshot: Snapshot, change: Change) -> Snapshot:
    if change.action is Action.DELETE:
        gone = change.data.group_id
        return dataclasses.replace(snapshot, groups=tuple(each for each in snapshot.groups if each.id != gone))
    data: GroupChange = change.data
    if change.action is Action.CREATE:
        new = SecurityGroup(
            id="sg-ours", name=data.spec.group_name, vpc_id=data.spec.vpc_id, tags=data.tags, rules=data.spec.rules
        )
        return dataclasses.replace(snapshot, groups=(*snapshot.groups, new))
    groups = tuple(_changed(each, data) if each.id == data.group_id else each for each in snapshot.groups)
    return dataclasses.replace(snapshot, groups=groups)


def _changed(group: SecurityGroup, data: GroupChange) -> SecurityGroup:
    kept = group.rules - set(data.delta.revoke) - set(data.delta.redescribe)
    rules = kept | set(data.delta.authorize) | set(data.delta.redescribe)
    return dataclasses.replace(group, rules=rules, tags={**group.tags, **data.tags})


def _load_balancer(snapshot: Snapshot, change: Change) -> Snapshot:
    data = change.data
    if change.action is Action.DELETE:
        return dataclasses.replace(snapshot, load_balancer=None, listeners=())
    assert isinstance(data, (Creation, Repair))
    group = {"security_group_ids": ["sg-ours"]} if "security_group_ids" in data.values else {}
    if change.action is Action.CREATE:
        balancer = LoadBalancer(
            arn=BALANCER_ARN,
            dns_name="hello-dev-1.elb.amazonaws.com",
            hosted_zone_id="Z35SXDOTRQ7X7K",
            vpc_id=VPC,
            state="active",
            values={**data.values, **group},
            tags=data.tags,
        )
        return dataclasses.replace(snapshot, load_balancer=balancer)
    found = snapshot.load_balancer
    assert found is not None
    return dataclasses.replace(snapshot, load_balancer=_updated(found, {**data.values, **group}, data.tags))


def _listener(snapshot: Snapshot, change: Change) -> Snapshot:
    data = change.data
    if change.action is Action.DELETE:
        return dataclasses.replace(snapshot, listeners=tuple(each for each in snapshot.listeners if each != data))
    if isinstance(data, Creation):
        new = Listener(arn=f"arn:{change.name}", values=data.values, tags=data.tags)
        return dataclasses.replace(snapshot, listeners=(*snapshot.listeners, new))
    assert isinstance(data, Repair)
    listeners = [_updated(each, data.values, data.tags) if each == data.found else each for each in snapshot.listeners]
    return dataclasses.replace(snapshot, listeners=tuple(listeners))


def _log_bucket(snapshot: Snapshot, change: Change) -> Snapshot:
    data = change.data
    if change.action is Action.DELETE:
        return dataclasses.replace(snapshot, log_bucket=None)
    if isinstance(data, Creation):
        new = LogBucket(name=change.after["name"], values=data.values, tags=data.tags)
        return dataclasses.replace(snapshot, log_bucket=new)
    assert isinstance(data, Repair)
    return dataclasses.replace(snapshot, log_bucket=_updated(data.found, data.values, data.tags))


def _web_acl(snapshot: Snapshot, change: Change) -> Snapshot:
    return dataclasses.replace(snapshot, web_acl_arn="" if change.action is Action.DELETE else change.data)


Item = t.TypeVar("Item", LoadBalancer, Listener, LogBucket)


def _updated(item: Item, values: t.Mapping[str, t.Any], tags: t.Mapping[str, str]) -> Item:
    return dataclasses.replace(item, values={**item.values, **values}, tags={**item.tags, **tags})


_EFFECTS = {
    "security_group": _group,
    "load_balancer": _load_balancer,
    "log_bucket": _log_bucket,
    "listener": _listener,
    "web_acl_association": _web_acl,
}


def subnets(*zones: str, vpc_id: str = VPC) -> tuple[Subnet, ...]:
    """Subnets as observed, one for each zone named."""
    return tuple(Subnet(id=f"subnet-{number}", vpc_id=vpc_id, zone=zone) for number, zone in enumerate(zones))
