# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ``vpc``, put together."""

from __future__ import annotations

import typing as t

from .._engine.apply import Handlers
from .._engine.known import Known
from .._engine.layer import Layer
from .apply import CHANGES
from .apply_nat import NAT_CHANGES, WAITS
from .model import Snapshot
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .plan import plan
from .plan_target import target_of
from .spec import VpcSpec, letter, parse
from .standing import identify

_ABSENT: t.Final[dict[str, t.Any]] = {
    "vpc_id": None,
    "cidr": None,
    "zones": [],
    "public_subnet_ids": [],
    "private_subnet_ids": [],
    "public_route_table_id": None,
    "private_route_table_ids": [],
    "internet_gateway_id": None,
    "nat_gateway_ids": [],
    "nat_public_ips": [],
    "default_security_group_id": None,
    "s3_endpoint_id": None,
}


def outputs(spec: VpcSpec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's return values. Lists are in the order of the zones."""
    if spec.absent:
        return dict(_ABSENT)
    target = target_of(spec, snapshot)
    slots = [letter(zone) for zone in target.zones]
    return {
        "vpc_id": known.describe("vpc/main"),
        "cidr": str(spec.cidr),
        "zones": list(target.zones),
        "public_subnet_ids": [known.describe(f"subnet/public-{slot}") for slot in slots],
        "private_subnet_ids": [known.describe(f"subnet/private-{slot}") for slot in slots],
        "public_route_table_id": known.describe("route_table/public"),
        "private_route_table_ids": [known.describe(f"route_table/private-{slot}") for slot in slots],
        "internet_gateway_id": known.describe("internet_gateway/main"),
        "nat_gateway_ids": [known.describe(f"nat_gateway/{name}") for name in target.nats],
        "nat_public_ips": [known.describe(f"elastic_ip/{name}", "public_ip") for name in target.nats],
        "default_security_group_id": known.describe("security_group/default"),
        "s3_endpoint_id": known.describe("vpc_endpoint/s3") if spec.s3_endpoint else None,
    }


LAYER: t.Final = Layer(
    name="vpc",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    plan=plan,
    identify=identify,
    outputs=outputs,
    handlers=Handlers(changes={**CHANGES, **NAT_CHANGES}, waits=WAITS),
)
