# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of load balancers, and of the targets and certificates behind them."""

from __future__ import annotations

import datetime
import functools
import typing as t

from .._aws import stack_names
from .._aws.owner import Owner, tags_from
from .._engine.aws_errors import unless
from .._engine.context import Context, Unread
from .._engine.gather import gather
from .._engine.unread import guarded
from .._route53.names import normalise
from .._route53.records import AliasTarget
from .targets import States, Targets

_NO_GROUP: t.Final = frozenset({"TargetGroupNotFound"})


def read_balancer(ctx: Context, region: str, name: str) -> dict[str, t.Any] | None:
    """The load balancer of that name, None if there is none (DescribeLoadBalancers)."""
    client = ctx.client("elbv2", region=region)
    answer = unless({"LoadBalancerNotFound"}, lambda: client.describe_load_balancers(Names=[name]))
    return dict(answer["LoadBalancers"][0]) if answer and answer["LoadBalancers"] else None


def alias_of(balancer: t.Mapping[str, t.Any]) -> AliasTarget:
    """The alias to a load balancer. The zone id is the load balancer's canonical one, which differs by region."""
    return AliasTarget(
        dns_name=normalise(balancer["DNSName"]),
        zone_id=balancer["CanonicalHostedZoneId"],
        evaluate_target_health=True,
    )


def read_tags(ctx: Context, region: str, arn: str) -> dict[str, str]:
    """The tags of a load balancer or target group (DescribeTags)."""
    client = ctx.client("elbv2", region=region)
    answer = client.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    return tags_from(tag for item in answer for tag in item.get("Tags", ()))


def read_service_targets(ctx: Context, region: str, owner: Owner, services: t.Iterable[str]) -> Targets:
    """The targets of services in a region (DescribeTargetGroups and DescribeTargetHealth for each)."""
    owners = [owner.of(service) for service in services]
    found = gather({stack_names.target_group(each): functools.partial(_both, ctx, region, each) for each in owners})
    missing = [name for name, states in found.items() if states is None]
    text = f"there is no target group {', '.join(missing)} in {region}" if missing else ""
    return Targets(groups={name: states or () for name, states in found.items()}, missing=text)


def read_targets(ctx: Context, region: str, owner: Owner, services: t.Iterable[str]) -> Targets:
    """As read_service_targets; an error goes into ``problem``. Raises nothing."""
    found = guarded(ctx, region, lambda: read_service_targets(ctx, region, owner, services))
    return Targets(problem=found.reason) if isinstance(found, Unread) else found


def read_alternates(ctx: Context, region: str, owner: Owner, services: t.Iterable[str]) -> tuple[str, ...]:
    """The services that have a second target group in a region (DescribeTargetGroups for each)."""
    client = ctx.client("elbv2", region=region)
    names = {each: stack_names.alternate_group(owner.of(each)) for each in services}
    found = gather(
        {
            each: functools.partial(unless, _NO_GROUP, functools.partial(client.describe_target_groups, Names=[name]))
            for each, name in names.items()
        }
    )
    return tuple(each for each in names if found[each])


def _both(ctx: Context, region: str, owner: Owner) -> States | None:
    """The targets in both target groups of a service that has two; None without any group.

    The second one is read only if the first has no targets or unhealthy ones: one of the two is empty or draining,
    unless a release has just ended.
    """
    found = _targets(ctx, region, stack_names.target_group(owner))
    if found is None or (found and all(state["TargetHealth"]["State"] == "healthy" for state in found)):
        return found
    return (*found, *(_targets(ctx, region, stack_names.alternate_group(owner)) or ()))


def _targets(ctx: Context, region: str, name: str) -> States | None:
    client = ctx.client("elbv2", region=region)

    def read() -> States:
        (group,) = client.describe_target_groups(Names=[name])["TargetGroups"]
        answer = client.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
        return tuple(answer["TargetHealthDescriptions"])

    return unless(_NO_GROUP, read)


def read_expiry(ctx: Context, region: str, name: str) -> datetime.datetime | None:
    """When the first of the listeners' default certificates expires; None without any.

    DescribeListeners, and ACM's DescribeCertificate for each certificate.
    """
    balancer = read_balancer(ctx, region, name)
    if balancer is None:
        return None
    client = ctx.client("elbv2", region=region)
    listeners = client.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    arns = {item["CertificateArn"] for listener in listeners for item in listener.get("Certificates", ())}
    acm = ctx.client("acm", region=region) if arns else None
    found = [acm.describe_certificate(CertificateArn=arn)["Certificate"].get("NotAfter") for arn in sorted(arns) if acm]
    return min((moment for moment in found if moment is not None), default=None)
