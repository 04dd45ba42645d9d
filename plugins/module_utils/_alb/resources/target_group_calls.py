# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Target groups in Elastic Load Balancing: the reads and the writes."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.context import Context
from ..._engine.field import read, write, write_new
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import retry
from ..._resources.load_balancing_calls import (
    add_tags,
    create_named,
    pairs,
    patiently,
    unless_gone,
    unless_missing,
    unpaired,
)
from .target_group import ATTRIBUTES, FIXED, HEALTH_CHECK, KIND, TargetGroup, TargetGroupChange, parse


def find_target_group(ctx: Context, name: str) -> TargetGroup | None:
    """The target group with this name, ours or not, without attributes and tags."""
    elb = ctx.client("elbv2")
    answer = unless_missing(lambda: elb.describe_target_groups(Names=[name]), "TargetGroupNotFound")
    return parse(answer["TargetGroups"][0]) if answer and answer["TargetGroups"] else None


def with_attributes(ctx: Context, found: TargetGroup) -> TargetGroup:
    """The same with its attributes: one call."""
    answer = ctx.client("elbv2").describe_target_group_attributes(TargetGroupArn=found.arn)
    return dataclasses.replace(found, values={**found.values, **read(ATTRIBUTES, unpaired(answer))})


def create_target_group(ctx: Context, change: Change, known: Known) -> None:
    """Create it with its tags and health check, then set the attributes that differ from AWS's defaults."""
    data: TargetGroupChange = change.data

    def create() -> TargetGroup:
        answer = ctx.client("elbv2", retry=False).create_target_group(
            Name=data.spec.name,
            HealthCheckEnabled=True,
            Tags=pairs(data.tags),
            **write((*FIXED, *HEALTH_CHECK), data.values),
        )
        return parse(answer["TargetGroups"][0])

    def find() -> TargetGroup | None:
        return find_target_group(ctx, data.spec.name)

    created = create_named(ctx, create, find, data.spec.owner, "DuplicateTargetGroupName")
    known.put(change.address, id=created.arn)
    _set_attributes(ctx, created.arn, write_new(ATTRIBUTES, data.values))


def update_target_group(ctx: Context, change: Change, _known: Known) -> None:
    """Repair what differs. Targets are never touched: they belong to whoever registered them."""
    data: TargetGroupChange = change.data
    add_tags(ctx, data.arn, data.tags)
    if write(HEALTH_CHECK, data.values):
        # All of it, since AWS judges interval and timeout together.
        request = write(HEALTH_CHECK, data.spec.values)
        ctx.client("elbv2").modify_target_group(TargetGroupArn=data.arn, **request)
    _set_attributes(ctx, data.arn, write(ATTRIBUTES, data.values))


def delete_target_group(ctx: Context, change: Change, known: Known) -> None:
    """Delete it, as soon as AWS no longer counts it as used by the rule or listener that was deleted before."""
    arn: str = change.data
    unless_gone(
        lambda: retry(
            ctx,
            lambda: ctx.client("elbv2").delete_target_group(TargetGroupArn=arn),
            codes={"ResourceInUse"},
            timeout=float(ctx.params["wait_timeout"]),
        )
    )
    known.forget(change.address)


CALLS: t.Final = Calls(kind=KIND, create=create_target_group, update=update_target_group, delete=delete_target_group)


def _set_attributes(ctx: Context, arn: str, wanted: t.Mapping[str, str]) -> None:
    if wanted:
        elb = ctx.client("elbv2")
        patiently(ctx, lambda: elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=pairs(wanted)))
