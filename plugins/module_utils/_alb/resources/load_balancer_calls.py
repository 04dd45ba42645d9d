# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers in Elastic Load Balancing: the reads, the writes and the waits."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ..._aws import stack_names
from ..._aws.changes import Creation, Repair
from ..._aws.owner import Owner, tag_list
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import WaitError
from ..._engine.field import read, write, write_new
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from ..._engine.retry import retry
from ..._resources.load_balancing_calls import add_tags, create_named, find_tags, patiently, unless_gone, unpaired
from . import log_bucket_calls, security_group
from .load_balancer import ACTIVE, ADDRESS, ATTRIBUTES, INTERFACES_GONE, KIND, PARAMETERS, SETTINGS, LoadBalancer, parse

_BUCKET_SECONDS: t.Final = 60.0


def find_load_balancer(ctx: Context, name: str) -> LoadBalancer | None:
    """The load balancer with this name, whoever owns it, without attributes and tags."""
    elb = ctx.client("elbv2")
    answer = unless({"LoadBalancerNotFound"}, lambda: elb.describe_load_balancers(Names=[name]))
    return parse(answer["LoadBalancers"][0]) if answer and answer["LoadBalancers"] else None


def with_attributes(ctx: Context, found: LoadBalancer) -> LoadBalancer:
    """The load balancer with its attributes: one call."""
    answer = ctx.client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=found.arn)
    return dataclasses.replace(found, values={**found.values, **read(ATTRIBUTES, unpaired(answer))})


def find_target_groups(ctx: Context, owner: Owner, arn: str) -> tuple[str, ...]:
    """The names of the stack's target groups that the load balancer forwards to, sorted."""
    pages = ctx.client("elbv2").get_paginator("describe_target_groups").paginate(LoadBalancerArn=arn)
    names = {item["TargetGroupArn"]: str(item["TargetGroupName"]) for page in pages for item in page["TargetGroups"]}
    tags = find_tags(ctx, list(names))
    return tuple(sorted(name for group, name in names.items() if owner.stack_owns(tags.get(group, {}))))


def create_load_balancer(ctx: Context, change: Change, known: Known) -> None:
    """Create it with its tags, then set the attributes that differ from AWS's defaults."""
    data: Creation = change.data
    name = stack_names.load_balancer(data.owner)
    elb = ctx.client("elbv2", retry=False)
    request = {"Name": name, "Tags": tag_list(data.tags), **write(PARAMETERS, _resolved(data.values, known))}

    def create() -> LoadBalancer:
        return parse(patiently(ctx, lambda: elb.create_load_balancer(**request))["LoadBalancers"][0])

    def find() -> LoadBalancer | None:
        return find_load_balancer(ctx, name)

    created = create_named(ctx, create, find, data.owner, "DuplicateLoadBalancerName")
    known.put(change.address, id=created.arn, dns_name=created.dns_name, hosted_zone_id=created.hosted_zone_id)
    _set_attributes(ctx, created.arn, write_new(ATTRIBUTES, data.values), known)


def update_load_balancer(ctx: Context, change: Change, known: Known) -> None:
    """Repair what differs."""
    data: Repair = change.data
    elb, arn, values = ctx.client("elbv2"), data.found.arn, _resolved(data.values, known)
    add_tags(ctx, arn, data.tags)
    for name, call in (
        ("security_group_ids", elb.set_security_groups),
        ("subnet_ids", elb.set_subnets),
        ("ip_address_type", elb.set_ip_address_type),
    ):
        if name in values:
            request = write(SETTINGS, {name: values[name]})
            patiently(ctx, functools.partial(call, LoadBalancerArn=arn, **request))
    _set_attributes(ctx, arn, write(ATTRIBUTES, values), known)


def delete_load_balancer(ctx: Context, change: Change, _known: Known) -> None:
    """Delete it. AWS deletes its network interfaces some time later."""
    unless_gone(lambda: ctx.client("elbv2").delete_load_balancer(LoadBalancerArn=change.data.arn))


def wait_active(ctx: Context, _wait: Wait, known: Known) -> str | None:
    """The state until the load balancer is active. Raises WaitError if AWS could not set it up."""
    arn = known.get(ADDRESS)
    elb = ctx.client("elbv2")
    answer = patiently(ctx, lambda: elb.describe_load_balancers(LoadBalancerArns=[arn]))
    state = answer["LoadBalancers"][0]["State"]
    if state["Code"] == "failed":
        raise WaitError(
            f"the load balancer {arn} could not be set up: {state.get('Reason', 'AWS says no more')}. "
            "Run state absent (destroy.yml --limit), then deploy the region again."
        )
    return None if state["Code"].startswith("active") else str(state["Code"])


def wait_interfaces_gone(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """The number of network interfaces that keep the security group and the VPC in use."""
    # The description is in Elastic Load Balancing's user guide; names are unique in a region.
    left = ctx.client("ec2").describe_network_interfaces(
        Filters=[{"Name": "description", "Values": [f"ELB app/{wait.data}/*"]}]
    )["NetworkInterfaces"]
    return f"{len(left)} left" if left else None


CALLS: t.Final = Calls(
    kind=KIND,
    create=create_load_balancer,
    update=update_load_balancer,
    delete=delete_load_balancer,
    waits={ACTIVE: wait_active, INTERFACES_GONE: wait_interfaces_gone},
)


def _resolved(values: t.Mapping[str, t.Any], known: Known) -> dict[str, t.Any]:
    """The values with the security group's id, which is known by now."""
    groups = {"security_group_ids": [known.get(security_group.ADDRESS)]} if "security_group_ids" in values else {}
    return {**values, **groups}


def _set_attributes(ctx: Context, arn: str, wanted: t.Mapping[str, str], known: Known) -> None:
    if not wanted:
        return
    elb = ctx.client("elbv2")

    def call() -> object:
        return patiently(
            ctx, lambda: elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=tag_list(wanted))
        )

    # A new bucket policy may not be effective everywhere yet.
    codes = {"InvalidConfigurationRequest"} if log_bucket_calls.was_written(known) else frozenset[str]()
    retry(ctx, call, codes=codes, containing="Access Denied for bucket", timeout=_BUCKET_SECONDS)
