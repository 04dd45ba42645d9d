# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of health checks."""

from __future__ import annotations

import datetime
import typing as t

from .._aws.owner import Owner
from .._engine.context import Context, Unread
from .._engine.unread import guarded
from .._route53 import health, status_metric
from .health_checks import Check, own_checks


def read_own_checks(ctx: Context, owner: Owner) -> tuple[Check, ...]:
    """The health checks of the stack, from all of the account (ListHealthChecks, 100 a call)."""
    pages = ctx.client("route53").get_paginator("list_health_checks").paginate()
    return own_checks(owner, [item for page in pages for item in page["HealthChecks"]])


def read_status(ctx: Context, check_id: str, *, retry: bool = True) -> list[t.Mapping[str, t.Any]]:
    """The checkers' last observations (GetHealthCheckStatus). Route 53 refuses this for CALCULATED checks.

    If their wording is not known, the metric HealthCheckStatus replaces them, if it can be read.
    """
    answer = ctx.client("route53", retry=retry).get_health_check_status(HealthCheckId=check_id)
    seen: list[t.Mapping[str, t.Any]] = list(answer["HealthCheckObservations"])
    if health.is_healthy(seen) is not None:
        return seen
    found = guarded(ctx, status_metric.REGION, lambda: _with_metric_status(ctx, check_id, seen, retry=retry))
    return seen if isinstance(found, Unread) else found


def _with_metric_status(
    ctx: Context, check_id: str, seen: t.Sequence[t.Mapping[str, t.Any]], *, retry: bool
) -> list[t.Mapping[str, t.Any]]:
    client = ctx.client("cloudwatch", region=status_metric.REGION, retry=retry)
    request = status_metric.metric_request(check_id, datetime.datetime.now(datetime.UTC))
    return status_metric.with_metric_status(seen, client.get_metric_data(**request))


def read_last_failure(client: t.Any, check_id: str) -> list[dict[str, t.Any]]:
    """Each checker's last failure (GetHealthCheckLastFailureReason). Route 53 refuses this for CALCULATED checks."""
    return list(client.get_health_check_last_failure_reason(HealthCheckId=check_id)["HealthCheckObservations"])
