# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The most tasks that a region ran lately, by Container Insights, or where that is off by the load balancer."""

from __future__ import annotations

import datetime
import functools
import typing as t

from .._aws import stack_names
from .._aws.owner import Owner
from .._engine.aws_errors import unless
from .._engine.context import Context, Unread
from .._engine.gather import gather
from .._engine.unread import guarded
from .capacity import HOURS, INSIGHTS, LOAD_BALANCER, Most

Query: t.TypeAlias = "dict[str, t.Any]"


def read_most(ctx: Context, region: str, owner: Owner, services: t.Iterable[str]) -> Most:
    """The most tasks that the services ran together (GetMetricData); 0 if not known.

    Container Insights has the desired count, which leaves out the additional tasks of a rollout.
    """
    owners = {name: owner.of(name) for name in services}
    found = _read(ctx, region, {name: _insights(stack_names.service(each)) for name, each in owners.items()})
    known = {name: Most(tasks, INSIGHTS) for name, tasks in found.items()}
    rest = {name: functools.partial(_group, ctx, region, each) for name, each in owners.items() if name not in known}
    groups = {name: query for name, query in gather(rest).items() if query}
    known |= {name: Most(tasks, LOAD_BALANCER) for name, tasks in _read(ctx, region, groups).items()}
    return sum(known.values(), Most())


def try_most(ctx: Context, region: str, owner: Owner, services: t.Iterable[str]) -> Most:
    """As read_most; not known if it cannot be read. Raises nothing."""
    found = guarded(ctx, region, lambda: read_most(ctx, region, owner, services))
    return Most() if isinstance(found, Unread) else found


def with_alternates(ctx: Context, region: str, most: Most, balanced: t.Iterable[t.Mapping[str, t.Any]]) -> Most:
    """The most tasks, including those in second target groups, since a service alternates between its two.

    Makes no call without such a group, or if the number is from Container Insights. Raises nothing.

    :param balanced: loadBalancers of DescribeServices.
    """
    queries = {str(place): query for place, item in enumerate(balanced) if (query := _alternate(item))}
    if not queries or most.source == INSIGHTS:
        return most
    found = guarded(ctx, region, lambda: _read(ctx, region, queries))
    others = {} if isinstance(found, Unread) else found
    # If several services decide, none has two groups: see evaluate_target_health of route53_failover.
    return max(most, Most(sum(others.values()), LOAD_BALANCER), key=lambda each: each.tasks)


def _read(ctx: Context, region: str, queries: t.Mapping[str, Query]) -> dict[str, int]:
    """The maximum of each metric that has values."""
    if not queries:
        return {}
    now = datetime.datetime.now(datetime.UTC)
    ids = {f"q{place}": name for place, name in enumerate(queries)}
    answer = ctx.client("cloudwatch", region=region).get_metric_data(
        MetricDataQueries=[{"Id": query_id, "MetricStat": queries[name]} for query_id, name in ids.items()],
        StartTime=now - datetime.timedelta(hours=HOURS),
        EndTime=now,
    )
    results = {ids[item["Id"]]: item.get("Values") for item in answer["MetricDataResults"]}
    return {name: round(max(values)) for name, values in results.items() if values}


def _insights(name: str) -> Query:
    """Amazon CloudWatch User Guide, "Amazon ECS Container Insights metrics"."""
    dimensions = {"ClusterName": name, "ServiceName": name}
    return _query("ECS/ContainerInsights", "DesiredTaskCount", dimensions, period=3600, stat="Maximum")


def _group(ctx: Context, region: str, owner: Owner) -> Query | None:
    client, name = ctx.client("elbv2", region=region), stack_names.target_group(owner)
    answer = unless({"TargetGroupNotFound"}, lambda: client.describe_target_groups(Names=[name]))
    for group in answer["TargetGroups"] if answer else ():
        for balancer in group.get("LoadBalancerArns", ()):
            return _healthy(group["TargetGroupArn"], balancer.partition(":loadbalancer/")[2])
    return None


def _alternate(item: t.Mapping[str, t.Any]) -> Query | None:
    """A listener rule's ARN contains the load balancer: ``…:listener-rule/app/<name>/<id>/<listener>/<rule>``."""
    shift = item.get("advancedConfiguration") or {}
    if not shift.get("alternateTargetGroupArn") or not shift.get("productionListenerRule"):
        return None
    rule = shift["productionListenerRule"].partition(":listener-rule/")[2]
    return _healthy(shift["alternateTargetGroupArn"], "/".join(rule.split("/")[:3]))


def _healthy(group_arn: str, balancer: str) -> Query:
    """The targets that stayed healthy for five minutes, which is longer than a rollout has twice as many.

    Elastic Load Balancing publishes it free of charge (ELB User Guide, "CloudWatch metrics for your Application Load
    Balancer", HealthyHostCount).
    """
    dimensions = {"TargetGroup": group_arn.rpartition(":")[2], "LoadBalancer": balancer}
    return _query("AWS/ApplicationELB", "HealthyHostCount", dimensions, period=300, stat="Minimum")


def _query(namespace: str, name: str, dimensions: t.Mapping[str, str], *, period: int, stat: str) -> Query:
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": pairs}
    return {"Metric": metric, "Period": period, "Stat": stat}
