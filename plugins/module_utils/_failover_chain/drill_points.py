# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data points by which a dashboard shows drills. Pure.

They are in the namespace of switches, to which the policies on PutMetricData are limited, and in the region that is
drilled. No alarm looks at them.
"""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import switch_namespace
from .switches import metric_dimensions

METRIC: t.Final = "Drill"
# CloudWatch keeps one value a minute; more often, so that none is missed.
SECONDS: t.Final = 30.0


def data_point(owner: Owner, region: str) -> dict[str, t.Any]:
    """PutMetricData's request while the region is broken on purpose. Before and afterwards there is no data."""
    dimensions = metric_dimensions(owner, region)
    return {
        "Namespace": switch_namespace(owner),
        "MetricData": [{"MetricName": METRIC, "Dimensions": dimensions, "Value": 1.0}],
    }
