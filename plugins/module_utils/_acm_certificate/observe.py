# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the layer, in two rounds: two calls, and two more for each certificate in the zone."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._engine.context import Context
from .._engine.gather import gather
from .._engine.unknown import is_unknown
from .._route53.zones import read_zone
from .resources.certificate import Certificate
from .resources.certificate_calls import Listed, list_certificates, read_certificate, read_tags
from .snapshot import Snapshot
from .spec import Spec, domain_of


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """Read the stack's certificates in the region, and the zone's records."""
    readers: dict[str, t.Callable[[], t.Any]] = {
        "listed": lambda: list_certificates(ctx, spec.region),
        "zone": lambda: read_zone(ctx, spec.owner, spec.zone, spec.zone_id),
        "named": lambda: _named(ctx, spec),
    }
    found = gather(readers)
    zone_id, records = found["zone"]
    made = _made(ctx, spec, found["listed"])
    return Snapshot(
        spec=spec,
        own=tuple(each for each in made if spec.owner.owns(each.tags)),
        others=tuple(each for each in made if not spec.owner.owns(each.tags)),
        named=found["named"],
        zone_id=zone_id,
        records=tuple(record for record in records if record.type == "CNAME"),
    )


def _named(ctx: Context, spec: Spec) -> Certificate | None:
    arn = spec.certificate_arn
    return None if spec.absent or arn is None or is_unknown(arn) else read_certificate(ctx, arn)


def _made(ctx: Context, spec: Spec, listed: t.Iterable[Listed]) -> list[Certificate]:
    """The certificates that ACM has issued for names in the zone, with their tags."""
    arns = [each.arn for each in listed if each.made and _is_in_zone(spec, each)]
    readers: dict[str, t.Callable[[], t.Any]] = {}
    for arn in arns:
        readers[f"tags {arn}"] = functools.partial(read_tags, ctx, arn)
        readers[f"details {arn}"] = functools.partial(read_certificate, ctx, arn)
    found = gather(readers)
    return [
        dataclasses.replace(found[f"details {arn}"], tags=found[f"tags {arn}"] or {})
        for arn in arns
        if found[f"details {arn}"] is not None
    ]


def _is_in_zone(spec: Spec, listed: Listed) -> bool:
    zone = spec.zone.removesuffix(".")
    return any(domain == zone or domain.endswith(f".{zone}") for domain in map(domain_of, listed.names))
