# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms in CloudWatch. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import stack_names, untagged
from ..._aws.owner import Owner, Tags
from ..._engine import field
from ..._engine.changes import create, delete, update
from ..._engine.field import Answer, Field
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.metric_alarm import EVALUATION, KIND, mark
from ..alarms import AlarmSpec, Metric, alarms
from . import topic

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec


def _read_metrics(answer: Answer) -> list[Metric]:
    found = [_read_metric(item) for item in answer.get("Metrics", ())]
    return sorted(found, key=lambda metric: str(metric["id"]))


def _read_metric(item: Answer) -> Metric:
    returned = item.get("ReturnData", True)
    if "MetricStat" not in item:
        return {"id": item["Id"], "expression": item.get("Expression"), "returned": returned}
    stat, metric = item["MetricStat"], item["MetricStat"].get("Metric", {})
    return {
        "id": item["Id"],
        "namespace": metric.get("Namespace"),
        "metric_name": metric.get("MetricName"),
        "dimensions": {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())},
        "statistic": stat.get("Stat"),
        "period": stat.get("Period"),
        "returned": returned,
    }


def _write_metric(metric: Metric) -> dict[str, t.Any]:
    own = {"Id": metric["id"], "ReturnData": metric["returned"]}
    if "expression" in metric:
        return {**own, "Expression": metric["expression"]}
    dimensions = [{"Name": key, "Value": value} for key, value in metric["dimensions"].items()]
    named = {"Namespace": metric["namespace"], "MetricName": metric["metric_name"], "Dimensions": dimensions}
    return {**own, "MetricStat": {"Metric": named, "Period": metric["period"], "Stat": metric["statistic"]}}


def _actions(name: str, key: str) -> Field:
    return Field(name=name, read=lambda answer: sorted(answer.get(key, ())), write=lambda value: {key: list(value)})


FIELDS: t.Final = (
    Field(
        name="metrics",
        read=_read_metrics,
        write=lambda value: {"Metrics": [_write_metric(metric) for metric in value]},
    ),
    *EVALUATION,
    Field(
        name="actions_enabled",
        read=lambda answer: answer.get("ActionsEnabled", True),
        write=lambda value: {"ActionsEnabled": value},
    ),
    _actions("alarm_actions", "AlarmActions"),
    # The end of it is told, too.
    _actions("ok_actions", "OKActions"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alarm:
    """:param what: its name within the layer.
    :param owned: whether it is the layer's.
    :param values: by the names of FIELDS.
    :param state: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``; since when, in ISO 8601, and why.
    """

    name: str
    arn: str
    what: str
    owned: bool
    values: t.Mapping[str, t.Any]
    state: str = ""
    since: str | None = None
    reason: str = ""
    tags: Tags = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlarmData:
    """What a call needs.

    :param values: of all FIELDS, since PutMetricAlarm replaces everything; empty if they are right.
    :param tags: those to set.
    :param arn: of an alarm that exists; its tags are then set apart, since PutMetricAlarm takes them for new ones only.
    """

    name: str
    values: t.Mapping[str, t.Any]
    tags: Tags
    arn: str = ""


def address(what: str) -> str:
    """The address in the plan."""
    return f"{KIND}/{what}"


def parse(owner: Owner, item: Answer) -> Alarm:
    """From DescribeAlarms."""
    what = item["AlarmName"].removeprefix(stack_names.alarm_prefix(owner))
    values = field.read(FIELDS, item)
    return Alarm(
        name=item["AlarmName"],
        arn=item["AlarmArn"],
        what=what,
        owned=mark(owner, what) in values["description"],
        values=values,
        state=item["StateValue"],
        since=item["StateUpdatedTimestamp"].isoformat() if "StateUpdatedTimestamp" in item else None,
        reason=item.get("StateReason", ""),
    )


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The changes. Raises ConflictError for an alarm of others with one of the names."""
    found = {alarm.what: alarm for alarm in snapshot.alarms}
    wanted = {each.what: each for each in alarms(spec, snapshot.load_balancer, snapshot.target_groups)}
    for what, each in wanted.items():
        yield _converge(spec, snapshot, each, found.get(what))
    for what, alarm in found.items():
        if what not in wanted and alarm.owned:
            why = "no option asks for it" if spec.told else spec.why_not
            yield delete(address(what), alarm.values, data=alarm, reason=why)


def _converge(spec: Spec, snapshot: Snapshot, each: AlarmSpec, found: Alarm | None) -> Change | None:
    values = _values(spec, snapshot, each)
    name = stack_names.alarm(spec.owner, each.what)
    tags = spec.owner.tags(address(each.what))
    if found is None:
        data = AlarmData(name=name, values=values, tags=tags)
        return create(address(each.what), {"name": name, **values}, data=data, needs=topic.needs(spec))
    if not found.owned:
        what = f"the CloudWatch alarm {name} exists in {spec.region}"
        raise untagged.conflict(spec.owner, address(each.what), what, "delete it, or use another stack name")
    drift = spec.owner.tag_drift(found.tags, address(each.what))
    data = AlarmData(
        name=name,
        values=values if field.differing(FIELDS, found.values, values) else {},
        tags=drift,
        arn=found.arn,
    )
    before = {**found.values, "tags": {key: found.tags.get(key) for key in drift}}
    return update(address(each.what), before, {**values, "tags": drift}, data=data, needs=topic.needs(spec))


def _values(spec: Spec, snapshot: Snapshot, each: AlarmSpec) -> dict[str, t.Any]:
    topics = sorted(topic.topics(spec, snapshot.account))
    return {
        "metrics": sorted(each.metrics, key=lambda metric: str(metric["id"])),
        "evaluation_periods": each.minutes,
        "datapoints_to_alarm": each.bad_minutes,
        "threshold": each.threshold,
        "comparison_operator": f"{each.comparison}Threshold",
        "treat_missing_data": each.missing,
        "description": (
            f"{spec.owner.title}, {spec.region}: {each.says} Runbook: When an alarm rings, {each.chapter}. "
            f"({mark(spec.owner, each.what)})"
        ),
        "actions_enabled": True,
        "alarm_actions": topics,
        "ok_actions": topics,
    }


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
