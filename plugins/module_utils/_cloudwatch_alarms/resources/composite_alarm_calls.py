# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Composite alarms in CloudWatch: the writes. They are read with all other alarms."""

from __future__ import annotations

import typing as t

from ..._aws.owner import tag_list
from ..._engine.context import Context
from ..._engine.field import write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .composite_alarm import FIELDS, KIND
from .metric_alarm import AlarmData
from .metric_alarm_calls import delete


def put(ctx: Context, change: Change, known: Known) -> None:
    """PutCompositeAlarm, which takes tags for new alarms only; for an old one TagResource sets them."""
    del known
    data: AlarmData = change.data
    client = ctx.client("cloudwatch")
    tags = tag_list(data.tags)
    if data.values:
        own = {} if data.arn else {"Tags": tags}
        client.put_composite_alarm(AlarmName=data.name, **write(FIELDS, data.values), **own)
    if data.arn and tags:
        client.tag_resource(ResourceARN=data.arn, Tags=tags)


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
