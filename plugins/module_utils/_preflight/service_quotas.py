# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a region's load balancer and services need of quotas."""

from __future__ import annotations

import datetime
import functools
import typing as t

from .._alb.layer import LAYER as ALB
from .._aws.owner import ENTRANCE
from .._ecs_service.layer import LAYER as ECS_SERVICE
from .._ecs_service.spec import Spec as ServiceSpec
from .._engine.context import Context
from .._failover_chain.vcpus import SPOT_VCPUS, VCPUS, Quota, Vcpus, vcpus_of
from .observe import StackUsage
from .quota import Demand
from .rules import options_for
from .spec import PreflightSpec
from .values import validate

LOAD_BALANCERS: t.Final = Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", 50)
TARGET_GROUPS: t.Final = Quota("elasticloadbalancing", "L-B22855CB", "Target Groups per Region", 3000)
RULES: t.Final = Quota("elasticloadbalancing", "L-7EED9B64", "Rules per Application Load Balancer", 100)
# Amazon ECS Developer Guide for AWS Fargate, "AWS Fargate usage metrics".
_USAGE: t.Final = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU"}
_ON_DEMAND: t.Final = "Standard/OnDemand"
_SPOT: t.Final = "Standard/Spot"
_FEWER: t.Final = "Or lower app_cpu or app_desired_count, or the maximum of app_scaling."
_LOOK_BACK: t.Final = datetime.timedelta(minutes=15)


def service_demands(ctx: Context, spec: PreflightSpec, region: str, usage: StackUsage) -> t.Iterator[Demand]:
    """What the load balancer and the services that the region does not have yet would add."""
    if ENTRANCE not in usage.components and spec.selects(ALB.name) and spec.values.get(ALB.name):
        balancers = functools.partial(_balancers, ctx, region)
        yield Demand(quota=LOAD_BALANCERS, more=1, what="Application Load Balancers", used=balancers)
    services = services_of(spec, region)
    new = [service for service in services if service.owner.component not in usage.components]
    routed = sum(bool(service.routing) for service in new)
    if routed:
        groups = functools.partial(_target_groups, ctx, region)
        yield Demand(quota=TARGET_GROUPS, more=routed, what="target groups", used=groups)
        # All rules of the load balancer are the services'.
        others = sum(bool(service.routing) for service in services) - routed
        yield Demand(quota=RULES, more=routed, what="rules", used=lambda: {"": others})
    vcpus = sum((_vcpus(service) for service in new), Vcpus())
    for quota, kind, what in ((VCPUS, _ON_DEMAND, "vCPUs of Fargate"), (SPOT_VCPUS, _SPOT, "vCPUs of Fargate Spot")):
        if cpu := vcpus.by_quota[quota]:
            used = functools.partial(_vcpus_in_use, ctx, region, kind)
            yield Demand(quota=quota, more=cpu, what=what, used=used, other=_FEWER)


def services_of(spec: PreflightSpec, region: str) -> list[ServiceSpec]:
    """The services that the region has after the run; none if the run skips their layer."""
    options = options_for(ECS_SERVICE, spec.values, spec.services) if spec.selects(ECS_SERVICE.name) else []
    params = (validate(ECS_SERVICE.job.argument_spec, each)[0] for each in options)
    return [service for service in (ECS_SERVICE.parse(each, region) for each in params) if not service.absent]


def _vcpus(service: ServiceSpec) -> Vcpus:
    """The vCPUs of its maximum number of tasks. A rollout may need as many again for a while."""
    wanted, scaling = service.wanted.service, service.scaling
    count = scaling.maximum if scaling else wanted.first_count
    return vcpus_of(count, service.wanted.task.cpu, wanted.spot.strategy if wanted.spot else ())


def _balancers(ctx: Context, region: str) -> dict[str, float]:
    pages = ctx.client("elbv2", region=region).get_paginator("describe_load_balancers").paginate()
    return {"": sum(item.get("Type") == "application" for page in pages for item in page["LoadBalancers"])}


def _target_groups(ctx: Context, region: str) -> dict[str, float]:
    pages = ctx.client("elbv2", region=region).get_paginator("describe_target_groups").paginate()
    return {"": sum(len(page["TargetGroups"]) for page in pages)}


def _vcpus_in_use(ctx: Context, region: str, usage: str) -> dict[str, float]:
    """From CloudWatch, which is some minutes late; 0 if no task has run."""
    now = datetime.datetime.now(datetime.UTC)
    metric = {
        "Namespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "Dimensions": [{"Name": name, "Value": value} for name, value in {**_USAGE, "Class": usage}.items()],
    }
    answer = ctx.client("cloudwatch", region=region).get_metric_data(
        MetricDataQueries=[{"Id": "used", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Maximum"}}],
        StartTime=now - _LOOK_BACK,
        EndTime=now,
    )
    return {
        "": max((value for result in answer["MetricDataResults"] for value in result.get("Values") or ()), default=0)
    }
