# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes of the schedules that hold switches. The reads, and switch.yml's update, are in _failover_chain."""

from __future__ import annotations

import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Action, Change
from ..._engine.resource import Calls
from ..._engine.retry import retry
from ..._failover_chain import schedules
from ..._failover_chain.schedule_calls import GONE
from ..._failover_chain.schedules import GROUP, KIND
from ..._resources.role_calls import was_made
from .switch_schedule import ROLE_ADDRESS, ScheduleData

Result = t.TypeVar("Result")

# How long a new role may take to be known everywhere
_ROLE_SECONDS: t.Final = 60.0


def put(ctx: Context, change: Change, known: Known) -> None:
    """CreateSchedule, idempotent by the SDK's client token, or UpdateSchedule, which sets every field."""
    data: ScheduleData = change.data
    client = ctx.client("scheduler", region=data.region)
    call = client.create_schedule if change.action is Action.CREATE else client.update_schedule
    request = schedules.request({**data.values, "role_arn": known.get(ROLE_ADDRESS, "arn")})
    _once_assumed(ctx, lambda: call(GroupName=GROUP, Name=data.name, **request), known)


def delete(ctx: Context, change: Change, known: Known) -> None:
    """DeleteSchedule."""
    del known
    client = ctx.client("scheduler", region=change.data.region)
    unless(GONE, lambda: client.delete_schedule(GroupName=GROUP, Name=change.data.name))


def _once_assumed(ctx: Context, call: t.Callable[[], Result], known: Known) -> Result:
    """Retry the call while a new role, or its new trust policy, is not known everywhere."""

    def passed() -> Result:
        return retry(ctx, call, codes={"ValidationException"}, containing="assume the role", timeout=_ROLE_SECONDS)

    # Nobody may pass a role that is not known yet.
    codes = {"AccessDeniedException"} if was_made(known, ROLE_ADDRESS) else frozenset[str]()
    return retry(ctx, passed, codes=codes, timeout=_ROLE_SECONDS / 2)


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
