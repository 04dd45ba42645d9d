# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation records, named by ACM, in Route 53: the writes."""

from __future__ import annotations

import functools
import typing as t

from ..._aws.owner import Owner
from ..._engine.aws_errors import ClientError, error_code
from ..._engine.context import Context, Unread
from ..._engine.errors import AwsError
from ..._engine.gather import gather
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import until_found
from ..._engine.unread import guarded
from ..._route53.changes import submit
from ..._route53.names import readable
from ..._route53.records import RecordAction, RecordChange, RecordSet
from ..._route53.zones import read_records
from ..spec import domain_of
from . import certificate
from .certificate import Certificate
from .certificate_calls import add_tags, list_certificates, read_certificate, read_tags
from .validation_records import KIND, Removal

_KNOWN_SECONDS: t.Final = 60.0
_ATTEMPTS: t.Final = 5


def put(ctx: Context, change: Change, known: Known) -> None:
    """Create or repair all records of the certificate in one batch. Other regions may write the same ones."""
    arn = known.get(certificate.ADDRESS)

    def read() -> Certificate | None:
        found = read_certificate(ctx, arn)
        return found if found and found.is_validatable else None

    found = until_found(ctx, read, timeout=_KNOWN_SECONDS)
    if found is None:
        raise AwsError(f"ACM does not say yet which records validate the certificate {arn}; run this again later.")
    changes = [RecordChange(RecordAction.UPSERT, record) for record in found.records]
    submit(ctx, ctx.client("route53"), change.data, changes, "validation of a certificate")


def remove(ctx: Context, change: Change, _known: Known) -> None:
    """Delete the records that no other certificate needs.

    The certificate is marked first. If two regions delete theirs at the same time, the one that looks last sees the
    other's mark, so that no record is left behind.
    """
    data: Removal = change.data
    add_tags(ctx, data.certificate.arn, {"Resource": certificate.GOING})
    needed = data.kept | _needed_by_others(ctx, data)
    unneeded = {record.key for record in data.certificate.records if _domain(record) not in needed}
    client = ctx.client("route53")
    for attempt in range(1, _ATTEMPTS + 1):
        left = [record for record in read_records(client, data.zone_id) if record.key in unneeded]
        if not left:
            return
        try:
            submit(ctx, client, data.zone_id, [RecordChange(RecordAction.DELETE, record) for record in left])
        except ClientError as error:
            # Another region has deleted one of them.
            if error_code(error) != "InvalidChangeBatch" or attempt == _ATTEMPTS:
                raise


def _domain(record: RecordSet) -> str:
    return readable(record.name).partition(".")[2]


def _needed_by_others(ctx: Context, data: Removal) -> frozenset[str]:
    """The domains that certificates in all regions need, except the stack's that are going, too."""
    mine = {_domain(record) for record in data.certificate.records}
    look = functools.partial(_needed_in, ctx, data.owner, data.certificate.arn, mine)
    regions: dict[str, t.Callable[[], t.Any]] = {
        region: functools.partial(guarded, ctx, region, functools.partial(look, region)) for region in data.regions
    }
    needed: set[str] = set()
    for region, found in gather(regions).items():
        if isinstance(found, Unread):
            ctx.warn(f"{region} does not say which certificates it has: the records that validate them are left alone.")
            return frozenset(mine)
        needed |= found
    return frozenset(needed)


def _needed_in(ctx: Context, owner: Owner, arn: str, domains: set[str], region: str) -> set[str]:
    needed: set[str] = set()
    for each in list_certificates(ctx, region):
        shared = domains & {domain_of(name) for name in each.names}
        if shared and each.made and each.arn != arn and not _is_going(owner, read_tags(ctx, each.arn, region)):
            needed |= shared
    return needed


def _is_going(owner: Owner, tags: t.Mapping[str, str] | None) -> bool:
    """True also if it has gone since it was listed."""
    return tags is None or (owner.owns(tags) and tags.get("Resource") == certificate.GOING)


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=remove)
