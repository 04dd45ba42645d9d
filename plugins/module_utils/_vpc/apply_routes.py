# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes: route tables, associations, default routes, and the gateway endpoint, which is a route too."""

from __future__ import annotations

import json
import typing as t

from .._engine.apply import ChangeHandler
from .._engine.context import Context
from .._engine.errors import AwsError
from .._engine.known import Known
from .._engine.plan import Action, Change
from .._engine.retry import NOT_FOUND
from .calls import by_tags, create_single, ids, ignoring, remove, set_tags, soon, tagged
from .observe import by, read
from .parse import parse_table
from .plan_data import DefaultRoute, EndpointTables, Link, NewTable, Removal, Repair
from .spec import ANYWHERE

# The policy that AWS gives an endpoint by default (CreateVpcEndpoint, PolicyDocument).
_OPEN_POLICY: t.Final = json.dumps(
    {"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)


def create_table(ctx: Context, change: Change, known: Known) -> None:
    """Create a route table."""
    data: NewTable = change.data
    vpc_id = known.get("vpc/main")
    ec2 = ctx.client("ec2")

    def create() -> str:
        call = ctx.client("ec2", retry=False).create_route_table
        answer = soon(ctx, lambda: call(VpcId=vpc_id, TagSpecifications=tagged("route-table", data.tags)))
        return str(answer["RouteTable"]["RouteTableId"])

    def find() -> list[str]:
        filters = [*by("vpc-id", vpc_id), *by_tags(data.tags)]
        return ids(read(ctx, "describe_route_tables", "RouteTables", filters), "RouteTableId")

    table_id = create_single(
        ctx,
        change.address,
        create=create,
        find=find,
        delete=lambda own: remove(ctx, lambda: ec2.delete_route_table(RouteTableId=own)),
    )
    known.put(change.address, id=table_id)


def delete_table(ctx: Context, change: Change, known: Known) -> None:
    """Delete a route table."""
    data: Removal = change.data
    remove(ctx, lambda: ctx.client("ec2").delete_route_table(RouteTableId=data.id))
    known.forget(change.address)


def link(ctx: Context, change: Change, known: Known) -> None:
    """Give a subnet its route table, in place of another if it has one."""
    data: Link = change.data
    subnet_id, table_id = known.get(data.subnet), known.get(data.table)
    ec2 = ctx.client("ec2")
    if not data.association_id:
        made = ignoring(
            lambda: soon(ctx, lambda: ec2.associate_route_table(SubnetId=subnet_id, RouteTableId=table_id)),
            "Resource.AlreadyAssociated",
        )
        if made is not None:
            return
    # The plan's association may be outdated: another run, or an answer that was lost.
    tables = read(ctx, "describe_route_tables", "RouteTables", by("association.subnet-id", subnet_id))
    for table in map(parse_table, tables):
        for found in table.associations:
            if found.subnet_id == subnet_id and table.id != table_id:
                ec2.replace_route_table_association(AssociationId=found.id, RouteTableId=table_id)


def set_route(ctx: Context, change: Change, known: Known) -> None:
    """Lead the default route to its target, whether there is one already or not."""
    data: DefaultRoute = change.data
    ec2 = ctx.client("ec2")
    key = "GatewayId" if data.target.startswith("internet_gateway/") else "NatGatewayId"
    route = {
        "RouteTableId": known.get(data.table),
        "DestinationCidrBlock": ANYWHERE,
        key: known.get(data.target),
    }
    made = None
    if change.action is Action.CREATE:
        made = ignoring(lambda: soon(ctx, lambda: ec2.create_route(**route)), "RouteAlreadyExists")
    if made is None:
        soon(ctx, lambda: ec2.replace_route(**route))


def delete_route(ctx: Context, change: Change, known: Known) -> None:
    """Take the default route away."""
    data: DefaultRoute = change.data
    table_id = known.get(data.table)
    remove(ctx, lambda: ctx.client("ec2").delete_route(RouteTableId=table_id, DestinationCidrBlock=ANYWHERE))


def create_endpoint(ctx: Context, change: Change, known: Known) -> None:
    """Create the gateway endpoint in all route tables."""
    data: EndpointTables = change.data
    vpc_id = known.get("vpc/main")
    tables = [known.get(address) for address in data.add]

    def create() -> str:
        call = ctx.client("ec2", retry=False).create_vpc_endpoint
        answer = soon(
            ctx,
            lambda: call(
                VpcEndpointType="Gateway",
                VpcId=vpc_id,
                ServiceName=data.service,
                RouteTableIds=tables,
                TagSpecifications=tagged("vpc-endpoint", data.tags),
            ),
        )
        return str(answer["VpcEndpoint"]["VpcEndpointId"])

    def find() -> list[str]:
        filters = [*by("vpc-id", vpc_id), *by("vpc-endpoint-state", "available", "pending"), *by_tags(data.tags)]
        return ids(read(ctx, "describe_vpc_endpoints", "VpcEndpoints", filters), "VpcEndpointId")

    # A table takes one route to S3, so a second run is refused; what it wanted is there then.
    there = find()
    endpoint_id = (
        there[0]
        if there
        else create_single(ctx, change.address, create=create, find=find, delete=lambda own: _delete_endpoint(ctx, own))
    )
    known.put(change.address, id=endpoint_id)


def update_endpoint(ctx: Context, change: Change, known: Known) -> None:
    """Repair route tables, policy and tags."""
    data: EndpointTables = change.data
    wanted: dict[str, t.Any] = {}
    if data.add:
        wanted["AddRouteTableIds"] = [known.get(address) for address in data.add]
    if data.remove:
        wanted["RemoveRouteTableIds"] = list(data.remove)
    if data.open_policy:
        wanted["PolicyDocument"] = _OPEN_POLICY
    if wanted:
        soon(ctx, lambda: ctx.client("ec2").modify_vpc_endpoint(VpcEndpointId=data.endpoint_id, **wanted))
    set_tags(ctx, data.endpoint_id, data.tags)


def delete_endpoint(ctx: Context, change: Change, known: Known) -> None:
    """Delete the endpoint; its routes go with it."""
    data: Removal = change.data
    _delete_endpoint(ctx, data.id)
    known.forget(change.address)


def _delete_endpoint(ctx: Context, endpoint_id: str) -> None:
    # Fails in its answer, not by an error.
    failures = ctx.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint_id]).get("Unsuccessful") or []
    for failure in failures:
        error = failure.get("Error", {})
        code = str(error.get("Code", ""))
        if code not in NOT_FOUND:
            raise AwsError(
                f"DeleteVpcEndpoints in {ctx.region}: {endpoint_id}: {code}: {error.get('Message', '')}",
                code=code,
                operation="DeleteVpcEndpoints",
            )


def update_tags(ctx: Context, change: Change, _known: Known) -> None:
    """Repair what has nothing but tags to repair."""
    data: Repair = change.data
    set_tags(ctx, data.id, data.tags)


ROUTE_CHANGES: t.Final[t.Mapping[tuple[str, Action], ChangeHandler]] = {
    ("route_table", Action.CREATE): create_table,
    ("route_table", Action.UPDATE): update_tags,
    ("route_table", Action.DELETE): delete_table,
    ("route_table_association", Action.CREATE): link,
    ("route_table_association", Action.UPDATE): link,
    ("route", Action.CREATE): set_route,
    ("route", Action.UPDATE): set_route,
    ("route", Action.DELETE): delete_route,
    ("vpc_endpoint", Action.CREATE): create_endpoint,
    ("vpc_endpoint", Action.UPDATE): update_endpoint,
    ("vpc_endpoint", Action.DELETE): delete_endpoint,
}
