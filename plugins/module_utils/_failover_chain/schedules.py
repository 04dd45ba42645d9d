# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedules that hold switches: one a region, which publishes the data points of its switches every minute. Pure.

Route 53 keeps the last known status of a metric check only for some hours, so a switch needs data points for as long
as it is to stay. EventBridge Scheduler publishes them in the switch's own region, independent of any other, with a
universal target (EventBridge Scheduler User Guide, "Using universal targets").
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import caller_reference_prefix
from .._engine import field
from .._engine.field import Answer, Field, parameter
from .._resources.role_policy import partition_of
from . import switches

KIND: t.Final = "schedule"
ENABLED: t.Final = "ENABLED"
DISABLED: t.Final = "DISABLED"
# Schedules have no tags. This group exists in every account.
GROUP: t.Final = "default"
# AWS advises against longer periods without data (Route 53 Developer Guide, values of a health check).
LASTS: t.Final = "a few hours"
# A late data point is useless, because the next one comes within a minute.
_RETRY: t.Final = {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 1}


def _input(answer: Answer) -> str:
    """In a normal form of JSON."""
    text = answer["Target"].get("Input") or ""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return str(text)


def _target(name: str, key: str, default: t.Any = field.NO_DEFAULT) -> Field:
    """A member of the schedule's target."""
    return Field(
        name=name,
        read=lambda answer: answer["Target"].get(key, None if default is field.NO_DEFAULT else default),
        write=lambda value: {"Target": {key: value}},
        default=default,
    )


FIELDS: t.Final = (
    parameter("state", "State"),
    parameter("expression", "ScheduleExpression"),
    parameter("timezone", "ScheduleExpressionTimezone", "UTC"),
    parameter("start_date", "StartDate", None),
    parameter("end_date", "EndDate", None),
    parameter("kms_key_arn", "KmsKeyArn", None),
    parameter("action_after_completion", "ActionAfterCompletion", "NONE"),
    parameter("description", "Description", ""),
    Field(
        name="flexible_time_window",
        read=lambda answer: (answer.get("FlexibleTimeWindow") or {}).get("Mode"),
        write=lambda value: {"FlexibleTimeWindow": {"Mode": value}},
    ),
    _target("target", "Arn"),
    _target("role_arn", "RoleArn"),
    _target("retry_policy", "RetryPolicy"),
    _target("dead_letter", "DeadLetterConfig", None),
    Field(name="input", read=_input, write=lambda value: {"Target": {"Input": value}}),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Schedule:
    """The schedule of a region.

    :param evicts: the regions whose eviction it publishes; None if it publishes something else.
    :param owned: whether its description says that it is the stack's.
    :param values: of FIELDS.
    """

    region: str
    evicts: frozenset[str] | None
    owned: bool
    values: t.Mapping[str, t.Any]

    @property
    def enabled(self) -> bool:
        return bool(self.values["state"] == ENABLED)

    @property
    def holds(self) -> frozenset[str]:
        """The regions that it keeps evicted."""
        return (self.evicts or frozenset()) if self.enabled else frozenset()


def address(region: str) -> str:
    """The address in the plan."""
    return f"{KIND}/{region}-switch"


def parse(owner: Owner, region: str, answer: Answer) -> Schedule:
    """From GetSchedule."""
    values = field.read(FIELDS, answer)
    return Schedule(
        region=region,
        evicts=_evicts(owner, values["input"]),
        owned=_mark(owner) in values["description"],
        values=values,
    )


def wanted(owner: Owner, region: str, *, evicts: frozenset[str], enabled: bool, role_arn: str) -> dict[str, t.Any]:
    """The wanted values of FIELDS."""
    values = {
        "state": ENABLED if enabled else DISABLED,
        "expression": "rate(1 minute)",
        "description": f"Holds the switches of {owner.title} that {region} has set. {_mark(owner)}",
        "flexible_time_window": "OFF",
        "target": f"arn:{partition_of(region)}:scheduler:::aws-sdk:cloudwatch:putMetricData",
        "role_arn": role_arn,
        "retry_policy": _RETRY,
        "input": input_of(owner, evicts),
    }
    return {each.name: values.get(each.name, each.default) for each in FIELDS}


def set_to(owner: Owner, schedule: Schedule, evicts: frozenset[str]) -> dict[str, t.Any]:
    """The schedule's values, changed so that it keeps these regions evicted.

    Without any region it is disabled and keeps its input, because PutMetricData needs data points.
    """
    if not evicts:
        return {**schedule.values, "state": DISABLED}
    return {**schedule.values, "state": ENABLED, "input": input_of(owner, evicts)}


def request(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The parameters of CreateSchedule and UpdateSchedule besides the name."""
    return field.write_new(FIELDS, values)


def input_of(owner: Owner, evicts: t.Iterable[str]) -> str:
    """What the schedule publishes every minute, in JSON."""
    return json.dumps(switches.data_points(owner, dict.fromkeys(evicts, switches.EVICT)), sort_keys=True)


def _evicts(owner: Owner, text: str) -> frozenset[str] | None:
    try:
        data = json.loads(text)["MetricData"]
        regions = frozenset(str(item["Value"]) for datum in data for item in datum["Dimensions"][-1:])
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    return regions if regions and text == input_of(owner, regions) else None


def _mark(owner: Owner) -> str:
    """The part of the description that says whose schedule it is."""
    return f"{caller_reference_prefix(owner)}switch"
