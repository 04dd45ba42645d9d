# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all resources of Application Auto Scaling share in their calls."""

from __future__ import annotations

import typing as t

from ..._engine.context import Context
from ..._engine.retry import retry, retry_each

Result = t.TypeVar("Result")

SERVICE: t.Final = "application-autoscaling"
_DIMENSION: t.Final = "ecs:service:DesiredCount"
# What it says while something that was just made is not known everywhere, or is being changed: (code, part of the
# message).
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
    """What names the target of a service of this name, which is in a cluster of the same name."""
    return {"ServiceNamespace": "ecs", "ResourceId": f"service/{service}/{service}", "ScalableDimension": _DIMENSION}


def when_known(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """Make the call, again while it is too early for it. Raises the last ClientError."""
    return retry_each(ctx, call, _NOT_YET, timeout=_NOT_YET_SECONDS)


def unless_busy(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """Make the call, again while another one changes the same. Raises the last ClientError."""
    return retry(ctx, call, codes={"ConcurrentUpdateException"}, timeout=_NOT_YET_SECONDS)
