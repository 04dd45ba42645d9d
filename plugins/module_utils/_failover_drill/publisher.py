# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishes for the dashboard that a drill is in progress."""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner
from .._engine.aws_errors import describe
from .._engine.context import Context
from .._failover_chain import drill_points


def publisher(ctx: Context, owner: Owner, region: str) -> t.Callable[[], str]:
    """A function for a Detector that calls PutMetricData. It detects nothing; its first error is a warning."""
    request, warned = drill_points.data_point(owner, region), False

    def publish() -> str:
        nonlocal warned
        try:
            ctx.client("cloudwatch", region=region, retry=False).put_metric_data(**request)
        except Exception as error:
            if not warned and not ctx.stop.is_set():
                warned = True
                ctx.warn(f"the dashboard does not show this drill: {describe(error, region)}")
            raise
        return ""

    return publish
