# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls for the alarms behind the switches."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ..._aws.owner import Owner, tag_list
from ..._aws.stack_names import switch_alarm_prefix
from ..._engine import field
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._failover_chain import switches
from ..._failover_chain.switch_calls import state_of
from ..._resources.metric_alarm import KIND
from ..._resources.metric_alarm_calls import GONE, Tags, describe_alarms, read_tags
from ..snapshot import Alarm
from ..spec import Spec
from .switch_alarm import ACTIONS, FIELDS, AlarmData, address, mark


def find_alarms(ctx: Context, spec: Spec, seat: str) -> tuple[Alarm, ...]:
    """The alarms in a region by their names, without tags."""
    found = describe_alarms(ctx, seat, switch_alarm_prefix(spec.owner))
    return tuple(_alarm(spec.owner, seat, item) for item in found)


def with_tags(ctx: Context, spec: Spec, seat: str, found: t.Sequence[Alarm]) -> tuple[Alarm, ...]:
    """The alarms that still exist, with tags if these are compared or say whose an alarm is."""
    wanted = {alarm.arn: address(alarm.evicted, seat) for alarm in found if not (spec.absent and alarm.owned)}
    tags = read_tags(ctx, spec.owner, seat, wanted)
    gone = {arn for arn, read in tags.items() if read is None}
    return tuple(_tagged(spec.owner, alarm, tags.get(alarm.arn)) for alarm in found if alarm.arn not in gone)


def put(ctx: Context, change: Change, known: Known) -> None:
    """PutMetricAlarm, and TagResource for an existing alarm, which PutMetricAlarm does not tag.

    PutMetricData comes first, so that a new metric exists before its switch.
    """
    del known
    data: AlarmData = change.data
    client = ctx.client("cloudwatch", region=data.seat)
    if data.first is not None:
        client.put_metric_data(**_first_point(data))
    tags = tag_list(data.tags)
    if data.settings:
        client.put_metric_alarm(AlarmName=data.name, **data.settings, **({} if data.arn else {"Tags": tags}))
    if data.arn and tags:
        client.tag_resource(ResourceARN=data.arn, Tags=tags)


def delete(ctx: Context, change: Change, known: Known) -> None:
    """DeleteAlarms, in the alarm's region."""
    del known
    alarm: Alarm = change.data
    client = ctx.client("cloudwatch", region=alarm.seat)
    unless(GONE, lambda: client.delete_alarms(AlarmNames=[alarm.name]))


def _first_point(data: AlarmData) -> dict[str, t.Any]:
    if data.first:
        return switches.data_points(data.owner, {data.evicted: data.first})
    return switches.first_point(data.owner, data.evicted, datetime.datetime.now(datetime.UTC))


def _alarm(owner: Owner, seat: str, item: t.Mapping[str, t.Any]) -> Alarm:
    evicted = item["AlarmName"].removeprefix(switch_alarm_prefix(owner))
    settings = field.read(FIELDS, item)
    return Alarm(
        name=item["AlarmName"],
        arn=item["AlarmArn"],
        seat=seat,
        evicted=evicted,
        owned=mark(owner, evicted, seat) in settings["description"],
        settings=settings,
        actions={key: item[key] for key in ACTIONS if key in item},
        state=state_of(owner, item),
    )


def _tagged(owner: Owner, alarm: Alarm, tags: Tags | None) -> Alarm:
    if tags is None:
        return alarm
    return dataclasses.replace(alarm, owned=alarm.owned or owner.owns(tags), tags=tags)


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
