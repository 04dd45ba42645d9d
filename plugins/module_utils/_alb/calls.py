# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calling Elastic Load Balancing: creating once, and being patient with what is new or going."""

from __future__ import annotations

import contextlib
import typing as t

from .._aws.owner import Owner
from .._engine.aws_errors import error_code
from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.retry import create_once, retry, until_found
from .observe import find_tags
from .snapshot import Listener, LoadBalancer, TargetGroup

with contextlib.suppress(ImportError):  # see clients.py
    import botocore.exceptions as botocore_errors

Item = t.TypeVar("Item", LoadBalancer, TargetGroup, Listener)
Result = t.TypeVar("Result")

# Answers about what was created a moment ago, by us or the layer before, and is not known everywhere yet. InvalidSubnet
# is what a subnet gets whose internet gateway or route is that young.
_NOT_YET: t.Final = frozenset(
    {
        "InvalidSecurityGroup",
        "InvalidSubnet",
        "LoadBalancerNotFound",
        "SubnetNotFound",
        "TargetGroupNotFound",
    }
)
_NOT_YET_SECONDS: t.Final = 20.0
_GONE: t.Final = frozenset({"ListenerNotFound", "LoadBalancerNotFound", "TargetGroupNotFound"})


def create_named(
    ctx: Context, create: t.Callable[[], Item], find: t.Callable[[], Item | None], owner: Owner, duplicate: str
) -> Item:
    """Create what AWS keeps unique by name or port, without failing over a lost answer.

    :param create: the creating call, on a client with ``retry=False``.
    :param find: looks it up by that name or port, whosever it is.
    :param duplicate: AWS's error code if it is there already.
    Raises ConflictError if someone else has made one meanwhile.
    """

    def find_ours() -> Item | None:
        found = find()
        if found and not owner.owns(find_tags(ctx, [found.arn]).get(found.arn, {})):
            raise ConflictError(f"{found.arn} has appeared meanwhile, and is not of this stack.")
        return found

    try:
        return create_once(ctx, create, find_ours)
    except botocore_errors.ClientError as error:
        # The answer to a first attempt was lost, and AWS did not list what it had made at once.
        found = until_found(ctx, find_ours) if error_code(error) == duplicate else None
        if found is None:
            raise
        return found


def add_tags(ctx: Context, arn: str, tags: t.Mapping[str, str]) -> None:
    """Set these tags, if any, and leave the others."""
    if tags:
        ctx.client("elbv2").add_tags(ResourceArns=[arn], Tags=pairs(tags))


def pairs(values: t.Mapping[str, str]) -> list[dict[str, str]]:
    """The form in which tags and attributes are sent."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def patiently(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """Repeat the call while AWS does not yet know everywhere what it refers to."""
    return retry(ctx, call, codes=_NOT_YET, timeout=_NOT_YET_SECONDS)


def unless_gone(call: t.Callable[[], object]) -> None:
    """Make a deleting call; what is gone already counts as deleted."""
    try:
        call()
    except botocore_errors.ClientError as error:
        if error_code(error) not in _GONE:
            raise
