# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Composite alarms in CloudWatch: the writes. They are read with all other alarms."""

from __future__ import annotations

import typing as t

from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .composite_alarm import FIELDS, KIND
from .metric_alarm_calls import delete, put_alarm


def put(ctx: Context, change: Change, known: Known) -> None:
    """PutCompositeAlarm."""
    del known
    put_alarm(ctx, change.data, ctx.client("cloudwatch").put_composite_alarm, FIELDS)


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
