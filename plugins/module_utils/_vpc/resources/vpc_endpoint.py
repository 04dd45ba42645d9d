# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway endpoint for S3, which keeps image layers and logs off the NAT gateways. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import shown_tags
from ..._aws.owner import Tags
from ..._engine.changes import create, update
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..named import Named, name_each, owns_inside, remove
from . import vpc
from .endpoint import DELETING, GATEWAY, Endpoint, normal, shown, to_send

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout

KIND: t.Final = "vpc_endpoint"
ADDRESS: t.Final = "vpc_endpoint/s3"


@dataclasses.dataclass(frozen=True, kw_only=True)
class EndpointTables:
    """``Change.data`` of a creation or update.

    :param endpoint_id: empty for a new one.
    :param add: addresses of route tables.
    :param remove: ids of route tables.
    :param policy: to set; empty to leave it.
    """

    service: str
    tags: Tags
    endpoint_id: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    policy: str = ""


def _service(region: str) -> str:
    """The name of S3 as a service of gateway endpoints (DescribeVpcEndpointServices)."""
    return f"com.amazonaws.{region}.s3"


def find(snapshot: Snapshot) -> Named[Endpoint]:
    """The one in the most route tables."""
    service = _service(snapshot.region)
    gateways = (item for item in snapshot.endpoints if item.type == GATEWAY and item.state != DELETING)
    own = (item for item in gateways if owns_inside(snapshot.owner, item.tags) and item.service == service)
    return name_each(own, lambda _item: "s3", {"s3"}, lambda item: -len(item.route_table_ids))


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The endpoint in all of this layer's route tables, or no endpoint."""
    endpoints = snapshot.own_endpoints
    wanted = layout.spec.s3_endpoint and not layout.spec.absent
    twins = []
    for name, item in endpoints.all:
        if not (wanted and name):
            why = layout.why_not("s3_endpoint is false" if name else "a duplicate")
            change = remove(KIND, name, item, why, before={"service": item.service})
            yield change
            twins.append(change.address)
    if wanted:
        found = endpoints.by_name.get("s3")
        _refuse_untagged(snapshot)
        yield _update(layout, snapshot, found, twins) if found else _creation(layout, twins)


def _refuse_untagged(snapshot: Snapshot) -> None:
    """Raises ConflictError if an untagged endpoint for S3 is in this layer's route tables, which take only one."""
    tables = {table.id for table in snapshot.own_tables.by_name.values()}
    for other in snapshot.endpoints:
        taken = sorted(tables & other.route_table_ids)
        if taken and other.service == _service(snapshot.region) and not owns_inside(snapshot.owner, other.tags):
            what = f"{other.id} ({other.service} in {', '.join(taken)}) is where this stack's endpoint has to be"
            raise untagged.conflict(
                snapshot.owner, ADDRESS, what, "take it out of these tables, or set s3_endpoint to false"
            )


def _creation(layout: Layout, twins: t.Iterable[str]) -> Change:
    service, policy = _service(layout.spec.region), layout.spec.endpoint_policy
    tables = tuple(f"route_table/{name}" for name in layout.tables)
    return create(
        ADDRESS,
        {"service": service, "route_tables": sorted(layout.tables), "policy": shown(normal(policy))},
        data=EndpointTables(
            service=service,
            tags=layout.spec.owner.tags(ADDRESS),
            add=tables,
            policy=to_send(policy),
        ),
        needs=[vpc.ADDRESS, *tables, *twins],
    )


def _update(layout: Layout, snapshot: Snapshot, endpoint: Endpoint, twins: t.Iterable[str]) -> Change | None:
    policy = layout.spec.endpoint_policy
    names = {table.id: name for name, table in snapshot.own_tables.by_name.items()}
    # The tables of a retained zone, and those that go (which leave it when they are deleted), are no drift.
    current = {names.get(table_id, table_id) for table_id in endpoint.route_table_ids}
    wanted = {*layout.tables, *(name for name in current if name in names.values() and layout.keeps(name))}
    drift = layout.spec.owner.tag_drift(endpoint.tags, ADDRESS)
    tags_before, tags_after = shown_tags(endpoint.tags, drift)
    added = tuple(f"route_table/{name}" for name in sorted(wanted - current))
    return update(
        ADDRESS,
        {"route_tables": sorted(current), "policy": shown(endpoint.policy), **tags_before},
        {"route_tables": sorted(wanted), "policy": shown(normal(policy)), **tags_after},
        needs=[*added, *twins],
        data=EndpointTables(
            service=endpoint.service,
            tags=drift,
            endpoint_id=endpoint.id,
            add=added,
            remove=tuple(sorted(item for item in endpoint.route_table_ids if names.get(item, item) not in wanted)),
            policy=to_send(policy, endpoint.policy),
        ),
    )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=lambda snapshot: snapshot.own_endpoints.identify(KIND))
