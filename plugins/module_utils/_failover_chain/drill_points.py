# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data points by which a dashboard shows drills. Pure.

They are in the switches' namespace, to which policies limit PutMetricData, and in the region of the drill. No alarm
uses them.
"""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import switch_namespace
from .switches import metric_dimensions

METRIC: t.Final = "Drill"
# CloudWatch keeps one value a minute; two points a minute leave no gap.
SECONDS: t.Final = 30.0


def data_point(owner: Owner, region: str) -> dict[str, t.Any]:
    """PutMetricData's request during a drill of the region. Before and afterwards there is no data."""
    dimensions = metric_dimensions(owner, region)
    return {
        "Namespace": switch_namespace(owner),
        "MetricData": [{"MetricName": METRIC, "Dimensions": dimensions, "Value": 1.0}],
    }
