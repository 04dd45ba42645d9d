# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all resources of Elastic Load Balancing share: tags, creating once, and patience with what is new or going."""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner, Tags, tag_list, tags_from
from .._engine.aws_errors import ClientError, error_code, unless
from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.retry import create_once, retry, until_found

Result = t.TypeVar("Result")

# DescribeTags, ResourceArns.
_ARNS_A_CALL: t.Final = 20
# Answers about what was created a moment ago, by this layer or the one before, and is not known everywhere yet.
# InvalidSubnet is what a subnet gets whose internet gateway or route is that young.
_NOT_YET: t.Final = frozenset(
    {
        "InvalidSecurityGroup",
        "InvalidSubnet",
        "ListenerNotFound",
        "LoadBalancerNotFound",
        "RuleNotFound",
        "SubnetNotFound",
        "TargetGroupNotFound",
        "TrustStoreNotReady",
    }
)
_NOT_YET_SECONDS: t.Final = 20.0
_GONE: t.Final = frozenset({"ListenerNotFound", "LoadBalancerNotFound", "RuleNotFound", "TargetGroupNotFound"})


class Found(t.Protocol):
    """Anything that Elastic Load Balancing knows by an ARN."""

    @property
    def arn(self) -> str: ...


Item = t.TypeVar("Item", bound=Found)


def find_tags(ctx: Context, arns: t.Sequence[str]) -> dict[str, dict[str, str]]:
    """The tags by ARN, 20 ARNs a call."""
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(arns), _ARNS_A_CALL):
        answer = ctx.client("elbv2").describe_tags(ResourceArns=list(arns[start : start + _ARNS_A_CALL]))
        for item in answer.get("TagDescriptions", ()):
            found[item["ResourceArn"]] = tags_from(item.get("Tags"))
    return found


def add_tags(ctx: Context, arn: str, tags: Tags) -> None:
    """Set these tags, if any, and leave the others."""
    if tags:
        ctx.client("elbv2").add_tags(ResourceArns=[arn], Tags=tag_list(tags))


def unpaired(answer: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The attributes of a resource in AWS's answer, by key."""
    return {item["Key"]: item.get("Value") or "" for item in answer.get("Attributes", ())}


def create_named(
    ctx: Context, create: t.Callable[[], Item], find: t.Callable[[], Item | None], owner: Owner, duplicate: str
) -> Item:
    """Create what AWS keeps unique by name, port or priority, without failing over a lost answer.

    :param create: the creating call, on a client with ``retry=False``.
    :param find: looks it up by that name, port or priority, no matter who owns it.
    :param duplicate: AWS's error code if it is there already.
    Raises ConflictError if someone else has made one meanwhile.
    """

    def find_ours() -> Item | None:
        found = find()
        if found and not owner.owns(find_tags(ctx, [found.arn]).get(found.arn, {})):
            raise ConflictError(f"{found.arn} has appeared meanwhile, and does not belong to {owner.title}.")
        return found

    try:
        return create_once(ctx, create, find_ours)
    except ClientError as error:
        # The answer to a first attempt was lost, and AWS did not list what it had made at once.
        found = until_found(ctx, find_ours) if error_code(error) == duplicate else None
        if found is None:
            raise
        return found


def patiently(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """Repeat the call while AWS does not yet know everywhere what it refers to."""
    return retry(ctx, call, codes=_NOT_YET, timeout=_NOT_YET_SECONDS)


def unless_gone(call: t.Callable[[], object]) -> None:
    """Make a deleting call; what is gone already counts as deleted."""
    unless(_GONE, call)
