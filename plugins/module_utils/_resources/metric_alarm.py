# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all metric alarms share: the fields of their evaluation, and their owner. Pure."""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import caller_reference_prefix
from .._engine.field import Field, parameter

KIND: t.Final = "metric_alarm"
# Route 53 copies these into the health check that follows an alarm.
COPIED: t.Final = frozenset({"copied"})

EVALUATION: t.Final = (
    parameter("evaluation_periods", "EvaluationPeriods", traits=COPIED),
    parameter("threshold", "Threshold", traits=COPIED),
    parameter("comparison_operator", "ComparisonOperator", traits=COPIED),
    parameter("treat_missing_data", "TreatMissingData"),
    # Defaults to the number of evaluation periods.
    Field(
        name="datapoints_to_alarm",
        read=lambda answer: answer.get("DatapointsToAlarm") or answer.get("EvaluationPeriods"),
        write=lambda value: {"DatapointsToAlarm": value},
        default=1,
    ),
    parameter("description", "AlarmDescription", ""),
)


def mark(owner: Owner, what: str) -> str:
    """The owner in an alarm's description: DescribeAlarms returns descriptions, but not tags."""
    return f"{caller_reference_prefix(owner)}{what}"
