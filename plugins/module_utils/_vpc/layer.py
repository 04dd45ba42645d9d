# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ``vpc``, put together."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import untagged
from .._aws.owner import is_service_name
from .._engine.context import Context
from .._engine.errors import ApplyError, AwsError
from .._engine.known import Known
from .._engine.layer import Layer
from .._resources import log_group, log_group_calls, role_calls
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .plan import RESOURCES, plan
from .resources import (
    default_security_group_calls,
    elastic_ip_calls,
    endpoint_group_calls,
    flow_log,
    flow_log_calls,
    interface_endpoint_calls,
    internet_gateway_calls,
    nat_gateway_calls,
    network_interface_calls,
    route_calls,
    route_table_calls,
    subnet_calls,
    vpc_calls,
    vpc_endpoint_calls,
)
from .snapshot import Snapshot
from .spec import VpcSpec, letter, parse
from .zones import lay_out

_CALLS: t.Final = (
    vpc_calls.CALLS,
    internet_gateway_calls.CALLS,
    subnet_calls.CALLS,
    route_table_calls.CALLS,
    default_security_group_calls.CALLS,
    route_table_calls.ASSOCIATION_CALLS,
    elastic_ip_calls.CALLS,
    nat_gateway_calls.CALLS,
    route_calls.CALLS,
    vpc_endpoint_calls.CALLS,
    endpoint_group_calls.CALLS,
    interface_endpoint_calls.CALLS,
    flow_log_calls.CALLS,
    role_calls.CALLS,
    log_group_calls.CALLS,
    network_interface_calls.CALLS,
)
# CreateNatGateway in a constrained zone (Amazon VPC User Guide, "Troubleshoot NAT gateways").
_NO_NAT: t.Final = "NotAvailableInZone"
_ABSENT: t.Final[dict[str, t.Any]] = {
    "vpc_id": None,
    "cidr": None,
    "cidrs": [],
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
    "interface_endpoint_ids": {},
    "flow_log_group": None,
    "services": [],
}


def left(spec: VpcSpec, snapshot: Snapshot) -> list[dict[str, str]]:
    """Untagged leftovers of flow logs, which a removal keeps. Anything else untagged in the VPC stops the removal."""
    if not spec.absent:
        return []
    role, logs = snapshot.flow_log_role, snapshot.flow_log_group
    named = ((flow_log.ROLE_ADDRESS, role), (f"{log_group.KIND}/vpc", logs))
    found = [(address, item.arn, item.tags) for address, item in named if item]
    logging = [item for item in snapshot.flow_logs if flow_log.writes_to_own_group(spec, item)]
    return untagged.describe(spec.owner, [*found, *((flow_log.ADDRESS, item.id, item.tags) for item in logging)])


def outputs(spec: VpcSpec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's return values. Lists are in the order of the zones."""
    if spec.absent:
        return dict(_ABSENT)
    layout = lay_out(spec, snapshot)
    slots = [letter(zone) for zone in layout.zones]
    return {
        "vpc_id": known.describe("vpc/main"),
        "cidr": str(spec.cidr),
        "cidrs": list(snapshot.vpc.cidrs) if snapshot.vpc else [str(spec.cidr)],
        "zones": list(layout.zones),
        "public_subnet_ids": [known.describe(f"subnet/public-{slot}") for slot in slots],
        "private_subnet_ids": [known.describe(f"subnet/private-{slot}") for slot in slots],
        "public_route_table_id": known.describe("route_table/public"),
        "private_route_table_ids": [known.describe(f"route_table/private-{slot}") for slot in slots],
        "internet_gateway_id": known.describe("internet_gateway/main"),
        "nat_gateway_ids": [known.describe(f"nat_gateway/{name}") for name in layout.nats],
        "nat_public_ips": [known.describe(f"elastic_ip/{name}", "public_ip") for name in layout.zonal_nats],
        "default_security_group_id": known.describe("security_group/default"),
        "s3_endpoint_id": known.describe("vpc_endpoint/s3") if spec.s3_endpoint else None,
        "interface_endpoint_ids": {
            name: known.describe(f"interface_endpoint/{name}") for name in spec.interface_endpoints
        },
        "flow_log_group": None if spec.flow_logs == "none" else flow_log.log_group_name(spec),
        "services": _services(spec, snapshot),
    }


def _services(spec: VpcSpec, snapshot: Snapshot) -> list[str]:
    """The services of the stack that have a security group here."""
    own = {group.tags.get("Component", "") for group in snapshot.groups if spec.owner.stack_owns(group.tags)}
    return sorted(filter(is_service_name, own))


def otherwise(ctx: Context, spec: VpcSpec, error: ApplyError) -> VpcSpec | None:
    """The spec without the zones that take no NAT gateway; None if the user has named the zones."""
    refused = frozenset(
        f"{spec.region}{letter(step.address)}"
        for step, cause in error.errors
        if isinstance(cause, AwsError) and cause.code == _NO_NAT
    )
    if spec.zones or not refused or len(refused) < len(error.errors) or refused <= spec.without_nat:
        return None
    ctx.warn(f"vpc: {', '.join(sorted(refused))} takes no NAT gateway ({_NO_NAT}); another zone is used.")
    return dataclasses.replace(spec, without_nat=spec.without_nat | refused)


LAYER: t.Final = Layer(
    name="vpc",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    plan=plan,
    outputs=outputs,
    resources=RESOURCES,
    untagged=left,
    calls=_CALLS,
    plan_again=frozenset({_NO_NAT}),
    otherwise=otherwise,
)
