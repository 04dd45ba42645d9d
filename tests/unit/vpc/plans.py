# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the network's plan share: specs, and a cloud in which they have been carried out."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Plan
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._vpc.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._vpc.spec import VpcSpec
from tests.unit.vpc.cloud import OWNER, REGION, Cloud, in_order

CIDR = ipaddress.IPv4Network("10.10.0.0/16")


def spec(**fields: t.Any) -> VpcSpec:
    return VpcSpec(**{"owner": OWNER, "region": REGION, "absent": False, "cidr": CIDR, **fields})


GONE = spec(absent=True, cidr=None)


def settled(wanted: VpcSpec | None = None) -> Cloud:
    cloud = Cloud()
    cloud.carry_out(plan(wanted or spec(), cloud.snapshot()), in_order)
    return cloud


def steps(found: Plan) -> dict[str, str]:
    return {change.address: change.action.value for change in found.changes}


def named(cloud: Cloud, kind: str, name: str) -> str:
    return LAYER.identify(cloud.snapshot())[f"{kind}/{name}"]["id"]
