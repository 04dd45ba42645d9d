# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduled actions: reads and writes. Names identify them, so repeated puts do no harm."""

from __future__ import annotations

import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.field import read, write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .scaling_calls import GONE, SERVICE, unless_busy, when_known, where
from .scheduled_action import FIELDS, KIND, ActionChange, ScheduledAction


def find_actions(ctx: Context, service: str) -> tuple[ScheduledAction, ...]:
    """All scheduled actions of the service's target (DescribeScheduledActions)."""
    pages = ctx.client(SERVICE).get_paginator("describe_scheduled_actions").paginate(**where(service))
    return tuple(
        ScheduledAction(name=item["ScheduledActionName"], values=read(FIELDS, item))
        for page in pages
        for item in page["ScheduledActions"]
    )


def put(ctx: Context, change: Change, _known: Known) -> None:
    """Create or change it."""
    data: ActionChange = change.data
    client = ctx.client(SERVICE)
    request = {**where(data.service), "ScheduledActionName": data.name, **write(FIELDS, data.values)}
    if data.values["schedule"].startswith("rate"):
        # "When the scheduled action uses an at or cron expression" (PutScheduledAction).
        del request["Timezone"]
    when_known(ctx, lambda: client.put_scheduled_action(**request))


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete it."""
    data: ActionChange = change.data
    client, place = ctx.client(SERVICE), where(data.service)
    unless(
        GONE, lambda: unless_busy(ctx, lambda: client.delete_scheduled_action(**place, ScheduledActionName=data.name))
    )


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
