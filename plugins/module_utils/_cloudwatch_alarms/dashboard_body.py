# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard of an environment: what it shows. Pure.

CloudWatch API reference, "Dashboard body structure and syntax": a grid of 24 columns, metrics of any region, alarms by
their ARNs.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import stack_names
from .._aws.owner import ALARMS, Owner
from .._failover_chain import switches
from .._resources.metric_alarm import mark
from .alarms import alarms, group_dimension, load_balancer_dimension
from .spec import ROUTE53_REGION, Region, Spec

Widget: t.TypeAlias = "dict[str, t.Any]"

_BALANCER: t.Final = "AWS/ApplicationELB"
_COLUMNS: t.Final = 24
_HEIGHT: t.Final = 6
_DOCS: t.Final = "https://github.com/everlook/failover/blob/main/docs"
# "The array can have 1 to 100 ARNs" of alarms.
_MOST_ALARMS: t.Final = 100


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entrance:
    """Where a region is entered.

    :param load_balancer: its ARN, or a placeholder.
    :param target_groups: the same by service.
    """

    load_balancer: str
    target_groups: t.Mapping[str, str]


def body(spec: Spec, entrances: t.Mapping[str, Entrance], alarm_arn: str, own: t.Iterable[str]) -> dict[str, t.Any]:
    """The dashboard's body.

    :param entrances: by region.
    :param alarm_arn: that of an alarm, with ``{region}`` and ``{name}`` in it.
    :param own: names of the alarms of the environment.
    """
    regions = spec.failover_regions or ()
    rows = [
        [_text(spec)],
        [_health(regions), _switches(spec.owner, regions), _checkers(regions)],
        [_requests(entrances), _errors(entrances)],
        [_latency(entrances), _hosts(entrances)],
        [_alarms("Alarms of the environment", [alarm_arn.format(region=ROUTE53_REGION, name=name) for name in own])],
    ]
    for region, entrance in entrances.items():
        names = _regional_alarms(spec, region, entrance)
        arns = [alarm_arn.format(region=region, name=name) for name in names]
        rows.append([_alarms(f"Alarms of {region}", arns)])
    return {"widgets": list(_placed(rows))}


def _placed(rows: t.Iterable[t.Sequence[Widget]]) -> t.Iterator[Widget]:
    """The widgets of each row side by side, as wide as there is room."""
    top = 0
    for row in rows:
        there = [widget for widget in row if widget]
        height = 3 if any(widget["type"] != "metric" for widget in there) else _HEIGHT
        for place, widget in enumerate(there):
            width = _COLUMNS // len(there)
            yield {"x": place * width, "y": top, "width": width, "height": height, **widget}
        top += height if there else 0


def _text(spec: Spec) -> Widget:
    """Who serves is where Route 53's answer leads; metrics show who may. Drills are in the reports: CloudWatch has no
    annotation that somebody could add without writing the whole dashboard anew."""
    markdown = (
        f"# {spec.owner.title}\n"
        "The first healthy region that no switch evicts serves. `status.yml` asks the name servers who does. "
        f"[When an alarm rings]({_DOCS}/runbook.md#when-an-alarm-rings) · [Switches]({_DOCS}/runbook.md) · "
        f"[Drills]({_DOCS}/drill.md): a drill breaks a region, and what it measured is in its report.\n"
        f"({mark(spec.owner, 'dashboard')})"
    )
    return {"type": "text", "properties": {"markdown": markdown}}


def is_ours(owner: Owner, found: object) -> bool:
    """Whether a dashboard's body says that it is the owner's: PutDashboard takes tags in newer SDKs only."""
    return mark(owner, "dashboard") in str(found)


def _metrics(title: str, metrics: t.Sequence[t.Sequence[t.Any]], statistic: str, **axis: float) -> Widget:
    properties = {
        "title": title,
        "view": "timeSeries",
        "region": ROUTE53_REGION,
        "stat": statistic,
        "period": 60,
        "metrics": [list(metric) for metric in metrics],
        **({"yAxis": {"left": axis}} if axis else {}),
    }
    return {"type": "metric", "properties": properties}


def _alarms(title: str, arns: t.Sequence[str]) -> Widget:
    return {"type": "alarm", "properties": {"title": title, "alarms": list(arns[:_MOST_ALARMS])}} if arns else {}


def _health(regions: t.Iterable[Region]) -> Widget:
    found = [
        ["AWS/Route53", "HealthCheckStatus", "HealthCheckId", region.health_check_id, {"label": region.name}]
        for region in regions
    ]
    return _metrics("Who may serve (1)", found, "Minimum", min=0, max=1)


def _switches(owner: Owner, regions: t.Sequence[Region]) -> Widget:
    """Each region has a switch in each other one."""
    found = []
    for evicted in regions:
        for seat in regions:
            if seat.name != evicted.name:
                dimensions = [
                    part for item in switches.metric_dimensions(owner, evicted.name) for part in item.values()
                ]
                shown = {"region": seat.name, "label": f"{evicted.name}, from {seat.name}"}
                found.append([stack_names.switch_namespace(owner), switches.METRIC, *dimensions, shown])
    return _metrics("Switches that evict (1)", found, "Maximum", min=0, max=1) if found else {}


def _checkers(regions: t.Iterable[Region]) -> Widget:
    name = "HealthCheckPercentageHealthy"
    found = [
        ["AWS/Route53", name, "HealthCheckId", region.endpoint_health_check_id, {"label": region.name}]
        for region in regions
    ]
    return _metrics("Health checkers that reach it (%)", found, "Average", min=0, max=100)


def _of_balancers(entrances: t.Mapping[str, Entrance], name: str, label: str = "") -> list[list[t.Any]]:
    return [
        [
            *(_BALANCER, name, "LoadBalancer", load_balancer_dimension(entrance.load_balancer)),
            {"region": region, "label": f"{region}{label}"},
        ]
        for region, entrance in entrances.items()
    ]


def _requests(entrances: t.Mapping[str, Entrance]) -> Widget:
    return _metrics("Requests a minute", _of_balancers(entrances, "RequestCount"), "Sum", min=0)


def _errors(entrances: t.Mapping[str, Entrance]) -> Widget:
    found = [
        *_of_balancers(entrances, "HTTPCode_Target_5XX_Count", ", of services"),
        *_of_balancers(entrances, "HTTPCode_ELB_5XX_Count", ", of the load balancer"),
    ]
    return _metrics("Errors (5xx) a minute", found, "Sum", min=0)


def _latency(entrances: t.Mapping[str, Entrance]) -> Widget:
    return _metrics("Seconds for 99 of 100 requests", _of_balancers(entrances, "TargetResponseTime"), "p99", min=0)


def _hosts(entrances: t.Mapping[str, Entrance]) -> Widget:
    found = [
        [
            *(_BALANCER, "HealthyHostCount", "TargetGroup", group_dimension(group)),
            *("LoadBalancer", load_balancer_dimension(entrance.load_balancer)),
            {"region": region, "label": f"{service}, {region}"},
        ]
        for region, entrance in entrances.items()
        for service, group in entrance.target_groups.items()
    ]
    return _metrics("Healthy hosts", found, "Minimum", min=0)


def _regional_alarms(spec: Spec, region: str, entrance: Entrance) -> list[str]:
    """Names of the alarms that the region has with the thresholds of the environment."""
    owner = dataclasses.replace(spec.owner, component=ALARMS)
    shown = dataclasses.asdict(spec.dashboard) if spec.dashboard else {}
    there = dataclasses.replace(spec, owner=owner, region=region, failover_regions=None, **shown)
    found = alarms(there, entrance.load_balancer, entrance.target_groups)
    return [stack_names.alarm(owner, alarm.what) for alarm in found]
