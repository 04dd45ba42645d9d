# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what List returned to the checks in use: by ownership alone, never by similarity."""

from __future__ import annotations

import typing as t

from .._failover_chain import health_checks, record_names
from .._failover_chain.health_checks import Check, most_used_first
from .._route53.records import RecordSet
from . import configs
from .spec import Spec


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


def _wanted(spec: Spec, check: Check) -> dict[str, t.Any]:
    if check.role == health_checks.ENDPOINT:
        return configs.endpoint(spec.endpoint, record_names.regional_name(check.region, spec.record_name))
    if check.role == health_checks.CALCULATED:
        return configs.calculated(())
    return configs.switch(spec.owner, check.region, health_checks.seat_of(check.role) or "")
