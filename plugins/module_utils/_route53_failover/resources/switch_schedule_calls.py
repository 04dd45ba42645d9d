# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes of the schedules that hold switches. What reads and changes them is in _failover_chain."""

from __future__ import annotations

import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import retry
from ..._failover_chain import schedules
from ..._failover_chain.schedule_calls import GONE
from ..._failover_chain.schedules import GROUP, KIND
from ..._resources.role_calls import was_made
from .switch_schedule import ROLE_ADDRESS, ScheduleData

Result = t.TypeVar("Result")

# For how long IAM may not have made a new role known everywhere.
_ROLE_SECONDS: t.Final = 60.0


def create(ctx: Context, change: Change, known: Known) -> None:
    """CreateSchedule, idempotent by the client token that the SDK gives it."""
    data: ScheduleData = change.data
    client = ctx.client("scheduler", region=data.region)
    request = _request(data, known)
    _once_assumed(ctx, lambda: client.create_schedule(GroupName=GROUP, Name=data.name, **request), known)


def update(ctx: Context, change: Change, known: Known) -> None:
    """UpdateSchedule, which sets every field."""
    data: ScheduleData = change.data
    client = ctx.client("scheduler", region=data.region)
    request = _request(data, known)
    _once_assumed(ctx, lambda: client.update_schedule(GroupName=GROUP, Name=data.name, **request), known)


def delete(ctx: Context, change: Change, known: Known) -> None:
    """DeleteSchedule."""
    del known
    client = ctx.client("scheduler", region=change.data.region)
    unless(GONE, lambda: client.delete_schedule(GroupName=GROUP, Name=change.data.name))


def _request(data: ScheduleData, known: Known) -> dict[str, t.Any]:
    arn = known.get(ROLE_ADDRESS, "arn")
    return schedules.request({**data.values, "role_arn": arn})


def _once_assumed(ctx: Context, call: t.Callable[[], Result], known: Known) -> Result:
    """The call's result. A new role, or its new trust policy, may not be known everywhere yet."""

    def passed() -> Result:
        return retry(ctx, call, codes={"ValidationException"}, containing="assume the role", timeout=_ROLE_SECONDS)

    # To pass a role that IAM has not made known yet is forbidden to everyone.
    codes = {"AccessDeniedException"} if was_made(known, ROLE_ADDRESS) else frozenset[str]()
    return retry(ctx, passed, codes=codes, timeout=_ROLE_SECONDS / 2)


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
