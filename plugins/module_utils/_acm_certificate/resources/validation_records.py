# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records that validate the certificate, now and at each renewal. Pure.

A domain has the same record for all certificates of an account, in all regions (ACM User Guide, "DNS validation"). Each
is created once, and deleted when no certificate needs it.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.owner import Owner
from ..._engine.changes import create, delete, update
from ..._engine.errors import ConflictError
from ..._engine.plan import Change, Step
from ..._engine.resource import Resource
from ..._route53.names import readable
from ..._route53.records import RecordSet
from . import certificate
from .certificate import Certificate

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "validation_records"
ADDRESS: t.Final = f"{KIND}/main"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Removal:
    """``Change.data`` of a deletion.

    :param kept: domains that the wanted certificate needs.
    :param regions: those whose certificates may need the records.
    """

    owner: Owner
    certificate: Certificate
    zone_id: str
    kept: frozenset[str]
    regions: tuple[str, ...]


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """The records of the wanted certificate and of those to delete. Raises ConflictError without a zone."""
    if not spec.absent and not spec.certificate_arn:
        yield _plan_current(spec, snapshot)
    for each in certificate.going(spec, snapshot):
        yield _plan_removal(spec, snapshot, each)


def _plan_current(spec: Spec, snapshot: Snapshot) -> Change | None:
    zone_id = snapshot.zone_id
    if zone_id is None:
        raise ConflictError(
            f"there is no public zone {readable(spec.zone)} for the records that validate the certificate. Make it "
            "first (route53_zone), or correct zone.",
            option="zone",
        )
    found = certificate.current(spec, snapshot)
    needs = {certificate.ADDRESS}
    if found is None or not found.is_validatable:
        return create(ADDRESS, {"domains": list(spec.domains)}, data=zone_id, needs=needs)
    before = {readable(record.name): _values(snapshot.records, record) for record in found.records}
    after = {readable(record.name): sorted(record.values) for record in found.records}
    return update(ADDRESS, before, after, data=zone_id, needs=needs)


def _values(records: t.Iterable[RecordSet], wanted: RecordSet) -> list[str] | None:
    return next((sorted(each.values) for each in records if each.key == wanted.key), None)


def _plan_removal(spec: Spec, snapshot: Snapshot, found: Certificate) -> Change | None:
    """The deletion. The call checks whether others need them: certificates of other regions may be going, too."""
    there = {record.key for record in snapshot.records}
    names = [readable(record.name) for record in found.records if record.key in there]
    if snapshot.zone_id is None or not names:
        return None
    data = Removal(
        owner=spec.owner,
        certificate=found,
        zone_id=snapshot.zone_id,
        kept=frozenset(() if spec.absent or spec.certificate_arn else spec.domains),
        regions=(spec.region, *spec.other_regions),
    )
    reason = "state is absent" if spec.absent else "replaced"
    needs = {f"{certificate.UNUSED}/{found.name}", f"{certificate.ISSUED}/main"}
    return delete(f"{KIND}/{found.name}", {"unless_needed": names}, data=data, needs=needs, reason=reason)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
