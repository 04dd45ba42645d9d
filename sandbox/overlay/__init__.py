# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of moto towards AWS: `Correction`s of operations, and where these don't reach, a module's `patch`."""

from __future__ import annotations

from types import ModuleType

from sandbox.overlay import autoscaling, cloudwatch, composite_alarms, iam, logs, quotas, scheduler, sns, sts, waf
from sandbox.overlay.acm import certificates
from sandbox.overlay.base import Correction, World
from sandbox.overlay.ec2 import (
    addresses,
    endpoints,
    flow_logs,
    interface_endpoints,
    nat,
    places,
    prefix_lists,
    routes,
    security_groups,
    vpcs,
)
from sandbox.overlay.ec2 import tags as ec2_tags
from sandbox.overlay.ecs import capacity, clusters, definitions, deployments, insights, run, services
from sandbox.overlay.elbv2 import attributes, listeners, load_balancers, rules, target_groups, targets, trust_stores
from sandbox.overlay.elbv2 import tags as elbv2_tags
from sandbox.overlay.monitoring import alarms, dashboards, queries
from sandbox.overlay.registry import images, lifecycle, repositories
from sandbox.overlay.route53 import answers, changes, checks, limits, metrics, protections, query_logging, zones
from sandbox.overlay.route53 import tags as route53_tags

__all__ = ["World", "install"]

# Tags come after the modules that create the tagged resources.
_MODULES: tuple[ModuleType, ...] = (
    *(autoscaling, certificates, cloudwatch, composite_alarms, iam, logs, quotas, scheduler, sns, sts, waf),
    *(addresses, endpoints, flow_logs, interface_endpoints, nat, places, prefix_lists, routes, security_groups),
    *(vpcs, ec2_tags),
    *(capacity, clusters, definitions, deployments, insights, run, services),
    *(attributes, listeners, load_balancers, rules, target_groups, targets, trust_stores, elbv2_tags),
    *(answers, changes, checks, limits, metrics, query_logging, zones, protections, route53_tags),
    *(alarms, dashboards, queries),
    *(images, lifecycle, repositories),
)


def install(world: World) -> None:
    """Correct every service. Once a process."""
    for module in _MODULES:
        for member in vars(module).values():
            if isinstance(member, Correction):
                member.install(world)
        if hasattr(module, "patch"):
            module.patch()
