# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Target groups in Elastic Load Balancing: reads and writes."""

from __future__ import annotations

import typing as t

from ..._aws import stack_names
from ..._aws.changes import Creation, Repair
from ..._aws.owner import tag_list
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.field import read, write, write_new
from ..._engine.gather import gather
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import retry
from ..._resources.load_balancing_calls import add_tags, create_named, find_tags, patiently, unless_gone, unpaired
from .target_group import ALTERNATE, KIND, TargetGroup
from .target_group_fields import ATTRIBUTES, FIXED, HEALTH_CHECK, PORT

_NONE: t.Final = frozenset({"TargetGroupNotFound"})


def find_target_group(ctx: Context, name: str) -> TargetGroup | None:
    """The target group with this name, whoever owns it, with attributes and tags, or None: three calls."""
    found = _describe(ctx, name)
    if found is None:
        return None
    arn = str(found["TargetGroupArn"])
    elb = ctx.client("elbv2")
    readers: dict[str, t.Callable[[], t.Any]] = {
        "attributes": lambda: elb.describe_target_group_attributes(TargetGroupArn=arn),
        "tags": lambda: find_tags(ctx, [arn]),
    }
    details = unless(_NONE, lambda: gather(readers))
    if details is None:
        return None
    return TargetGroup(
        arn=arn,
        values={**read((*FIXED, *HEALTH_CHECK), found), **read(ATTRIBUTES, unpaired(details["attributes"]))},
        load_balancer_arns=tuple(sorted(found.get("LoadBalancerArns") or ())),
        tags=details["tags"].get(arn, {}),
    )


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create it with its tags and health check, then set the attributes that differ from AWS's defaults."""
    data: Creation = change.data
    name_of = stack_names.alternate_group if change.address == ALTERNATE else stack_names.target_group
    name = name_of(data.owner)
    elb = ctx.client("elbv2", retry=False)
    request = {"Name": name, "Tags": tag_list(data.tags), **write((PORT, *FIXED, *HEALTH_CHECK), data.values)}

    def make() -> TargetGroup:
        return _identified(elb.create_target_group(**request)["TargetGroups"][0])

    def find() -> TargetGroup | None:
        found = _describe(ctx, name)
        return _identified(found) if found else None

    arn = create_named(ctx, make, find, data.owner, "DuplicateTargetGroupName").arn
    known.put(change.address, id=arn)
    _set_attributes(ctx, arn, write_new(ATTRIBUTES, data.values))


def update(ctx: Context, change: Change, _known: Known) -> None:
    """Repair what differs. Targets are never touched: ECS registers them."""
    data: Repair = change.data
    arn = data.found.arn
    add_tags(ctx, arn, data.tags)
    if health_check := write(HEALTH_CHECK, data.values):
        ctx.client("elbv2").modify_target_group(TargetGroupArn=arn, **health_check)
    _set_attributes(ctx, arn, write(ATTRIBUTES, data.values))


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete it, once AWS no longer considers it in use by a deleted rule."""

    def call() -> object:
        return ctx.client("elbv2").delete_target_group(TargetGroupArn=change.data.arn)

    timeout = float(ctx.params["wait_timeout"])
    unless_gone(lambda: retry(ctx, call, codes={"ResourceInUse"}, timeout=timeout))


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)


def _describe(ctx: Context, name: str) -> dict[str, t.Any] | None:
    answer = unless(_NONE, lambda: ctx.client("elbv2").describe_target_groups(Names=[name])["TargetGroups"])
    return answer[0] if answer else None


def _identified(item: t.Mapping[str, t.Any]) -> TargetGroup:
    return TargetGroup(arn=item["TargetGroupArn"], values={})


def _set_attributes(ctx: Context, arn: str, attributes: t.Mapping[str, str]) -> None:
    if attributes:
        elb = ctx.client("elbv2")
        patiently(ctx, lambda: elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=tag_list(attributes)))
