# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a rule of a service that is no longer in the inventory has the priority that a new service needs.

So it is if the only service gets another name: both take what no other service claims.
"""

from __future__ import annotations

import functools
import typing as t

from .._aws import stack_names
from .._aws.owner import ENTRANCE, Owner
from .._ecs_service.layer import LAYER as ECS_SERVICE
from .._ecs_service.resources.listener_rule import ListenerRule
from .._ecs_service.resources.listener_rule_calls import find_all_rules, find_load_balancer
from .._engine.context import Context
from .._engine.errors import AwsError
from . import names
from .observe import StackUsage, or_error
from .problem import Problem
from .service_quotas import services_of
from .spec import PreflightSpec, Region

_OPTION: t.Final = "rule_priority"


def check_lost_rules(ctx: Context, spec: PreflightSpec, region: Region, found: StackUsage) -> list[Problem]:
    """Compare the rules of lost services with new services. Calls AWS only if the region has both."""
    new = [service for service in services_of(spec, region.name) if service.owner.component not in found.components]
    wanted = {service.routing.rule.priority: service.owner.component for service in new if service.routing}
    if not (found.other_services and wanted):
        return []
    owner = Owner(stack=spec.stack, environment=spec.environment, component=ENTRANCE)
    rules = or_error(region.name, functools.partial(_read, ctx.within(region.name), owner))
    # If they cannot be read, the layer says why.
    return list(refused(spec, owner, wanted, () if isinstance(rules, AwsError) else rules))


def refused(
    spec: PreflightSpec, owner: Owner, wanted: t.Mapping[int, str], rules: t.Iterable[ListenerRule]
) -> t.Iterator[Problem]:
    """A problem for each new service whose priority a lost one has. Pure.

    :param wanted: priority → new service.
    """
    for rule in rules:
        lost, new = rule.tags.get("Component", ""), wanted.get(rule.priority, "")
        if not new or not owner.stack_owns(rule.tags) or lost in spec.service_names:
            continue
        variable = names.source(ECS_SERVICE.name, _OPTION, spec.given)
        if "app_services" in spec.given:
            variable = f"app_services[{new}].{_OPTION}"
        yield Problem(
            variable,
            f"{rule.priority} is that of the service {lost}, which is not in the inventory and still takes requests.",
            f"Put {lost} back; or set a smaller number, so that {new} takes them, and then remove {lost} as the README "
            "says under Several services.",
        )


def _read(ctx: Context, owner: Owner) -> tuple[ListenerRule, ...]:
    arn = find_load_balancer(ctx, stack_names.load_balancer(owner))
    return find_all_rules(ctx, [arn] if arn else [])
