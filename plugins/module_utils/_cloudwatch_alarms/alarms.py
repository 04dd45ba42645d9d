# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms of a region: their metrics, thresholds and messages. Pure.

Names, dimensions and reporting criteria of metrics: ELB User Guide, "CloudWatch metrics for your Application Load
Balancer"; ECS Developer Guide, "Monitor Amazon ECS using CloudWatch". Load balancers report nothing without requests,
but Route 53's health checkers send some to every region each minute.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import stack_names
from .._aws.owner import Owner
from .spec import Spec, Thresholds

Metric: t.TypeAlias = "dict[str, t.Any]"

_LOAD_BALANCING: t.Final = "AWS/ApplicationELB"
_PERIOD: t.Final = 60
_BREACHING: t.Final = "breaching"
_NOT_BREACHING: t.Final = "notBreaching"
_REQUESTS: t.Final = "requests"
_ERRORS: t.Final = "errors"


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlarmSpec:
    """The desired state of an alarm.

    :param what: its name within the layer.
    :param metrics: in the form of the field ``metrics``; the last one is ``returned``: compared with the threshold.
    :param comparison: ComparisonOperator, without its ``Threshold``.
    :param periods: EvaluationPeriods.
    :param bad_periods: DatapointsToAlarm.
    :param missing: TreatMissingData.
    :param says: what is wrong, and what to do, for the message.
    :param chapter: in the runbook's chapter on alarms.
    :param quiet: whether it notifies nobody, because only another alarm uses it.
    """

    what: str
    metrics: tuple[Metric, ...]
    comparison: str
    threshold: float
    periods: int
    bad_periods: int
    missing: str
    says: str
    chapter: str
    quiet: bool = False


def alarms(spec: Spec, load_balancer: str, target_groups: t.Mapping[str, str]) -> t.Iterator[AlarmSpec]:
    """All alarms that the options enable.

    :param load_balancer: its ARN, or a placeholder.
    :param target_groups: the same, by service.
    """
    if not spec.notifies or spec.thresholds is None:
        return
    limits, balancer = spec.thresholds, {"LoadBalancer": load_balancer_dimension(load_balancer)}
    for service, least in spec.services.items():
        if limits.running_tasks and least:
            yield _running_tasks(spec.owner, service, least)
        groups = [group for group in spec.groups_of(service) if group in target_groups]
        for group in groups:
            targets = {**balancer, "TargetGroup": group_dimension(target_groups[group])}
            # One of two groups is always empty.
            yield from _of_targets(limits, group, least if len(groups) == 1 else 0, targets)
    if limits.load_balancer_errors and target_groups:
        yield _load_balancer_errors(limits, balancer)


def load_balancer_dimension(arn: str) -> str:
    """The value of the dimension LoadBalancer; a placeholder stays."""
    return arn.partition(":loadbalancer/")[2] or arn


def group_dimension(arn: str) -> str:
    """The value of the dimension TargetGroup; a placeholder stays."""
    return arn.rpartition(":")[2] if ":targetgroup/" in arn else arn


def _of_targets(limits: Thresholds, service: str, least: int, targets: t.Mapping[str, str]) -> t.Iterator[AlarmSpec]:
    if limits.unhealthy_hosts:
        yield _unhealthy_hosts(service, limits.unhealthy_hosts, targets)
    if limits.healthy_hosts and least:
        yield _healthy_hosts(service, least, targets)
    if limits.target_errors:
        yield _target_errors(limits, service, targets)
    if limits.latency:
        yield _latency(limits, service, targets)


def _running_tasks(owner: Owner, service: str, least: int) -> AlarmSpec:
    """Each running task reports its CPU once a minute: the number of samples is the number of tasks (ECS Developer
    Guide, "Amazon ECS service RUNNING task count"). No data means no task."""
    name = stack_names.service(owner.of(service))
    dimensions = {"ClusterName": name, "ServiceName": name}
    return AlarmSpec(
        what=f"{service}-running-tasks",
        metrics=(metric("tasks", "AWS/ECS", "CPUUtilization", "SampleCount", dimensions),),
        comparison="LessThan",
        threshold=float(least),
        periods=5,
        bad_periods=5,
        missing=_BREACHING,
        says=f"fewer than {_tasks(least)} of {service} {'runs' if least == 1 else 'run'}. Look at the service's events "
        "and stopped tasks for an image that cannot be pulled, a container that exits, or a lack of capacity.",
        chapter="Running tasks",
    )


def _unhealthy_hosts(service: str, most: int, targets: t.Mapping[str, str]) -> AlarmSpec:
    """Rollouts and replacements of tasks take less than five minutes. Without targets there is no data, which the alarm
    healthy-hosts covers."""
    return AlarmSpec(
        what=f"{service}-unhealthy-hosts",
        metrics=(_balanced("hosts", "UnHealthyHostCount", "Maximum", targets),),
        comparison="GreaterThanOrEqualTo",
        threshold=float(most),
        periods=5,
        bad_periods=5,
        missing=_NOT_BREACHING,
        says=f"targets of {service} have failed their health checks for five minutes. Look at the reasons in the "
        "target group, and at the logs of its tasks.",
        chapter="Unhealthy hosts",
    )


def _healthy_hosts(service: str, least: int, targets: t.Mapping[str, str]) -> AlarmSpec:
    """Rollouts by ecs_service keep the number of healthy tasks. No data: no target is registered."""
    return AlarmSpec(
        what=f"{service}-healthy-hosts",
        metrics=(_balanced("hosts", "HealthyHostCount", "Minimum", targets),),
        comparison="LessThan",
        threshold=float(least),
        periods=3,
        bad_periods=3,
        missing=_BREACHING,
        says=f"fewer than {_tasks(least)} of {service} {'is' if least == 1 else 'are'} healthy. With none left, users "
        "go to another region. Run status.yml to see which one serves.",
        chapter="Healthy hosts",
    )


def _target_errors(limits: Thresholds, service: str, targets: t.Mapping[str, str]) -> AlarmSpec:
    """No data: no request. A minute without errors has no data on errors."""
    enough = f"requests >= {limits.least_requests}"
    return AlarmSpec(
        what=f"{service}-target-errors",
        metrics=(
            _balanced(_ERRORS, "HTTPCode_Target_5XX_Count", "Sum", targets),
            _balanced(_REQUESTS, "RequestCount", "Sum", targets),
            _expression("rate", f"IF({enough}, 100 * FILL(errors, 0) / requests, 0)"),
        ),
        comparison="GreaterThan",
        threshold=limits.target_errors,
        periods=5,
        bad_periods=3,
        missing=_NOT_BREACHING,
        says=f"more than {limits.target_errors:g} % of the answers of {service} are errors (5xx). If it began with a "
        "release, go back with rollback.yml. If only this region has them, switch.yml moves its users to another one.",
        chapter="Errors",
    )


def _load_balancer_errors(limits: Thresholds, balancer: t.Mapping[str, str]) -> AlarmSpec:
    """RequestCount only counts requests for which a target was chosen, so errors are added. No data: no request."""
    every = "(FILL(requests, 0) + FILL(errors, 0))"
    return AlarmSpec(
        what="entrance-errors",
        metrics=(
            _balanced(_ERRORS, "HTTPCode_ELB_5XX_Count", "Sum", balancer),
            _balanced(_REQUESTS, "RequestCount", "Sum", balancer),
            _expression("rate", f"IF({every} >= {max(limits.least_requests, 1)}, 100 * FILL(errors, 0) / {every}, 0)"),
        ),
        comparison="GreaterThan",
        threshold=limits.load_balancer_errors,
        periods=5,
        bad_periods=3,
        missing=_NOT_BREACHING,
        says=f"the load balancer answers more than {limits.load_balancer_errors:g} % of requests with an error of its "
        "own (502, 503, 504): targets are missing, close connections or are too slow. Run status.yml to see "
        "which region serves.",
        chapter="Errors",
    )


def _latency(limits: Thresholds, service: str, targets: t.Mapping[str, str]) -> AlarmSpec:
    """A percentile of a few requests is meaningless, hence the minimum number. No data: no request."""
    return AlarmSpec(
        what=f"{service}-latency",
        metrics=(
            _balanced("p99", "TargetResponseTime", "p99", targets),
            _balanced(_REQUESTS, "RequestCount", "Sum", targets),
            _expression("latency", f"IF(requests >= {limits.least_requests}, p99, 0)"),
        ),
        comparison="GreaterThan",
        threshold=limits.latency,
        periods=5,
        bad_periods=3,
        missing=_NOT_BREACHING,
        says=f"the slowest 1 % of requests to {service} take more than {limits.latency:g} s. Look at its CPU and "
        "memory, and at what it calls. More tasks help if it is short of CPU.",
        chapter="Latency",
    )


def metric(name: str, namespace: str, of: str, statistic: str, dimensions: t.Mapping[str, str]) -> Metric:
    """A metric for AlarmSpec. ``of`` is MetricName."""
    return {
        "id": name,
        "namespace": namespace,
        "metric_name": of,
        "dimensions": dict(dimensions),
        "statistic": statistic,
        "period": _PERIOD,
    }


def _balanced(name: str, of: str, statistic: str, dimensions: t.Mapping[str, str]) -> Metric:
    return metric(name, _LOAD_BALANCING, of, statistic, dimensions)


def _expression(name: str, expression: str) -> Metric:
    return {"id": name, "expression": expression}


def _tasks(number: int) -> str:
    return "1 task" if number == 1 else f"{number} tasks"
