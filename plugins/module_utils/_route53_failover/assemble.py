# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what List returned to the checks in use: by ownership alone, never by similarity."""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner
from .._route53.records import RecordSet
from .._route53.zones import reference_role
from . import configs, identity
from .spec import Spec
from .state import Check


def own_checks(owner: Owner, items: t.Iterable[t.Mapping[str, t.Any]]) -> tuple[Check, ...]:
    """Those of ListHealthChecks that are ours by their CallerReference, without tags."""
    checks: list[Check] = []
    for item in items:
        place = reference_role(owner, item["CallerReference"])
        if place:
            region, role = place
            reference, config = item["CallerReference"], configs.normal(item)
            checks.append(Check(id=item["Id"], region=region, role=role, reference=reference, config=config))
    return tuple(checks)


def choose(
    spec: Spec, checks: t.Iterable[Check], records: t.Sequence[RecordSet]
) -> tuple[dict[str, Check], tuple[Check, ...]]:
    """(the check to keep for each address, all others).

    Kept is one that can be brought to what is wanted without replacing it; of several the one that is referred to,
    then the oldest: two runs that made one each choose the same.
    """
    everything = tuple(checks)
    kept: dict[str, Check] = {}
    for check in most_used_first(everything, {record.health_check_id for record in records if record.health_check_id}):
        if not spec.present or configs.fits(check.config, _wanted(spec, check)):
            kept.setdefault(check.address, check)
    return kept, tuple(check for check in everything if kept.get(check.address) is not check)


def most_used_first(checks: t.Sequence[Check], referred: t.Collection[str]) -> list[Check]:
    """By use, then by age: checks that records refer to (``referred``) and their children, then other children."""
    in_use = {*referred, *(child for check in checks if check.id in referred for child in check.children)}
    children = {child for check in checks for child in check.children}
    return sorted(checks, key=lambda check: (check.id not in in_use, check.id not in children, check.reference))


def _wanted(spec: Spec, check: Check) -> dict[str, t.Any]:
    if check.role == identity.ENDPOINT:
        return configs.endpoint(spec.endpoint, identity.regional_name(check.region, spec.record_name))
    if check.role == identity.CALCULATED:
        return configs.calculated(())
    return configs.switch(spec.owner, check.region, identity.seat_of(check.role) or "")
