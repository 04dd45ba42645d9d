# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: from what stands to what is asked for. Pure."""

from __future__ import annotations

from .._engine.plan import Plan
from .model import Snapshot
from .plan_absent import plan_absent
from .plan_endpoint import plan_endpoint
from .plan_nat import plan_nats
from .plan_network import plan_default_group, plan_gateway, plan_subnets, plan_tables, plan_vpc
from .plan_removal import plan_removals
from .plan_routes import plan_associations, plan_routes
from .plan_target import target_of
from .spec import VpcSpec


def plan(spec: VpcSpec, snapshot: Snapshot) -> Plan:
    """What to change. Raises SpecError or ConflictError for what cannot be changed, before anything is."""
    if spec.absent:
        return plan_absent(spec, snapshot)
    target = target_of(spec, snapshot)
    nats, nat_waits = plan_nats(target)
    kept = (
        *plan_vpc(target),
        *plan_gateway(target),
        *plan_subnets(target),
        *plan_tables(target),
        *plan_default_group(target),
        *plan_associations(target),
        *nats,
        *plan_routes(target),
        *plan_endpoint(target),
    )
    removals, removal_waits = plan_removals(target, kept)
    waits = {wait.address: wait for wait in (*nat_waits, *removal_waits)}
    return Plan(changes=(*kept, *removals), waits=tuple(waits.values()))
