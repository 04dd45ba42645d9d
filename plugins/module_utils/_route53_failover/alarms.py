# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms behind the switches.

Route 53 follows the data points of the metric, with the settings of the alarm as they were when the health check was
made. It takes standard resolution, no metric math and no M out of N (Route 53 Developer Guide, "How Route 53
determines the status of health checks that monitor CloudWatch alarms").
"""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner
from .._failover_chain import health_checks, switches
from .._route53.zones import owner_reference

_COPIED: t.Final = ("Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "Threshold")
_COMPARED: t.Final = (*_COPIED, "ComparisonOperator", "TreatMissingData", "Unit", "ExtendedStatistic")
# What others may have attached to an alarm of ours, and how we make it. PutMetricAlarm replaces everything, so a change
# repeats what is there.
ACTIONS: t.Final[t.Mapping[str, t.Any]] = {
    "ActionsEnabled": True,
    "AlarmActions": [],
    "OKActions": [],
    "InsufficientDataActions": [],
}


def alarm_address(evicted: str, seat: str) -> str:
    """The address in the plan of the alarm in ``seat`` behind the switch of ``evicted``."""
    return f"metric_alarm/{evicted}-{health_checks.switch(seat)}"


def alarm_mark(owner: Owner, evicted: str, seat: str) -> str:
    """What in an alarm's description says that it is ours: DescribeAlarms returns descriptions, but not tags."""
    return f"{owner_reference(owner)}{evicted}/{health_checks.switch(seat)}"


def copied(owner: Owner, evicted: str) -> dict[str, t.Any]:
    """The settings that Route 53 copies, in the form of normal_copy()."""
    return {
        "Namespace": switches.NAMESPACE,
        "MetricName": switches.METRIC,
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Dimensions": {"Stack": owner.stack, "Environment": owner.environment, "Region": evicted},
    }


def settings(owner: Owner, evicted: str, seat: str) -> dict[str, t.Any]:
    """All settings of the alarm in ``seat``, in the form of normal()."""
    mark = alarm_mark(owner, evicted, seat)
    return {
        **copied(owner, evicted),
        "TreatMissingData": "missing",
        "Unit": None,
        "ExtendedStatistic": None,
        "DatapointsToAlarm": 1,
        "AlarmDescription": (
            f"Switch of {evicted} for {owner.stack} {owner.environment}: 1 takes its traffic away, 0 gives it back to "
            f"health. {mark}"
        ),
    }


def normal(alarm: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The settings of a MetricAlarm as CloudWatch answers it."""
    return {
        **{key: alarm.get(key) for key in _COMPARED},
        "Dimensions": _dimensions(alarm),
        # Left out, it is the number of evaluation periods.
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods"),
        "AlarmDescription": alarm.get("AlarmDescription", ""),
    }


def normal_copy(copy: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A HealthCheck's CloudWatchAlarmConfiguration."""
    return {
        **{key: copy.get(key) for key in (*_COPIED, "ComparisonOperator")},
        "Dimensions": _dimensions(copy),
    }


def for_put(name: str, wanted: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The request of PutMetricAlarm, without tags and actions."""
    dimensions = [{"Name": key, "Value": value} for key, value in wanted["Dimensions"].items()]
    # Left out, DatapointsToAlarm is what we want, and Route 53 has no reason to take it for an M out of N.
    left_out = {"Dimensions", "DatapointsToAlarm"}
    plain = {key: value for key, value in wanted.items() if value is not None and key not in left_out}
    return {"AlarmName": name, **plain, "Dimensions": dimensions}


def _dimensions(item: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in item.get("Dimensions", ())}
