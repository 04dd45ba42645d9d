# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight's reads: who calls AWS, and what the stack has in each region."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._aws.limits import REGION_NAME
from .._aws.owner import ENTRANCE, NETWORK, Owner, is_service_name, tags_from
from .._engine.aws_errors import translate
from .._engine.context import Context
from .._engine.errors import AwsError
from .._engine.gather import gather
from .spec import PreflightSpec

_VPC: t.Final = "vpc"
_ADDRESS: t.Final = "elastic-ip"
_NAT_GATEWAY: t.Final = "natgateway"
# Answers of services in a region that the account has not enabled, if the credentials are valid elsewhere.
NOT_ENABLED: t.Final = frozenset(
    {"AuthFailure", "OptInRequired", "InvalidClientTokenId", "UnrecognizedClientException"}
)
NO_SUCH_REGION: t.Final = "no such region"
# It cannot be disabled ("Enable or disable AWS Regions").
_ALWAYS_ENABLED: t.Final = "us-east-1"
_GROUP: t.Final = "security-group"
# EC2 takes 200 values in the filters of a call.
_MOST_SERVICES: t.Final = 190


@dataclasses.dataclass(frozen=True)
class Identity:
    """Whose credentials these are. See STS, GetCallerIdentity.

    :param region: the region that answered.
    """

    account: str
    arn: str
    region: str = ""


@dataclasses.dataclass(frozen=True)
class StackUsage:
    """How many of the resources under a quota the stack has in a region.

    :param components: the load balancer and the services that have a security group, which each creates first.
    :param other_services: names of services of the stack that the inventory does not have.
    """

    vpcs: int = 0
    addresses: int = 0
    nat_gateways: int = 0
    components: frozenset[str] = frozenset()
    other_services: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Observed:
    """The answers, or the errors in their place."""

    identity: Identity | AwsError
    regions: t.Mapping[str, StackUsage | AwsError]


def observe(ctx: Context, spec: PreflightSpec) -> Observed:
    """One call for the identity and one for every region of the run, all in parallel.

    There are more only if a region refuses the credentials. A region with an invalid name is not called: that would
    end in a time-out.
    """
    owner = Owner(stack=spec.stack, environment=spec.environment, component=NETWORK)
    names = [region.name for region in spec.run if REGION_NAME.fullmatch(region.name)]
    readers: dict[str, t.Callable[[], t.Any]] = {
        name: functools.partial(or_error, name, functools.partial(_usage, ctx, owner, spec.service_names, name))
        for name in names
    }
    elsewhere = [*(region.name for region in spec.regions if region.name not in names), _ALWAYS_ENABLED]
    readers["identity"] = functools.partial(_identity, ctx, names or [_ALWAYS_ENABLED], elsewhere)
    answers = gather(readers)
    return Observed(identity=answers.pop("identity"), regions=answers)


def or_error(region: str, read: t.Callable[[], t.Any]) -> t.Any:
    """The result of a read, or its AwsError."""
    try:
        with translate(region):
            return read()
    except AwsError as error:
        return error


def _identity(ctx: Context, regions: t.Sequence[str], elsewhere: t.Sequence[str]) -> Identity | AwsError:
    """From the first region that answers: one that is not enabled refuses valid credentials, too."""
    answers: list[AwsError] = []
    for region in dict.fromkeys((*regions, *elsewhere)):
        if region not in regions and answers[0].code not in NOT_ENABLED:
            break
        answer: Identity | AwsError = or_error(region, functools.partial(_ask_identity, ctx, region))
        if isinstance(answer, Identity):
            return answer
        answers.append(answer)
    return answers[0]


def _ask_identity(ctx: Context, region: str) -> Identity:
    answer = ctx.client("sts", region=region).get_caller_identity()
    return Identity(account=answer["Account"], arn=answer["Arn"], region=region)


def opt_in_status(ctx: Context, identity: Identity, region: str) -> str:
    """DescribeRegions' OptInStatus, or NO_SUCH_REGION; empty if unknown."""
    ec2 = ctx.client("ec2", region=identity.region)
    answer = or_error(identity.region, lambda: ec2.describe_regions(RegionNames=[region], AllRegions=True)["Regions"])
    if isinstance(answer, AwsError):
        return NO_SUCH_REGION if answer.code == "InvalidParameterValue" else ""
    return str(answer[0].get("OptInStatus", "")) if answer else ""


def _usage(ctx: Context, owner: Owner, services: t.Sequence[str], region: str) -> StackUsage:
    identity = owner.identity()
    known = (ENTRANCE, *services)
    filters = [
        {"Name": "key", "Values": list(identity)},
        {"Name": "value", "Values": [*identity.values(), *known[:_MOST_SERVICES]]},
        {"Name": "resource-type", "Values": [_VPC, _ADDRESS, _NAT_GATEWAY, _GROUP]},
    ]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for page in ctx.client("ec2", region=region).get_paginator("describe_tags").paginate(Filters=filters):
        for tag in page["Tags"]:
            found.setdefault((tag["ResourceType"], tag["ResourceId"]), {})[tag["Key"]] = tag.get("Value", "")
    ours = [kind for (kind, _id), tags in found.items() if owner.owns(tags)]
    if _VPC not in ours:
        # Tags of deleted resources stay for about an hour. Without a VPC, the stack has none of the others.
        return StackUsage()
    groups = {name: tags for (kind, name), tags in found.items() if kind == _GROUP and owner.stack_owns(tags)}
    # A component that nothing was asked about is not in the answer, unless it is called like the stack, but the other
    # tags of its group are.
    others = [name for name, tags in groups.items() if tags.get("Component") not in (NETWORK, *known)]
    return StackUsage(
        vpcs=1,
        addresses=ours.count(_ADDRESS),
        nat_gateways=ours.count(_NAT_GATEWAY),
        components=frozenset(tags.get("Component", "") for tags in groups.values()),
        other_services=_other_services(ctx, owner, known, others, region) if others else (),
    )


def _other_services(
    ctx: Context, owner: Owner, known: t.Collection[str], groups: t.Sequence[str], region: str
) -> tuple[str, ...]:
    """The services of these security groups. Of a group that was just deleted its tags alone are left."""
    pages = ctx.client("ec2", region=region).get_paginator("describe_security_groups")
    filters = [{"Name": "group-id", "Values": list(groups[:_MOST_SERVICES])}]
    found = [
        tags_from(group.get("Tags")) for page in pages.paginate(Filters=filters) for group in page["SecurityGroups"]
    ]
    names = {tags.get("Component", "") for tags in found if owner.stack_owns(tags)}
    return tuple(sorted(name for name in names if name not in known and is_service_name(name)))
