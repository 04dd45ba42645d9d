# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the calls of all resources of Application Auto Scaling share."""

from __future__ import annotations

import typing as t

from ..._engine.context import Context
from ..._engine.retry import retry, retry_each

Result = t.TypeVar("Result")

SERVICE: t.Final = "application-autoscaling"
_DIMENSION: t.Final = "ecs:service:DesiredCount"
# Answers while a new resource is not known everywhere yet, or is being changed: (code, part of the message).
_NOT_YET: t.Final = (
    ("ConcurrentUpdateException", ""),
    ("ObjectNotFoundException", ""),
    ("ValidationException", "doesn't exist"),
    ("ValidationException", "assume"),
    ("ValidationException", "not attached"),
)
_NOT_YET_SECONDS: t.Final = 60.0
GONE: t.Final = frozenset({"ObjectNotFoundException"})


def where(service: str) -> dict[str, str]:
    """The parameters that identify the service's target. The cluster has the service's name."""
    return {"ServiceNamespace": "ecs", "ResourceId": f"service/{service}/{service}", "ScalableDimension": _DIMENSION}


def when_known(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """Make the call, and repeat it while what it refers to is too new. Raises the last ClientError."""
    return retry_each(ctx, call, _NOT_YET, timeout=_NOT_YET_SECONDS)


def unless_busy(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """Make the call, and repeat it while another one changes the same. Raises the last ClientError."""
    return retry(ctx, call, codes={"ConcurrentUpdateException"}, timeout=_NOT_YET_SECONDS)
