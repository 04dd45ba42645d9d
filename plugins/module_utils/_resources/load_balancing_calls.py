# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that resources of Elastic Load Balancing share: tags, creating once, retries."""

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
# For what this layer or the one before has just created, and is not known everywhere yet. InvalidSubnet: for a subnet
# with a new internet gateway or route.
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
    """A resource of Elastic Load Balancing."""

    @property
    def arn(self) -> str: ...


Item = t.TypeVar("Item", bound=Found)


def find_tags(ctx: Context, arns: t.Sequence[str]) -> dict[str, dict[str, str]]:
    """The tags by ARN, 20 ARNs per call."""
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
    """The attributes in AWS's answer, by key."""
    return {item["Key"]: item.get("Value") or "" for item in answer.get("Attributes", ())}


def create_named(
    ctx: Context, create: t.Callable[[], Item], find: t.Callable[[], Item | None], owner: Owner, duplicate: str
) -> Item:
    """Create a resource that AWS keeps unique by name, port or priority, also if an answer is lost.

    :param create: the creating call, on a client with ``retry=False``.
    :param find: looks it up by that name, port or priority, whoever owns it.
    :param duplicate: AWS's error code if it exists already.
    Raises ConflictError if someone else has created one meanwhile.
    """

    def find_own() -> Item | None:
        found = find()
        if found and not owner.owns(find_tags(ctx, [found.arn]).get(found.arn, {})):
            raise ConflictError(f"{found.arn} has appeared meanwhile, and does not belong to {owner.title}.")
        return found

    try:
        return create_once(ctx, create, find_own)
    except ClientError as error:
        # The answer to a first attempt was lost, and AWS did not list the new resource at once.
        found = until_found(ctx, find_own) if error_code(error) == duplicate else None
        if found is None:
            raise
        return found


def patiently(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """Repeat the call while AWS does not know everywhere what it refers to."""
    return retry(ctx, call, codes=_NOT_YET, timeout=_NOT_YET_SECONDS)


def unless_gone(call: t.Callable[[], object]) -> None:
    """Make a deleting call. A resource that does not exist counts as deleted."""
    unless(_GONE, call)
