# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms in CloudWatch: the reads and the writes."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import stack_names
from ..._aws.owner import Owner, tag_list
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.field import Field, write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._resources.metric_alarm import KIND
from ..._resources.metric_alarm_calls import GONE, describe_alarms, read_tags
from . import composite_alarm
from .metric_alarm import FIELDS, Alarm, AlarmData, parse


def find_alarms(ctx: Context, owner: Owner, *, tags: bool, composite: bool = False) -> tuple[Alarm, ...]:
    """All alarms that have the layer's prefix.

    :param tags: whether theirs are read; what is to go needs none.
    :param composite: whether there can be composite ones.
    """
    items = describe_alarms(ctx, ctx.region, stack_names.alarm_prefix(owner), composite=composite)
    found = [
        parse(owner, item, composite_alarm.KIND, composite_alarm.FIELDS) if "AlarmRule" in item else parse(owner, item)
        for item in items
    ]
    wanted = {alarm.arn: alarm.address for alarm in found if tags or not alarm.owned}
    read = read_tags(ctx, owner, ctx.region, wanted) if wanted else {}
    # One whose tags are gone has gone meanwhile.
    there = [alarm for alarm in found if alarm.arn not in wanted or read[alarm.arn] is not None]
    return tuple(_tagged(owner, alarm, read.get(alarm.arn) or {}) for alarm in there)


def _tagged(owner: Owner, alarm: Alarm, tags: t.Mapping[str, str]) -> Alarm:
    return dataclasses.replace(alarm, owned=alarm.owned or owner.owns(tags), tags=tags)


def put(ctx: Context, change: Change, known: Known) -> None:
    """PutMetricAlarm."""
    del known
    put_alarm(ctx, change.data, ctx.client("cloudwatch").put_metric_alarm, FIELDS)


def put_alarm(ctx: Context, data: AlarmData, call: t.Callable[..., t.Any], fields: t.Iterable[Field]) -> None:
    """By the call for its kind, which takes tags for new alarms only; for an old one TagResource sets them."""
    tags = tag_list(data.tags)
    if data.values:
        own = {} if data.arn else {"Tags": tags}
        call(AlarmName=data.name, **write(fields, data.values), **own)
    if data.arn and tags:
        ctx.client("cloudwatch").tag_resource(ResourceARN=data.arn, Tags=tags)


def delete(ctx: Context, change: Change, known: Known) -> None:
    """DeleteAlarms."""
    del known
    unless(GONE, lambda: ctx.client("cloudwatch").delete_alarms(AlarmNames=[change.data.name]))


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
