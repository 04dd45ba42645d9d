# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer route53_zone_delegation."""

from __future__ import annotations

import typing as t

from .._engine.known import Known
from .._engine.layer import Layer
from .._route53.names import readable
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .plan import RESOURCES, plan
from .resources import name_server_record_calls
from .resources.name_server_record import is_own, record_of
from .snapshot import Snapshot
from .spec import DelegationSpec, parse


def outputs(spec: DelegationSpec, snapshot: Snapshot, _known: Known) -> dict[str, t.Any]:
    """The module's own return values: the delegation at the end of the run."""
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


LAYER: t.Final[Layer[DelegationSpec, Snapshot]] = Layer(
    name="route53_zone_delegation",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    plan=plan,
    outputs=outputs,
    resources=RESOURCES,
    calls=(name_server_record_calls.CALLS,),
)
