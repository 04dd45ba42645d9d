# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alarms of both kinds in CloudWatch: reads and writes."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import stack_names
from ..._aws.owner import Owner, tag_list
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.field import write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._resources.metric_alarm import KIND
from ..._resources.metric_alarm_calls import GONE, describe_alarms, read_tags
from . import composite_alarm
from .metric_alarm import FIELDS, Alarm, AlarmData, parse


def find_alarms(ctx: Context, owner: Owner, *, tags: bool, composite: bool = False) -> tuple[Alarm, ...]:
    """All alarms that have the layer's prefix.

    :param tags: whether to read the tags of the layer's own, which a deletion does not need.
    :param composite: whether there can be composite ones.
    """
    items = describe_alarms(ctx, ctx.region, stack_names.alarm_prefix(owner), composite=composite)
    found = [
        parse(owner, item, composite_alarm.KIND, composite_alarm.FIELDS) if "AlarmRule" in item else parse(owner, item)
        for item in items
    ]
    wanted = {alarm.arn: alarm.address for alarm in found if tags or not alarm.owned}
    read = read_tags(ctx, owner, ctx.region, wanted) if wanted else {}
    # An alarm whose tags are gone was deleted meanwhile.
    there = [alarm for alarm in found if alarm.arn not in wanted or read[alarm.arn] is not None]
    return tuple(_tagged(owner, alarm, read.get(alarm.arn) or {}) for alarm in there)


def _tagged(owner: Owner, alarm: Alarm, tags: t.Mapping[str, str]) -> Alarm:
    return dataclasses.replace(alarm, owned=alarm.owned or owner.owns(tags), tags=tags)


def put(ctx: Context, change: Change, _known: Known) -> None:
    """PutMetricAlarm or PutCompositeAlarm, which accept tags for new alarms only; TagResource for existing ones."""
    data: AlarmData = change.data
    client, tags = ctx.client("cloudwatch"), tag_list(data.tags)
    own = {} if data.arn else {"Tags": tags}
    if data.values and change.kind == composite_alarm.KIND:
        client.put_composite_alarm(AlarmName=data.name, **write(composite_alarm.FIELDS, data.values), **own)
    elif data.values:
        client.put_metric_alarm(AlarmName=data.name, **write(FIELDS, data.values), **own)
    if data.arn and tags:
        client.tag_resource(ResourceARN=data.arn, Tags=tags)


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """DeleteAlarms."""
    unless(GONE, lambda: ctx.client("cloudwatch").delete_alarms(AlarmNames=[change.data.name]))


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
COMPOSITE_CALLS: t.Final = Calls(kind=composite_alarm.KIND, create=put, update=put, delete=delete)
