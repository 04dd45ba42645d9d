# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer route53_zone."""

from __future__ import annotations

import typing as t

from .._aws import untagged
from .._engine.known import Known
from .._engine.layer import Layer
from .._route53.names import readable
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .plan import RESOURCES, plan
from .resources import hosted_zone_calls, query_logging, query_logging_calls
from .resources.hosted_zone import ADDRESS
from .snapshot import Snapshot
from .spec import ZoneSpec, parse


def outputs(spec: ZoneSpec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's own return values; after a deletion, those of the deleted zone."""
    if spec.absent:
        zone_id = snapshot.zone.zone_id if snapshot.zone else ""
        servers = ",".join(snapshot.name_servers)
    else:
        zone_id, servers = known.describe(ADDRESS), known.describe(ADDRESS, "name_servers")
    return {
        "zone": readable(spec.name),
        "zone_id": zone_id,
        "name_servers": [server for server in servers.split(",") if server],
        "owned": snapshot.owned or (not spec.absent and snapshot.zone is None),
        "query_log_group": query_logging.log_group_name(spec) if spec.query_logging and not spec.absent else "",
        "remaining_records": [f"{record.type} {readable(record.name)}" for record in snapshot.leftovers],
    }


def left(spec: ZoneSpec, snapshot: Snapshot) -> list[dict[str, str]]:
    """The query log group, if its tags are lost."""
    found = snapshot.log_group
    if not spec.absent or found is None or query_logging.names_own(spec):
        return []
    return untagged.describe(spec.owner, [(query_logging.GROUP_ADDRESS, found.arn, found.tags)])


LAYER: t.Final[Layer[ZoneSpec, Snapshot]] = Layer(
    name="route53_zone",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    plan=plan,
    outputs=outputs,
    resources=RESOURCES,
    untagged=left,
    calls=(
        hosted_zone_calls.CALLS,
        query_logging_calls.CALLS,
        query_logging_calls.POLICY_CALLS,
        query_logging_calls.LOG_GROUP_CALLS,
    ),
)
