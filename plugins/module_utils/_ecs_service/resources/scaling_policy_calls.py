# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies of the scalable target: reads and writes. Names identify them, so repeated puts do no harm."""

from __future__ import annotations

import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.field import read, write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .scaling_calls import GONE, SERVICE, unless_busy, when_known, where
from .scaling_policy import FIELDS, KIND, PolicyChange, ScalingPolicy, resource_label
from .target_group import ADDRESS as TARGET_GROUP


def find_policies(ctx: Context, service: str) -> tuple[ScalingPolicy, ...]:
    """All policies of the service's target (DescribeScalingPolicies)."""
    pages = ctx.client(SERVICE).get_paginator("describe_scaling_policies").paginate(**where(service))
    return tuple(
        ScalingPolicy(
            name=item["PolicyName"], values=read(FIELDS, item.get("TargetTrackingScalingPolicyConfiguration") or {})
        )
        for page in pages
        for item in page["ScalingPolicies"]
    )


def put(ctx: Context, change: Change, known: Known) -> None:
    """Create or change it. AWS creates its alarms."""
    data: PolicyChange = change.data
    values = dict(data.values)
    if values["resource_label"]:
        values["resource_label"] = resource_label(data.listener_arn, known.get(TARGET_GROUP))
    request = {
        **where(data.service),
        "PolicyName": data.name,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": write(FIELDS, values),
    }
    client = ctx.client(SERVICE)
    when_known(ctx, lambda: client.put_scaling_policy(**request))


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete it. AWS deletes its alarms."""
    data: PolicyChange = change.data
    client, place = ctx.client(SERVICE), where(data.service)
    unless(GONE, lambda: unless_busy(ctx, lambda: client.delete_scaling_policy(**place, PolicyName=data.name)))


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
