# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only reads of the layer: seven calls if nothing is to be done, in three rounds."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing as t

from .._aws.owner import parse_owner
from .._engine.aws_errors import error_code
from .._engine.context import Context
from .._engine.errors import SpecError
from .._engine.gather import gather
from .._engine.retry import retry
from .._engine.unknown import is_unknown, unknown
from .._resources.security_group import Peer, network
from .._resources.security_group_calls import find_groups
from .ours import identify_ours
from .parsing import parse_listener, parse_load_balancer, parse_target_group
from .snapshot import Listener, LoadBalancer, Snapshot, Subnet, TargetGroup
from .spec import Desired, Names, Spec, names_of

with contextlib.suppress(ImportError):  # see clients.py
    import botocore.exceptions as botocore_errors

# DescribeTags, ResourceArns.
_ARNS_A_CALL: t.Final = 20
_SOON_SECONDS: t.Final = 3.0

_Call = t.Callable[[], list[dict[str, t.Any]]]


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """Everything under the layer's names. Raises SpecError if the VPC or a subnet does not exist."""
    for warning in spec.warnings:
        ctx.warn(f"alb: {warning}")
    names = names_of(spec.owner)
    readers: dict[str, t.Callable[[], t.Any]] = {
        "named": lambda: _read_named(ctx, names),
        "vpc_cidrs": lambda: _vpc_cidrs(ctx, spec),
    }
    answers = gather(readers)
    named: Snapshot = answers["named"]
    found = dataclasses.replace(
        named, vpc_cidrs=answers["vpc_cidrs"], subnets=_subnets(ctx, spec.desired, named.load_balancer)
    )
    return dataclasses.replace(found, ours=identify_ours(spec, found))


def read_early(ctx: Context) -> None:
    """What depends on names alone."""
    _read_named(ctx, names_of(parse_owner({**ctx.params, "tags": {}})))


def _read_named(ctx: Context, names: Names) -> Snapshot:
    """Everything that has one of the names, ours or not, and its listeners."""
    return ctx.read(names, lambda: _read(ctx, names))


def _read(ctx: Context, names: Names) -> Snapshot:
    found: dict[str, t.Any] = gather(
        {
            "load_balancer": lambda: find_load_balancer(ctx, names.main),
            "target_group": lambda: find_target_group(ctx, names.main),
            "groups": lambda: find_groups(ctx, [names.group]),
        }
    )
    return _with_details(ctx, Snapshot(**found))


def find_load_balancer(ctx: Context, name: str) -> LoadBalancer | None:
    """The load balancer with this name, ours or not, without attributes and tags."""
    answer = _unless_missing(
        "LoadBalancerNotFound", lambda: ctx.client("elbv2").describe_load_balancers(Names=[name])["LoadBalancers"]
    )
    return parse_load_balancer(answer[0]) if answer else None


def find_target_group(ctx: Context, name: str) -> TargetGroup | None:
    """The target group with this name, ours or not, without attributes and tags."""
    answer = _unless_missing(
        "TargetGroupNotFound", lambda: ctx.client("elbv2").describe_target_groups(Names=[name])["TargetGroups"]
    )
    return parse_target_group(answer[0]) if answer else None


def find_listeners(ctx: Context, load_balancer_arn: str) -> tuple[Listener, ...]:
    """All listeners of a load balancer, without tags."""
    pages = ctx.client("elbv2").get_paginator("describe_listeners").paginate(LoadBalancerArn=load_balancer_arn)
    return tuple(parse_listener(item) for page in pages for item in page["Listeners"])


def find_tags(ctx: Context, arns: t.Sequence[str]) -> dict[str, dict[str, str]]:
    """The tags by ARN."""
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(arns), _ARNS_A_CALL):
        answer = ctx.client("elbv2").describe_tags(ResourceArns=list(arns[start : start + _ARNS_A_CALL]))
        for item in answer["TagDescriptions"]:
            found[item["ResourceArn"]] = {tag["Key"]: tag["Value"] for tag in item["Tags"]}
    return found


def _with_details(ctx: Context, found: Snapshot) -> Snapshot:
    balancer, target_group = found.load_balancer, found.target_group
    elb = ctx.client("elbv2")
    readers: dict[str, t.Callable[[], t.Any]] = {}
    if balancer:
        readers["balancer"] = functools.partial(elb.describe_load_balancer_attributes, LoadBalancerArn=balancer.arn)
        readers["listeners"] = functools.partial(find_listeners, ctx, balancer.arn)
    if target_group:
        readers["target_group"] = functools.partial(
            elb.describe_target_group_attributes, TargetGroupArn=target_group.arn
        )
    details = gather(readers)
    listeners: tuple[Listener, ...] = details.get("listeners", ())
    tags = find_tags(ctx, [item.arn for item in (balancer, target_group, *listeners) if item])
    return dataclasses.replace(
        found,
        load_balancer=balancer
        and dataclasses.replace(balancer, attributes=_attributes(details["balancer"]), tags=tags.get(balancer.arn, {})),
        target_group=target_group
        and dataclasses.replace(
            target_group,
            attributes=_attributes(details["target_group"]),
            tags=tags.get(target_group.arn, {}),
        ),
        listeners=tuple(dataclasses.replace(item, tags=tags.get(item.arn, {})) for item in listeners),
    )


def _attributes(answer: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {item["Key"]: item.get("Value") or "" for item in answer.get("Attributes", ())}


def _vpc_cidrs(ctx: Context, spec: Spec) -> tuple[Peer, ...]:
    desired = spec.desired
    if desired is None or desired.egress_all:
        return ()
    if desired.vpc_cidrs:
        return desired.vpc_cidrs
    if is_unknown(desired.vpc_id):
        return (network(unknown(spec.region, "vpc/main", "cidr")),)
    vpcs = _soon(ctx, "InvalidVpcID.NotFound", lambda: ctx.client("ec2").describe_vpcs(VpcIds=[desired.vpc_id])["Vpcs"])
    if not vpcs:
        raise SpecError("vpc_id", f"{desired.vpc_id} does not exist in {spec.region}.")
    associations = vpcs[0].get("CidrBlockAssociationSet") or [vpcs[0]]
    return tuple(
        sorted(
            network(item["CidrBlock"])
            for item in associations
            if item.get("CidrBlockState", {}).get("State", "associated") in ("associated", "associating")
        )
    )


def _subnets(ctx: Context, desired: Desired | None, balancer: LoadBalancer | None) -> tuple[Subnet, ...]:
    """The subnets that the load balancer should get, if it has others now."""
    if desired is None or (balancer and balancer.subnet_ids == desired.subnet_ids):
        return ()
    known = [subnet for subnet in desired.subnet_ids if not is_unknown(subnet)]
    if not known:
        return ()
    found = _soon(
        ctx, "InvalidSubnetID.NotFound", lambda: ctx.client("ec2").describe_subnets(SubnetIds=known)["Subnets"]
    )
    missing = set(known) - {item["SubnetId"] for item in found}
    if missing:
        raise SpecError("subnet_ids", f"{', '.join(sorted(missing))}: not all of these exist in {ctx.region}.")
    return tuple(
        Subnet(id=item["SubnetId"], vpc_id=item["VpcId"], zone=item["AvailabilityZone"])
        for item in sorted(found, key=lambda item: str(item["SubnetId"]))
    )


def _soon(ctx: Context, code: str, call: _Call) -> list[dict[str, t.Any]]:
    # The layer before this one may have made it a second ago, and EC2 does not know it everywhere yet.
    return _unless_missing(code, lambda: retry(ctx, call, codes={code}, timeout=_SOON_SECONDS))


def _unless_missing(code: str, call: _Call) -> list[dict[str, t.Any]]:
    try:
        return call()
    except botocore_errors.ClientError as error:
        if error_code(error) == code:
            return []
        raise
