# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer acm_certificate."""

from __future__ import annotations

import typing as t

from .._aws import untagged
from .._engine.known import Known
from .._engine.layer import Layer
from .._route53.names import readable
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .plan import RESOURCES, plan
from .renewal import renewal, renewal_problem
from .resources import certificate, certificate_calls, validation_records_calls
from .snapshot import Snapshot
from .spec import Spec, parse
from .users import is_own


def outputs(spec: Spec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's return values; if the state is absent, only the records that are deleted."""
    if spec.absent:
        records = {record.name for each in certificate.replaced(spec, snapshot) for record in each.records}
        return {"validation_records": sorted(map(readable, records))}
    return {
        "certificate_arn": known.describe(certificate.ADDRESS),
        "not_after": known.describe(certificate.ADDRESS, "not_after"),
        "names": list(spec.names),
        "renewal": renewal(spec, snapshot),
        "renewal_problem": renewal_problem(spec, snapshot),
        "replaced_arns": [each.arn for each in certificate.replaced(spec, snapshot) if each.in_use],
    }


def left(spec: Spec, snapshot: Snapshot) -> list[dict[str, str]]:
    """Untagged certificates with the names of the one to delete, unless others use them.

    A removal may know only some of its names: destroy.yml passes only the zone's.
    """
    if not spec.absent:
        return []
    alike = [
        each
        for each in snapshot.others
        if set(spec.names) <= set(each.names)
        and each.arn != spec.certificate_arn
        and all(is_own(spec.owner, user) for user in each.in_use_by)
    ]
    return untagged.describe(spec.owner, [(certificate.ADDRESS, each.arn, each.tags) for each in alike])


LAYER: t.Final[Layer[Spec, Snapshot]] = Layer(
    name="acm_certificate",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    plan=plan,
    outputs=outputs,
    resources=RESOURCES,
    untagged=left,
    calls=(certificate_calls.CALLS, validation_records_calls.CALLS),
)
