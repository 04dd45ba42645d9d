# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the layer: five calls in three rounds if nothing has to change.

One more if ingress is restricted, six for a log bucket, two for an HTTPS listener and one for a web ACL. More to check
certificates, a trust store or a web ACL before they are added.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._aws import stack_names
from .._aws.owner import Owner
from .._engine.aws_errors import unless
from .._engine.context import Context
from .._engine.errors import SpecError
from .._engine.gather import gather
from .._engine.retry import retry
from .._engine.unknown import is_unknown, unknown
from .._resources.load_balancing_calls import find_tags
from .._resources.security_group import Peer, network, prefix_list
from .._resources.security_group_calls import find_groups
from .resources.listener import HTTPS, Listener
from .resources.listener_calls import check_trust_store, count_rules, describe_certificate, find_listeners, with_details
from .resources.load_balancer import LoadBalancer
from .resources.load_balancer_calls import find_load_balancer, find_target_groups, with_attributes
from .resources.log_bucket import kept, name_of
from .resources.log_bucket_calls import account_id, find_log_bucket
from .resources.mutual_authentication import trust_store_in
from .resources.web_acl_association_calls import check_web_acl, find_web_acl
from .snapshot import Snapshot, Subnet
from .spec import Spec
from .spec_listeners import certificates_in

_SOON_SECONDS: t.Final = 3.0


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """Read everything with the layer's names. Raises SpecError if the VPC or a subnet does not exist."""
    for warning in spec.warnings:
        ctx.warn(f"alb: {warning}")
    readers: dict[str, t.Callable[[], t.Any]] = {
        "named": lambda: _read_named(ctx, spec),
        "vpc_cidrs": lambda: _vpc_cidrs(ctx, spec),
        "health_checkers": lambda: _health_checkers(ctx, spec),
    }
    if spec.log_bucket:
        readers["bucket"] = lambda: _read_bucket(ctx, spec)
    answers = gather(readers)
    found = Snapshot(spec=spec, **answers.pop("named"), **answers.pop("bucket", {}), **answers)
    if spec.absent:
        stays = kept(spec, found.log_bucket)
        if stays:
            ctx.warn(f"alb in {spec.region}: {stays}")
        return dataclasses.replace(found, services=_services(ctx, spec, found.load_balancer))
    _check_trust_stores(ctx, spec, found.listeners)
    if spec.web_acl_arn and spec.web_acl_arn != found.web_acl_arn:
        check_web_acl(ctx, spec.web_acl_arn)
    return dataclasses.replace(
        found, subnets=_subnets(ctx, spec, found.load_balancer), not_issued=_not_issued(ctx, spec, found.listeners)
    )


def _check_trust_stores(ctx: Context, spec: Spec, listeners: t.Iterable[Listener]) -> None:
    """Raises SpecError if a trust store that a listener is to get does not exist."""
    there = {trust_store_in(each.values) for each in listeners}
    for arn in {trust_store_in(each.values) for each in spec.listeners} - there - {""}:
        if not is_unknown(arn):
            check_trust_store(ctx, arn)


def _read_bucket(ctx: Context, spec: Spec) -> dict[str, t.Any]:
    account = account_id(ctx)
    return {"account": account, "log_bucket": find_log_bucket(ctx, name_of(spec, account), account)}


def _not_issued(ctx: Context, spec: Spec, listeners: t.Iterable[Listener]) -> tuple[str, ...]:
    """The ARNs of unissued certificates that a listener is to get: a call for each one in ACM."""
    there = {arn for each in listeners for arn in certificates_in(each.values)}
    wanted = [arn for each in spec.listeners for arn in certificates_in(each.values)]
    readers: dict[str, t.Callable[[], t.Any]] = {
        arn: functools.partial(describe_certificate, ctx, arn)
        for arn in wanted
        if arn not in there and ":acm:" in arn and not is_unknown(arn)
    }
    # Elastic Load Balancing reports one that does not exist.
    return tuple(arn for arn, found in gather(readers).items() if found.get("Status", "ISSUED") != "ISSUED")


def _services(ctx: Context, spec: Spec, balancer: LoadBalancer | None) -> tuple[str, ...]:
    """The target groups of the stack's services. Check mode warns of them and returns none.

    In a dry run of destroy.yml, the layers that are removed first are still there.
    """
    if balancer is None or not spec.owner.owns(balancer.tags):
        return ()
    names = find_target_groups(ctx, spec.owner, balancer.arn)
    if names and ctx.check_mode:
        ctx.warn(
            f"load_balancer/main in {spec.region} can be deleted once the services of its stack are gone "
            f"({', '.join(names)})."
        )
        return ()
    return names


def _read_named(ctx: Context, spec: Spec) -> dict[str, t.Any]:
    """Whatever has one of the names, and the load balancer's listeners."""
    found: dict[str, t.Any] = gather(
        {
            "load_balancer": lambda: find_load_balancer(ctx, stack_names.load_balancer(spec.owner)),
            "groups": lambda: find_groups(ctx, [stack_names.security_group(spec.owner)]),
        }
    )
    return {**found, **(_details(ctx, spec, found["load_balancer"]) if found["load_balancer"] else {})}


def _details(ctx: Context, spec: Spec, balancer: LoadBalancer) -> dict[str, t.Any]:
    parts: dict[str, t.Callable[[], t.Any]] = {
        "load_balancer": lambda: with_attributes(ctx, balancer),
        "listeners": lambda: find_listeners(ctx, balancer.arn),
    }
    if spec.web_acl_arn is not None:
        parts["web_acl_arn"] = lambda: find_web_acl(ctx, balancer.arn)
    details: dict[str, t.Any] = gather(parts)
    listeners: tuple[Listener, ...] = details["listeners"]
    readers: dict[str, t.Callable[[], t.Any]] = {
        "tags": lambda: find_tags(ctx, [balancer.arn, *(item.arn for item in listeners)])
    }
    if not spec.absent:
        readers |= {item.arn: functools.partial(_read_listener, ctx, spec, item) for item in listeners}
    found = gather(readers)
    tags = found["tags"]
    return {
        **details,
        "load_balancer": dataclasses.replace(details["load_balancer"], tags=tags.get(balancer.arn, {})),
        "listeners": tuple(
            dataclasses.replace(found.get(item.arn, item), tags=tags.get(item.arn, {})) for item in listeners
        ),
    }


def _read_listener(ctx: Context, spec: Spec, listener: Listener) -> Listener:
    """Add its details if it is wanted, else the number of its rules."""
    if listener.values["protocol"] != "HTTPS":
        return listener
    if any(each.name == HTTPS for each in spec.listeners):
        return with_details(ctx, listener)
    return count_rules(ctx, listener, _leaving(ctx, spec, listener))


def _leaving(ctx: Context, spec: Spec, listener: Listener) -> list[Owner]:
    """In a dry run of the pass after services have left the listener: the services that are still on it."""
    earlier = ctx.params.get("continue_from") or {}
    if not ctx.check_mode or earlier.get("retiring_listener_arn") != listener.arn:
        return []
    return [spec.owner.of(name) for name in ctx.params["moved_services"]]


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


def _health_checkers(ctx: Context, spec: Spec) -> tuple[Peer, ...]:
    """The region's list (VPC User Guide, "AWS-managed prefix lists"). Health checkers use IPv4 only."""
    if not spec.admit_health_checkers:
        return ()
    name = f"com.amazonaws.{ctx.region}.route53-healthchecks"
    filters = [{"Name": "prefix-list-name", "Values": [name]}]
    found = ctx.client("ec2").describe_managed_prefix_lists(Filters=filters)["PrefixLists"]
    if not found:
        raise SpecError(
            "admit_health_checkers",
            f"there is no managed prefix list {name}.",
            "Set it to false, and add the networks of Route 53's health checkers to ingress_cidrs.",
        )
    return tuple(prefix_list(each["PrefixListId"]) for each in found)


def _subnets(ctx: Context, spec: Spec, balancer: LoadBalancer | None) -> tuple[Subnet, ...]:
    """The wanted subnets, if they or the IP address type have to change."""
    wanted = {"subnet_ids": list(spec.subnet_ids), "ip_address_type": spec.ip_address_type}
    if balancer and wanted.items() <= balancer.values.items():
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
        Subnet(
            id=item["SubnetId"],
            vpc_id=item["VpcId"],
            zone=item["AvailabilityZone"],
            has_ipv6=bool(item.get("Ipv6CidrBlockAssociationSet")),
        )
        for item in sorted(found, key=lambda item: str(item["SubnetId"]))
    )


def _soon(ctx: Context, code: str, call: t.Callable[[], dict[str, t.Any]]) -> dict[str, t.Any] | None:
    # The layer before this one may have just created it, and EC2 is eventually consistent.
    return unless({code}, lambda: retry(ctx, call, codes={code}, timeout=_SOON_SECONDS))
