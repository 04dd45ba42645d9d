# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The widgets of an environment's dashboard. Pure.

CloudWatch API reference, "Dashboard body structure and syntax": a grid of 24 columns, metrics of any region, alarms by
their ARNs.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import stack_names
from .._aws.owner import ALARMS, Owner
from .._failover_chain import drill_points, switches
from .._resources.metric_alarm import mark
from .alarms import alarms, group_dimension, load_balancer_dimension
from .spec import ROUTE53_REGION, Region, Spec

Widget: t.TypeAlias = "dict[str, t.Any]"

# Namespace, metric and dimension, followed by the ID of a health check
_STATUS: t.Final = ("AWS/Route53", "HealthCheckStatus", "HealthCheckId")
_BALANCER: t.Final = "AWS/ApplicationELB"
_COLUMNS: t.Final = 24
_HEIGHT: t.Final = 6
_DOCS: t.Final = "https://github.com/everlook/failover/blob/main/docs"
# "The array can have 1 to 100 ARNs" of alarms.
_MOST_ALARMS: t.Final = 100


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entrance:
    """The load balancer of a region.

    :param load_balancer: its ARN, or a placeholder.
    :param target_groups: the same, by service.
    """

    load_balancer: str
    target_groups: t.Mapping[str, str]


def body(spec: Spec, entrances: t.Mapping[str, Entrance], alarm_arn: str, own: t.Iterable[str]) -> dict[str, t.Any]:
    """The dashboard's body.

    :param entrances: by region.
    :param alarm_arn: a template with ``{region}`` and ``{name}``.
    :param own: names of the environment's alarms.
    """
    regions = spec.failover_regions or ()
    rows = [
        [_text(spec)],
        [_serves(regions), _health(regions), _checkers(regions)],
        [_switches(spec.owner, regions), _drills(spec.owner, regions)],
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
    """The widgets with their places: those of a row share its width."""
    top = 0
    for row in rows:
        there = [widget for widget in row if widget]
        height = 3 if any(widget["type"] != "metric" for widget in there) else _HEIGHT
        for place, widget in enumerate(there):
            width = _COLUMNS // len(there)
            yield {"x": place * width, "y": top, "width": width, "height": height, **widget}
        top += height if there else 0


def _text(spec: Spec) -> Widget:
    markdown = (
        f"# {spec.owner.title}\n"
        "The first healthy region that no switch evicts serves. `status.yml` asks the name servers which one that is. "
        f"[When an alarm rings]({_DOCS}/runbook.md#when-an-alarm-rings) · [Switches]({_DOCS}/runbook.md#switch) · "
        f"[Drills]({_DOCS}/drill.md)\n"
        f"({mark(spec.owner, 'dashboard')})"
    )
    return {"type": "text", "properties": {"markdown": markdown}}


def is_ours(owner: Owner, found: object) -> bool:
    """Whether a dashboard's text says that it is the owner's: only newer SDKs can tag dashboards."""
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


def _serves(regions: t.Sequence[Region]) -> Widget:
    """As Route 53 answers: with the first healthy region, or with the first region if none is healthy (Developer Guide,
    "How Amazon Route 53 chooses records when health checking is configured")."""
    found: list[list[t.Any]] = [
        [*_STATUS, region.health_check_id, {"id": f"m{number}", "visible": False}]
        for number, region in enumerate(regions, start=1)
    ]
    others = " - ".join(f"s{number}" for number in range(2, len(regions) + 1))
    for number, region in enumerate(regions, start=1):
        before = "".join(f" * (1 - m{each})" for each in range(1, number))
        expression = f"m{number}{before}" if number > 1 or not others else f"1 - {others}"
        found.append([{"expression": expression, "id": f"s{number}", "label": region.name}])
    return _metrics("Who serves, by health (1 = serves)", found, "Minimum", min=0, max=1)


def _health(regions: t.Iterable[Region]) -> Widget:
    found = [[*_STATUS, region.health_check_id, {"label": region.name}] for region in regions]
    return _metrics("Health of regions, switches included (1 = healthy)", found, "Minimum", min=0, max=1)


def _switches(owner: Owner, regions: t.Sequence[Region]) -> Widget:
    """Each region has a switch in every other one."""
    found = []
    for evicted in regions:
        for seat in regions:
            if seat.name != evicted.name:
                shown = {"region": seat.name, "label": f"{evicted.name}, by the switch in {seat.name}"}
                found.append([*_published(owner, switches.METRIC, evicted.name), shown])
    return _metrics("Evicted by a switch (1 = evicted)", found, "Maximum", min=0, max=1) if found else {}


def _drills(owner: Owner, regions: t.Iterable[Region]) -> Widget:
    """A drill publishes this in the region that it breaks, as long as it lasts."""
    found = [
        [*_published(owner, drill_points.METRIC, region.name), {"region": region.name, "label": region.name}]
        for region in regions
    ]
    return _metrics("Drills (1 = broken on purpose)", found, "Maximum", min=0, max=1)


def _published(owner: Owner, metric: str, region: str) -> list[str]:
    """Namespace, name and dimensions of a metric that this collection publishes."""
    dimensions = [part for item in switches.metric_dimensions(owner, region) for part in item.values()]
    return [stack_names.switch_namespace(owner), metric, *dimensions]


def _checkers(regions: t.Iterable[Region]) -> Widget:
    name = "HealthCheckPercentageHealthy"
    found = [
        ["AWS/Route53", name, "HealthCheckId", region.endpoint_health_check_id, {"label": region.name}]
        for region in regions
    ]
    return _metrics("Health checkers that reach the region (%)", found, "Average", min=0, max=100)


def _of_balancers(entrances: t.Mapping[str, Entrance], name: str, label: str = "") -> list[list[t.Any]]:
    return [
        [
            *(_BALANCER, name, "LoadBalancer", load_balancer_dimension(entrance.load_balancer)),
            {"region": region, "label": f"{region}{label}"},
        ]
        for region, entrance in entrances.items()
    ]


def _requests(entrances: t.Mapping[str, Entrance]) -> Widget:
    return _metrics("Requests per minute", _of_balancers(entrances, "RequestCount"), "Sum", min=0)


def _errors(entrances: t.Mapping[str, Entrance]) -> Widget:
    found = [
        *_of_balancers(entrances, "HTTPCode_Target_5XX_Count", ", from targets"),
        *_of_balancers(entrances, "HTTPCode_ELB_5XX_Count", ", from the load balancer"),
    ]
    return _metrics("Errors (5xx) per minute", found, "Sum", min=0)


def _latency(entrances: t.Mapping[str, Entrance]) -> Widget:
    return _metrics("Latency, p99 (s)", _of_balancers(entrances, "TargetResponseTime"), "p99", min=0)


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
    """Names of the region's alarms, by the thresholds of the environment."""
    owner = spec.owner.of(ALARMS)
    shown = dataclasses.asdict(spec.dashboard) if spec.dashboard else {}
    there = dataclasses.replace(spec, owner=owner, region=region, failover_regions=None, **shown)
    found = alarms(there, entrance.load_balancer, entrance.target_groups)
    return [stack_names.alarm(owner, alarm.what) for alarm in found]
