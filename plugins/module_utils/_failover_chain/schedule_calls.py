# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls for the schedules that hold switches."""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import switch_schedule
from .._engine.aws_errors import unless
from .._engine.context import Context
from . import schedules
from .schedules import GROUP, Schedule

GONE: t.Final = frozenset({"ResourceNotFoundException"})


def read_schedule(ctx: Context, region: str, owner: Owner) -> Schedule | None:
    """GetSchedule; None if there is none."""
    client, name = ctx.client("scheduler", region=region), switch_schedule(owner)
    answer = unless(GONE, lambda: client.get_schedule(GroupName=GROUP, Name=name))
    return schedules.parse(owner, region, answer) if answer else None


def update_schedule(ctx: Context, region: str, owner: Owner, values: t.Mapping[str, t.Any]) -> None:
    """UpdateSchedule, which resets fields that the request leaves out to their defaults."""
    client = ctx.client("scheduler", region=region)
    client.update_schedule(GroupName=GROUP, Name=switch_schedule(owner), **schedules.request(values))
