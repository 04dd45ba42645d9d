# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module returns beside the changes. Pure."""

from __future__ import annotations

import typing as t

from .._engine.known import Known
from .._route53.names import readable
from .resources.name_server_record import is_own, record_of
from .snapshot import Snapshot
from .spec import DelegationSpec


def outputs(spec: DelegationSpec, snapshot: Snapshot, _known: Known) -> dict[str, t.Any]:
    """The module's own return values: the delegation as it is when the run has ended."""
    record = snapshot.delegation if spec.absent else record_of(spec)
    if spec.absent and record and is_own(spec, snapshot, record):
        record = None
    return {
        "zone": readable(spec.zone),
        "parent_zone": readable(spec.parent_zone),
        "parent_zone_id": snapshot.parent.zone_id if snapshot.parent else "",
        "name_servers": sorted(readable(name) for name in record.values) if record else [],
        "delegated": record is not None,
    }
