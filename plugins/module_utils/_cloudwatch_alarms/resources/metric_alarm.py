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
from .. import failover_alarms
from ..alarms import AlarmSpec, Metric, alarms
from ..certificate_alarms import certificate_alarms, is_one
from . import deployment_alarms, topic

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


# Notifications of alarms of either kind.
TOLD: t.Final = (
    Field(
        name="actions_enabled",
        read=lambda answer: answer.get("ActionsEnabled", True),
        write=lambda value: {"ActionsEnabled": value},
    ),
    _actions("alarm_actions", "AlarmActions"),
    # The return to OK is notified, too.
    _actions("ok_actions", "OKActions"),
    _actions("insufficient_data_actions", "InsufficientDataActions"),
)
FIELDS: t.Final = (
    Field(
        name="metrics", read=_read_metrics, write=lambda value: {"Metrics": [_write_metric(metric) for metric in value]}
    ),
    *EVALUATION,
    *TOLD,
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm of either kind.

    :param kind: KIND, or that of composite alarms.
    :param what: its name within the layer.
    :param owned: whether it is the layer's.
    :param values: by the names of FIELDS.
    :param state: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``; since when, in ISO 8601, and why.
    """

    kind: str = KIND
    name: str
    arn: str
    what: str
    owned: bool
    values: t.Mapping[str, t.Any]
    state: str = ""
    since: str | None = None
    reason: str = ""
    tags: Tags = dataclasses.field(default_factory=dict)

    @property
    def address(self) -> str:
        """The address in the plan."""
        return f"{self.kind}/{self.what}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlarmData:
    """``Change.data``.

    :param values: of all fields, since both calls that put an alarm replace everything; empty if they are right.
    :param tags: those to set.
    :param arn: of an existing alarm, whose tags need a call of their own.
    """

    name: str
    values: t.Mapping[str, t.Any]
    tags: Tags
    arn: str = ""


def parse(owner: Owner, item: Answer, kind: str = KIND, fields: t.Sequence[Field] = FIELDS) -> Alarm:
    """From DescribeAlarms."""
    what = item["AlarmName"].removeprefix(stack_names.alarm_prefix(owner))
    values = field.read(fields, item)
    return Alarm(
        kind=kind,
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
    """The changes. Raises ConflictError for someone else's alarm with one of the names."""
    wanted = {
        each.what: _values(spec, snapshot, each)
        for each in (
            *alarms(spec, snapshot.load_balancer, snapshot.target_groups),
            *failover_alarms.metric_alarms(spec),
            *_of_certificates(spec),
        )
    }
    for change in converge(spec, snapshot, wanted):
        # Without certificate_arns, alarms on certificates are left alone.
        if not (change and spec.notifies and spec.certificate_arns is None and is_one(change.name)):
            yield change


def _of_certificates(spec: Spec) -> t.Iterator[AlarmSpec]:
    if spec.notifies and spec.thresholds:
        yield from certificate_alarms(spec.certificate_arns or (), spec.thresholds.certificate_days)


def converge(
    spec: Spec,
    snapshot: Snapshot,
    wanted: t.Mapping[str, t.Mapping[str, t.Any]],
    kind: str = KIND,
    fields: t.Sequence[Field] = FIELDS,
    after: t.Iterable[str] = (),
) -> t.Iterator[Change | None]:
    """The changes of one kind of alarms.

    :param wanted: each alarm's values, by its name within the layer.
    :param after: addresses of what has to be right first.
    """
    found = {alarm.what: alarm for alarm in snapshot.alarms if alarm.kind == kind}
    for what, values in wanted.items():
        yield _put(spec, kind, what, values, found.get(what), fields, [*topic.needs(spec), *after])
    for what, alarm in found.items():
        if what not in wanted and alarm.owned:
            why = "no option asks for it" if spec.notifies else spec.why_not
            # A composite alarm is deleted or changed before the alarms in its rule are deleted.
            parents = [each.address for each in snapshot.alarms if each.kind != KIND] if kind == KIND else []
            # No service may refer to a missing alarm.
            parents += [deployment_alarms.address(service) for service in spec.services]
            yield delete(alarm.address, alarm.values, data=alarm, needs=parents, reason=why)


def _put(
    spec: Spec,
    kind: str,
    what: str,
    values: t.Mapping[str, t.Any],
    found: Alarm | None,
    fields: t.Sequence[Field],
    needs: t.Sequence[str],
) -> Change | None:
    name, address = stack_names.alarm(spec.owner, what), f"{kind}/{what}"
    if found is None:
        data = AlarmData(name=name, values=values, tags=spec.owner.tags(address))
        return create(address, {"name": name, **values}, data=data, needs=needs)
    if not found.owned:
        text = f"the CloudWatch alarm {name} exists in {spec.region}"
        raise untagged.conflict(spec.owner, address, text, "delete it, or use another stack name")
    drift = spec.owner.tag_drift(found.tags, address)
    data = AlarmData(
        name=name, values=values if field.differing(fields, found.values, values) else {}, tags=drift, arn=found.arn
    )
    before = {**found.values, "tags": {key: found.tags.get(key) for key in drift}}
    return update(address, before, {**values, "tags": drift}, data=data, needs=needs)


def _values(spec: Spec, snapshot: Snapshot, each: AlarmSpec) -> dict[str, t.Any]:
    metrics = [{**metric, "returned": metric is each.metrics[-1]} for metric in each.metrics]
    return {
        "metrics": sorted(metrics, key=lambda metric: str(metric["id"])),
        "evaluation_periods": each.periods,
        "datapoints_to_alarm": each.bad_periods,
        "threshold": each.threshold,
        "comparison_operator": f"{each.comparison}Threshold",
        "treat_missing_data": each.missing,
        **notification(spec, snapshot, each.what, each.says, each.chapter),
        **({"alarm_actions": [], "ok_actions": []} if each.quiet else {}),
    }


def notification(spec: Spec, snapshot: Snapshot, what: str, says: str, chapter: str) -> dict[str, t.Any]:
    """The values for the notifications of an alarm, and their text."""
    topics = sorted(topic.topics(spec, snapshot.account))
    place = spec.region if spec.failover_regions is None else "Route 53"
    return {
        "description": (
            f"{spec.owner.title}, {place}: {says} Runbook: When an alarm rings, {chapter}. ({mark(spec.owner, what)})"
        ),
        "actions_enabled": True,
        "alarm_actions": topics,
        "ok_actions": topics,
        "insufficient_data_actions": [],
    }


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
