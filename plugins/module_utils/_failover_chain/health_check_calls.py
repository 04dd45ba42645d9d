# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of health checks."""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner
from .._engine.context import Context
from .health_checks import Check, own_checks


def read_own_checks(ctx: Context, owner: Owner) -> tuple[Check, ...]:
    """The health checks of the stack, from all of the account (ListHealthChecks, 100 a call)."""
    pages = ctx.client("route53").get_paginator("list_health_checks").paginate()
    return own_checks(owner, [item for page in pages for item in page["HealthChecks"]])


def read_status(client: t.Any, check_id: str) -> list[dict[str, t.Any]]:
    """What the checkers last saw (GetHealthCheckStatus). Route 53 refuses this for CALCULATED checks."""
    return list(client.get_health_check_status(HealthCheckId=check_id)["HealthCheckObservations"])


def read_last_failure(client: t.Any, check_id: str) -> list[dict[str, t.Any]]:
    """Why each checker last saw the endpoint fail (GetHealthCheckLastFailureReason). Refused for CALCULATED checks."""
    return list(client.get_health_check_last_failure_reason(HealthCheckId=check_id)["HealthCheckObservations"])
