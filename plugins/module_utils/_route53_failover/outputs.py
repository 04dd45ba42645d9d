# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module returns beside the changes. Pure."""

from __future__ import annotations

import typing as t

from .._engine.known import Known
from .._failover_chain import chain, health_checks, record_names
from .._route53.names import readable
from .resources.record_set import zone_id_of
from .selection import select, switch_pairs
from .snapshot import Snapshot
from .spec import Spec


def outputs(spec: Spec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's own return values."""
    selection = select(spec, snapshot)
    pairs = switch_pairs(snapshot, selection.regions)
    return {
        "record": readable(spec.record_name),
        "zone": readable(spec.zone),
        "zone_id": snapshot.zone_id if spec.absent else zone_id_of(spec, snapshot),
        "regions": [
            _region(spec, place, member, pairs, known) for place, member in enumerate(selection.members, start=1)
        ],
        "not_ready": [{"region": region, "reason": reason} for region, reason in sorted(selection.not_ready.items())],
        "unlisted_regions": list(selection.unlisted),
        "released_switches": [{"region": region, "switch_in": seat} for region, seat in snapshot.latched],
        "other_records": []
        if spec.absent
        else [readable(base) for base in sorted(chain.bases(spec.owner, snapshot.records) - {spec.record_name})],
    }


def _region(
    spec: Spec, place: int, member: chain.Member, pairs: t.Sequence[tuple[str, str]], known: Known
) -> dict[str, t.Any]:
    region = member.region

    def check_id(name: str) -> str:
        return known.describe(health_checks.address(region, name))

    return {
        "name": region,
        "place": place,
        "role": chain.role(place),
        "listed": not spec.absent and region in spec.names,
        "record": readable(record_names.regional_name(region, spec.record_name)),
        "load_balancer_dns_name": readable(member.balancer.dns_name),
        "health_check_id": check_id(health_checks.CALCULATED),
        "endpoint_health_check_id": check_id(health_checks.ENDPOINT),
        "switch_health_check_ids": {
            seat: check_id(health_checks.switch(seat)) for evicted, seat in pairs if evicted == region
        },
    }
