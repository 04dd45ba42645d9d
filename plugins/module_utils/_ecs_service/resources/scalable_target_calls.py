# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scalable target: reads and writes. The service identifies it, so registering it twice does no harm."""

from __future__ import annotations

import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.field import read, write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .scalable_target import FIELDS, KIND, Registration, ScalableTarget
from .scaling_calls import GONE, SERVICE, unless_busy, when_known, where


def find_target(ctx: Context, service: str) -> ScalableTarget | None:
    """The target of the service, or None (DescribeScalableTargets)."""
    request: dict[str, t.Any] = where(service)
    request["ResourceIds"] = [request.pop("ResourceId")]
    found = ctx.client(SERVICE).describe_scalable_targets(**request)["ScalableTargets"]
    return ScalableTarget(values=read(FIELDS, found[0])) if found else None


def register(ctx: Context, change: Change, _known: Known) -> None:
    """Register or change it. AWS brings the number of tasks into the range, and creates its role if it is missing."""
    data: Registration = change.data
    client = ctx.client(SERVICE)
    request = {**where(data.service), **write(FIELDS, data.values)}
    when_known(ctx, lambda: client.register_scalable_target(**request))


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Deregister it, and with it its policies and scheduled actions (DeregisterScalableTarget)."""
    client, place = ctx.client(SERVICE), where(change.data)
    unless(GONE, lambda: unless_busy(ctx, lambda: client.deregister_scalable_target(**place)))


CALLS: t.Final = Calls(kind=KIND, create=register, update=register, delete=delete)
