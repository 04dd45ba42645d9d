# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module returns beside the changes. Pure."""

from __future__ import annotations

import typing as t

from .._engine.known import Known
from .._route53.names import readable
from .resources.hosted_zone import ADDRESS
from .snapshot import Snapshot
from .spec import ZoneSpec


def outputs(spec: ZoneSpec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's own return values. After a deletion, those of the zone that was there."""
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
        "remaining_records": [f"{record.type} {readable(record.name)}" for record in snapshot.leftovers],
    }
