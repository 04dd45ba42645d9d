# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the zone that the chain stands in."""

from __future__ import annotations

import contextlib

from .._aws.owner import Owner
from .._engine.aws_errors import error_code
from .._engine.context import Context
from .._engine.unknown import is_unknown
from .._route53.records import RecordSet
from .._route53.zones import choose, read_public_zones, read_records

with contextlib.suppress(ImportError):  # see _engine/clients.py
    import botocore.exceptions as botocore_errors


def read_zone(ctx: Context, owner: Owner, name: str, zone_id: str | None) -> tuple[str | None, tuple[RecordSet, ...]]:
    """(id, records) of a zone, looked up by name unless the id is given. None if it does not exist."""
    client = ctx.client("route53")
    if zone_id is None:
        zone = choose(read_public_zones(client, name), owner)
        zone_id = zone.zone_id if zone else None
    if zone_id is None or is_unknown(zone_id):
        return zone_id, ()
    try:
        return zone_id, read_records(client, zone_id)
    except botocore_errors.ClientError as error:
        if error_code(error) != "NoSuchHostedZone":
            raise
    return None, ()
