# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a service may get a deployment strategy now: it adds a second target group, and one of two is always empty.

A run changes services before records. So records that evaluate target health, which only one group has, have to be
changed in an earlier run.
"""

from __future__ import annotations

import typing as t

from .._ecs_service.layer import LAYER as ECS_SERVICE
from .._engine.aws_errors import translate
from .._engine.context import Context
from .._engine.errors import FailoverError
from .._engine.unknown import is_unknown
from .._failover_chain import chain
from .._failover_chain.load_balancer_calls import read_alternates
from .._route53.zones import read_zone
from .._route53_failover.layer import LAYER as ROUTE53_FAILOVER
from .._route53_failover.spec import Spec as FailoverSpec
from . import rules
from .problem import Problem
from .service_quotas import services_of
from .spec import PreflightSpec, Region
from .values import validate

_OPTION: t.Final = "deployment_strategy"


def check_target_health(ctx: Context, spec: PreflightSpec, region: Region) -> list[Problem]:
    """Compare existing records with the strategies of the region's services. Calls AWS only if there is a strategy."""
    options = rules.options_for(ROUTE53_FAILOVER, spec.values, spec.services) if spec.find_target_health else []
    shifting = _shifting(spec, region.name) if options else {}
    if not shifting:
        return []
    failover: FailoverSpec = ROUTE53_FAILOVER.parse(
        validate(ROUTE53_FAILOVER.job.argument_spec, options[0])[0], region.name
    )
    deciding = {name: variable for name, variable in shifting.items() if name in failover.services}
    if not deciding:
        return []
    try:
        with translate(ctx.region):
            paired = _paired(ctx, failover, region.name, deciding)
    except FailoverError as error:
        ctx.warn(f"Whether the records of {failover.owner.title} evaluate target health is not known: {error}")
        return []
    return list(refused(deciding, paired))


def _paired(ctx: Context, failover: FailoverSpec, region: str, services: t.Collection[str]) -> t.Collection[str]:
    """The services that may have two target groups: all, unless the region's record evaluates target health.

    If a service has two although a record does, the record has drifted or a run was interrupted: this run repairs it.
    """
    # A placeholder stands for the zone of that name.
    zone_id = None if failover.zone_id is None or is_unknown(failover.zone_id) else failover.zone_id
    _zone_id, records = read_zone(ctx, failover.owner, failover.zone, zone_id)
    members = chain.members_of(failover.owner, failover.record_name, records)
    if not is_asked(region, members):
        return services
    return read_alternates(ctx, region, failover.owner, services)


def is_asked(region: str, members: t.Iterable[chain.Member]) -> bool:
    """Whether the region's record evaluates target health. Pure."""
    return any(member.region == region and member.balancer.evaluate_target_health for member in members)


def refused(deciding: t.Mapping[str, str], paired: t.Iterable[str]) -> t.Iterator[Problem]:
    """A problem for each service whose strategy comes too early. Pure.

    :param deciding: services with a strategy that decide the failover → the variable that sets it.
    :param paired: those of them that have or may have two target groups.
    """
    for name in sorted(deciding.keys() - {*paired}):
        yield Problem(
            deciding[name],
            f"gives {name} a second target group, and one of two is always empty, while Route 53 still judges the "
            "region by the health of targets: the services of a run come before its records.",
            "With dns_evaluate_target_health: false run site.yml with --tags route53_failover first, which changes the "
            "records alone. Then repeat this run.",
        )


def _shifting(spec: PreflightSpec, region: str) -> dict[str, str]:
    """Services that should have a strategy → the variable that sets it."""
    found: dict[str, str] = {}
    for service in services_of(spec, region):
        if service.shift:
            name = service.owner.component
            place = spec.service_names.index(name)
            found[name] = rules.variable_of(ECS_SERVICE, spec.services[place], place, _OPTION, spec.given)
    return found
