# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls for alarms, and for their tags, which DescribeAlarms leaves out.

ListTagsForResource is a call an alarm, and a stack has an alarm for each pair of regions. GetResources of the Resource
Groups Tagging API shows those of a whole region, but learns of changes late: it can only say that tags are right. An
alarm of which it says anything else, or nothing, is asked itself.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import typing as t

from ..._aws.owner import Owner, tag_list, tags_from
from ..._aws.stack_names import switch_alarm_prefix
from ..._engine import field
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.gather import gather
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._failover_chain import switches
from ..._failover_chain.switch_calls import describe_alarms, state_of
from ..snapshot import Alarm
from ..spec import Spec
from .switch_alarm import ACTIONS, FIELDS, KIND, AlarmData, address, mark

with contextlib.suppress(ImportError):  # see _engine/clients.py
    import botocore.exceptions as botocore_errors

Tags = dict[str, str]

_GONE: t.Final = frozenset({"ResourceNotFound", "ResourceNotFoundException"})
# As many alarms of a region are asked one by one: two or three regions need no right beyond CloudWatch's.
_FEW: t.Final = 2
_A_PAGE: t.Final = 100


def find_alarms(ctx: Context, spec: Spec, seat: str) -> tuple[Alarm, ...]:
    """The alarms in a region by their names, without tags."""
    found = describe_alarms(ctx, seat, switch_alarm_prefix(spec.owner))
    return tuple(_alarm(spec.owner, seat, item) for item in found)


def with_tags(ctx: Context, spec: Spec, seat: str, found: t.Sequence[Alarm]) -> tuple[Alarm, ...]:
    """These alarms, but those that have gone. Tags are read where they are wanted, or say whose an alarm is."""
    tags = _read_tags(ctx, spec.owner, seat, [alarm for alarm in found if not (spec.absent and alarm.owned)])
    gone = {arn for arn, read in tags.items() if read is None}
    return tuple(_tagged(spec.owner, alarm, tags.get(alarm.arn)) for alarm in found if alarm.arn not in gone)


def put(ctx: Context, change: Change, known: Known) -> None:
    """PutMetricAlarm, which takes tags for new alarms only; for an old one TagResource sets them.

    PutMetricData comes before it, so that a new metric is known when the first switch is made.
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
    unless(_GONE, lambda: client.delete_alarms(AlarmNames=[alarm.name]))


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


def _read_tags(ctx: Context, owner: Owner, seat: str, found: t.Sequence[Alarm]) -> dict[str, Tags | None]:
    """Tags by ARN; None for an alarm that has gone meanwhile."""
    shown = _shown(ctx, owner, seat) if len(found) > _FEW else {}
    right = {
        alarm.arn: shown[alarm.arn]
        for alarm in found
        if alarm.arn in shown and not owner.tag_drift(shown[alarm.arn], address(alarm.evicted, seat))
    }
    client = ctx.client("cloudwatch", region=seat)
    others = [alarm.arn for alarm in found if alarm.arn not in right]
    return {**right, **gather({arn: functools.partial(_tags_of, client, arn) for arn in others})}


def _shown(ctx: Context, owner: Owner, seat: str) -> dict[str, Tags]:
    """The tags of alarms that say they are the stack's (GetResources). Nothing if that fails: it only saves calls."""
    filters = [{"Key": key, "Values": [value]} for key, value in owner.identity().items()]
    client = ctx.client("resourcegroupstaggingapi", region=seat, retry=False)
    try:
        pages = client.get_paginator("get_resources").paginate(
            ResourceTypeFilters=["cloudwatch:alarm"], TagFilters=filters, ResourcesPerPage=_A_PAGE
        )
        return {
            item["ResourceARN"]: tags_from(item.get("Tags"))
            for page in pages
            for item in page["ResourceTagMappingList"]
        }
    except (botocore_errors.ClientError, botocore_errors.BotoCoreError):
        return {}


def _tags_of(client: t.Any, arn: str) -> Tags | None:
    """ListTagsForResource."""
    answer = unless(_GONE, lambda: client.list_tags_for_resource(ResourceARN=arn))
    return None if answer is None else tags_from(answer.get("Tags"))


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
