# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight's reads of a standby and of the first region, if ``standby_capacity`` is set."""

from __future__ import annotations

import functools
import typing as t

from .._aws import stack_names
from .._aws.owner import DNS, Owner
from .._ecs_service.layer import LAYER as ECS_SERVICE
from .._engine.aws_errors import unless
from .._engine.context import Context
from .._engine.errors import AwsError
from .._engine.gather import gather
from .._failover_chain.capacity import parse_share
from .._failover_chain.capacity_calls import read_most, with_alternates
from .._failover_chain.limit_calls import read_limits, read_quota
from .._failover_chain.vcpus import Vcpus
from .._route53_failover.layer import LAYER as ROUTE53_FAILOVER
from . import rules
from .observe import or_error
from .problem import Problem
from .service_quotas import services_of
from .spec import PreflightSpec, Region
from .standby import Running, Standby, Wanted, refused, warnings

_NONE: t.Final = frozenset({"ClusterNotFoundException"})


def check_standby(ctx: Context, spec: PreflightSpec, region: Region) -> list[Problem]:
    """Compare a standby with the first region. If something cannot be read, this only warns."""
    first = min(spec.regions, key=lambda each: int(each.priority))
    if spec.standby_capacity is None or region.name == first.name:
        return []
    wanted = _wanted(spec, region.name)
    if not wanted:
        return []
    owner = Owner(stack=spec.stack, environment=spec.environment, component=DNS)
    share = parse_share(spec.standby_capacity)
    standby = _observe(ctx, owner, region.name, first.name, wanted, share)
    if isinstance(standby, AwsError):
        ctx.warn(f"Whether {region.name} could carry what {first.name} carries is not known: {standby}")
        return []
    for warning in warnings(standby):
        ctx.warn(warning)
    return list(refused(standby))


def _observe(
    ctx: Context, owner: Owner, region: str, first: str, wanted: dict[str, Wanted], share: int | None
) -> Standby | AwsError:
    # A first region that is down must not delay the run that repairs something.
    quick = ctx.with_short_timeouts()
    deciding = [name for name, each in wanted.items() if each.decides]
    quotas = sum((each.vcpus(max(each.maximum, 1)) for each in wanted.values()), Vcpus()).by_quota
    readers: dict[str, t.Callable[[], t.Any]] = {
        "there": functools.partial(_running, ctx, region, owner, wanted),
        "serves": functools.partial(_running, quick, first, owner, wanted),
        "most": functools.partial(read_most, quick, first, owner, deciding),
        **{quota.code: functools.partial(read_quota, ctx, region, quota) for quota, needed in quotas.items() if needed},
    }
    found = gather({name: functools.partial(or_error, first, read) for name, read in readers.items()})
    if error := next((each for each in found.values() if isinstance(each, AwsError)), None):
        return error
    balanced = [item for name, each in found["serves"].items() if name in deciding for item in each.balanced]
    return Standby(
        region=region,
        first=first,
        share=share,
        wanted=wanted,
        there=found["there"],
        serves=found["serves"],
        most=with_alternates(quick, first, found["most"], balanced),
        allowed={quota: found[quota.code] for quota in quotas if quota.code in found},
    )


def _wanted(spec: PreflightSpec, region: str) -> dict[str, Wanted]:
    deciding = spec.values.get(ROUTE53_FAILOVER.name, {}).get("services") or spec.service_names
    found: dict[str, Wanted] = {}
    for service in services_of(spec, region):
        name, wanted, scaling = service.owner.component, service.wanted.service, service.scaling
        place = spec.service_names.index(name)
        option = "scaling.minimum" if scaling else "desired_count"
        found[name] = Wanted(
            variable=rules.variable_of(ECS_SERVICE, spec.services[place], place, option, spec.given),
            minimum=scaling.minimum if scaling else wanted.first_count,
            maximum=scaling.maximum if scaling else wanted.first_count,
            cpu=service.wanted.task.cpu,
            strategy=wanted.spot.strategy if wanted.spot else (),
            ranges=scaling.ranges - {(scaling.minimum, scaling.maximum)} if scaling else frozenset(),
            decides=name in deciding,
        )
    return found


def _running(ctx: Context, region: str, owner: Owner, names: t.Iterable[str]) -> dict[str, Running]:
    found = gather({name: functools.partial(_service, ctx, region, owner, name) for name in names})
    return {name: each for name, each in found.items() if each is not None}


def _service(ctx: Context, region: str, owner: Owner, component: str) -> Running | None:
    """DescribeServices: ECS's name of the service is that of its cluster."""
    name = stack_names.service(owner.of(component))
    ecs = ctx.client("ecs", region=region)
    answer = unless(_NONE, lambda: ecs.describe_services(cluster=name, services=[name], include=["TAGS"]))
    service = next((item for item in (answer or {}).get("services", ()) if item["status"] == "ACTIVE"), None)
    if service is None:
        return None
    limits, balanced = read_limits(ctx, region, service), tuple(service.get("loadBalancers", ()))
    return Running(desired=service["desiredCount"], limits=limits, balanced=balanced)
