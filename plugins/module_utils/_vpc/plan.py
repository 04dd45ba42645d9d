# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: from what is there to what is asked for. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.plan import Action, Change, Plan
from .._engine.resource import plan_all
from .plan_absent import refuse_others
from .resources import (
    default_security_group,
    elastic_ip,
    flow_log,
    internet_gateway,
    nat_gateway,
    network_interface,
    route,
    route_table,
    subnet,
    vpc,
    vpc_endpoint,
)
from .snapshot import Snapshot
from .spec import VpcSpec
from .zones import lay_out

RESOURCES: t.Final = (
    vpc.RESOURCE,
    internet_gateway.RESOURCE,
    subnet.RESOURCE,
    route_table.RESOURCE,
    default_security_group.RESOURCE,
    route_table.ASSOCIATIONS,
    elastic_ip.RESOURCE,
    nat_gateway.RESOURCE,
    route.RESOURCE,
    vpc_endpoint.RESOURCE,
    flow_log.RESOURCE,
    network_interface.RESOURCE,
)


def plan(spec: VpcSpec, snapshot: Snapshot) -> Plan:
    """What to change. Raises SpecError or ConflictError for what cannot be changed, before anything is."""
    if spec.absent:
        refuse_others(spec, snapshot)
    found = plan_all(RESOURCES, lay_out(spec, snapshot), snapshot)
    changes = tuple(_last(change, found) for change in found.changes)
    # A NAT gateway that goes is waited for only where something cannot go before it.
    needed = frozenset().union(*(change.needs for change in changes))
    waits = tuple(wait for wait in found.waits if wait.kind != nat_gateway.DELETED or wait.address in needed)
    return Plan(changes=changes, waits=waits)


def _last(change: Change, found: Plan) -> Change:
    """The VPC goes last."""
    if (change.kind, change.action) != (vpc.KIND, Action.DELETE):
        return change
    others = {step.address for step in found.steps} - {change.address}
    return dataclasses.replace(change, needs=frozenset(others))
