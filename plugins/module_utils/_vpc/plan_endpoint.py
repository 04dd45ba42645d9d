# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway endpoint for S3: image layers and logs take no way through a NAT gateway. Pure."""

from __future__ import annotations

import typing as t

from .._engine.compare import update
from .._engine.plan import Change
from .model import Endpoint
from .plan_data import EndpointTables
from .plan_target import Target, create, remove, tags_before
from .spec import s3_service

_ADDRESS: t.Final = "vpc_endpoint/s3"


def plan_endpoint(target: Target) -> t.Iterator[Change]:
    """The endpoint in all of our route tables, or no endpoint."""
    standing = target.standing
    twins = [remove("vpc_endpoint", item.id, "a twin of ours") for item in standing.spare_endpoints]
    yield from twins
    if not target.spec.s3_endpoint:
        if standing.endpoint:
            yield remove("vpc_endpoint", standing.endpoint.id, "s3_endpoint is false", name="s3")
        return
    change = _existing(target, standing.endpoint, twins) if standing.endpoint else _new(target, twins)
    if change:
        yield change


def _new(target: Target, twins: t.Iterable[Change]) -> Change:
    service = s3_service(target.spec.region)
    tables = tuple(f"route_table/{name}" for name in target.tables)
    return create(
        _ADDRESS,
        {"service": service, "route_tables": sorted(target.tables), "policy": "full access"},
        EndpointTables(service=service, tags=target.spec.owner.tags(_ADDRESS), add=tables),
        needs=["vpc/main", *tables, *(twin.address for twin in twins)],
    )


def _existing(target: Target, endpoint: Endpoint, twins: t.Iterable[Change]) -> Change | None:
    names = {table.id: name for name, table in target.standing.tables.items()}
    # The tables of a retained zone, and those that go (which leave it when they are deleted), are no drift.
    current = {names.get(table_id, table_id) for table_id in endpoint.route_table_ids}
    wanted = {*target.tables, *(name for name in current if name in names.values() and target.keeps(name))}
    drift = target.spec.owner.tag_drift(endpoint.tags, _ADDRESS)
    added = sorted(wanted - current)
    return update(
        "vpc_endpoint",
        "s3",
        {
            "route_tables": sorted(current),
            "tags": tags_before(endpoint.tags, drift),
            "policy": "full access" if endpoint.open_policy else "another",
        },
        {"route_tables": sorted(wanted), "tags": drift, "policy": "full access"},
        needs=[*(f"route_table/{name}" for name in added), *(twin.address for twin in twins)],
        data=EndpointTables(
            service=endpoint.service,
            tags=drift,
            endpoint_id=endpoint.id,
            add=tuple(f"route_table/{name}" for name in added),
            remove=tuple(sorted(item for item in endpoint.route_table_ids if names.get(item, item) not in wanted)),
            open_policy=not endpoint.open_policy,
        ),
    )
