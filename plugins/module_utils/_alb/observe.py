# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the layer: seven calls if nothing is to be done, in three rounds."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._aws import stack_names
from .._aws.owner import ENTRANCE, Owner, parse_owner
from .._engine.context import Context
from .._engine.errors import SpecError
from .._engine.gather import gather
from .._engine.retry import retry
from .._engine.unknown import is_unknown, unknown
from .._resources.load_balancing_calls import find_tags, unless_missing
from .._resources.security_group import Peer, network
from .._resources.security_group_calls import find_groups
from .resources.listener_calls import find_listeners
from .resources.load_balancer import LoadBalancer
from .resources.load_balancer_calls import find_load_balancer, with_attributes
from .resources.target_group_calls import find_target_group
from .resources.target_group_calls import with_attributes as with_target_group_attributes
from .snapshot import Snapshot, Subnet
from .spec import Spec

_SOON_SECONDS: t.Final = 3.0


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """Everything under the layer's names. Raises SpecError if the VPC or a subnet does not exist."""
    for warning in spec.warnings:
        ctx.warn(f"alb: {warning}")
    readers: dict[str, t.Callable[[], t.Any]] = {
        "named": lambda: _read_named(ctx, spec.owner),
        "vpc_cidrs": lambda: _vpc_cidrs(ctx, spec),
    }
    answers = gather(readers)
    found = Snapshot(spec=spec, vpc_cidrs=answers["vpc_cidrs"], **answers["named"])
    return dataclasses.replace(found, subnets=_subnets(ctx, spec, found.load_balancer))


def read_early(ctx: Context) -> None:
    """What depends on names alone."""
    _read_named(ctx, parse_owner({**ctx.params, "tags": {}}, ENTRANCE))


def _read_named(ctx: Context, owner: Owner) -> dict[str, t.Any]:
    """Everything that has one of the names, ours or not, and its listeners."""
    names = (stack_names.load_balancer(owner), stack_names.security_group(owner))
    return ctx.read(names, lambda: _read(ctx, *names))


def _read(ctx: Context, name: str, group_name: str) -> dict[str, t.Any]:
    found: dict[str, t.Any] = gather(
        {
            "load_balancer": lambda: find_load_balancer(ctx, name),
            "target_group": lambda: find_target_group(ctx, name),
            "groups": lambda: find_groups(ctx, [group_name]),
        }
    )
    balancer, target_group = found["load_balancer"], found["target_group"]
    readers: dict[str, t.Callable[[], t.Any]] = {}
    if balancer:
        readers["load_balancer"] = functools.partial(with_attributes, ctx, balancer)
        readers["listeners"] = functools.partial(find_listeners, ctx, balancer.arn)
    if target_group:
        readers["target_group"] = functools.partial(with_target_group_attributes, ctx, target_group)
    found |= gather(readers)
    listeners = found.get("listeners", ())
    tags = find_tags(ctx, [item.arn for item in (balancer, target_group, *listeners) if item])

    def tagged(item: t.Any) -> t.Any:
        return item and dataclasses.replace(item, tags=tags.get(item.arn, {}))

    return {
        **found,
        "load_balancer": tagged(found["load_balancer"]),
        "target_group": tagged(found["target_group"]),
        "listeners": tuple(tagged(item) for item in listeners),
    }


def _vpc_cidrs(ctx: Context, spec: Spec) -> tuple[Peer, ...]:
    if spec.absent or spec.egress_all:
        return ()
    if spec.vpc_cidrs:
        return spec.vpc_cidrs
    if is_unknown(spec.vpc_id):
        return (network(unknown(spec.region, "vpc/main", "cidr")),)
    ec2 = ctx.client("ec2")
    answer = _soon(ctx, "InvalidVpcID.NotFound", lambda: ec2.describe_vpcs(VpcIds=[spec.vpc_id]))
    if not answer or not answer["Vpcs"]:
        raise SpecError("vpc_id", f"{spec.vpc_id} does not exist in {spec.region}.")
    vpc = answer["Vpcs"][0]
    associations = vpc.get("CidrBlockAssociationSet") or [vpc]
    return tuple(
        sorted(
            network(item["CidrBlock"])
            for item in associations
            if item.get("CidrBlockState", {}).get("State", "associated") in ("associated", "associating")
        )
    )


def _subnets(ctx: Context, spec: Spec, balancer: LoadBalancer | None) -> tuple[Subnet, ...]:
    """The subnets that the load balancer should get, if it has others now."""
    if spec.absent or (balancer and balancer.values["subnet_ids"] == list(spec.subnet_ids)):
        return ()
    known = [subnet for subnet in spec.subnet_ids if not is_unknown(subnet)]
    if not known:
        return ()
    ec2 = ctx.client("ec2")
    answer = _soon(ctx, "InvalidSubnetID.NotFound", lambda: ec2.describe_subnets(SubnetIds=known))
    found = answer["Subnets"] if answer else []
    missing = set(known) - {item["SubnetId"] for item in found}
    if missing:
        raise SpecError("subnet_ids", f"{', '.join(sorted(missing))}: not all of these exist in {ctx.region}.")
    return tuple(
        Subnet(id=item["SubnetId"], vpc_id=item["VpcId"], zone=item["AvailabilityZone"])
        for item in sorted(found, key=lambda item: str(item["SubnetId"]))
    )


def _soon(ctx: Context, code: str, call: t.Callable[[], dict[str, t.Any]]) -> dict[str, t.Any] | None:
    # The layer before this one may have made it a second ago, and EC2 does not know it everywhere yet.
    return unless_missing(lambda: retry(ctx, call, codes={code}, timeout=_SOON_SECONDS), code)
