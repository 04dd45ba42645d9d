# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates in ACM: the reads, the writes and the waits."""

from __future__ import annotations

import dataclasses
import secrets
import typing as t

from ..._aws.changes import Repair
from ..._aws.owner import Tags, tag_list, tags_from
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import WaitError
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from ..._engine.retry import until_found
from ..._route53.names import readable
from .certificate import (
    ADDRESS,
    ISSUED,
    KIND,
    UNUSED,
    Certificate,
    Request,
    key_algorithm_of,
    names_in,
    parse,
)

# RequestCertificate: "a delay of several seconds before you can retrieve information about the new certificate".
_KNOWN_SECONDS: t.Final = 15.0
_GONE: t.Final = frozenset({"ResourceNotFoundException"})
# Unless they are named, ListCertificates leaves out every key but RSA_1024 and RSA_2048 (API Filters, keyTypes).
_KEY_TYPES: t.Final = (
    "RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, kw_only=True)
class Listed:
    """A certificate as ListCertificates returns it.

    :param names: the first hundred.
    :param made: whether ACM issues it; False for an imported one.
    """

    arn: str
    names: tuple[str, ...]
    key_algorithm: str
    made: bool


def list_certificates(ctx: Context, region: str) -> tuple[Listed, ...]:
    """All certificates of a region."""
    pages = ctx.client("acm", region=region).get_paginator("list_certificates")
    return tuple(
        Listed(
            arn=item["CertificateArn"],
            names=names_in(item.get("DomainName"), item.get("SubjectAlternativeNameSummaries", ())),
            key_algorithm=key_algorithm_of(item),
            made=item.get("Type") == "AMAZON_ISSUED",
        )
        for page in pages.paginate(Includes={"keyTypes": list(_KEY_TYPES)})
        for item in page["CertificateSummaryList"]
    )


def read_certificate(ctx: Context, arn: str) -> Certificate | None:
    """The certificate without its tags; None if it does not exist."""
    acm = ctx.client("acm")
    answer = unless(_GONE, lambda: acm.describe_certificate(CertificateArn=arn))
    return parse(answer["Certificate"]) if answer else None


def read_tags(ctx: Context, arn: str, region: str | None = None) -> dict[str, str] | None:
    """The tags of a certificate; None if it does not exist."""
    acm = ctx.client("acm", region=region)
    answer = unless(_GONE, lambda: acm.list_tags_for_certificate(CertificateArn=arn))
    return tags_from(answer.get("Tags")) if answer else None


def add_tags(ctx: Context, arn: str, tags: Tags) -> None:
    """Set these tags, if any, and leave the others."""
    if tags:
        ctx.client("acm").add_tags_to_certificate(CertificateArn=arn, Tags=tag_list(tags))


def create(ctx: Context, change: Change, known: Known) -> None:
    """Request it with its tags. A request that is repeated after a lost answer returns the same certificate."""
    request: Request = change.data
    arn = _request(ctx, request, request.token)
    if until_found(ctx, lambda: read_certificate(ctx, arn), timeout=_KNOWN_SECONDS) is None:
        # For an hour, the token may return a deleted certificate.
        arn = _request(ctx, request, secrets.token_hex(16))
    known.put(ADDRESS, id=arn)


def _request(ctx: Context, request: Request, token: str) -> str:
    first, *others = request.values["names"]
    more = {"SubjectAlternativeNames": others} if others else {}
    answer = ctx.client("acm").request_certificate(
        DomainName=first,
        ValidationMethod="DNS",
        KeyAlgorithm=request.values["key_algorithm"],
        IdempotencyToken=token,
        Tags=tag_list(request.tags),
        **more,
    )
    return str(answer["CertificateArn"])


def update(ctx: Context, change: Change, _known: Known) -> None:
    """Repair its tags."""
    data: Repair = change.data
    add_tags(ctx, data.found.arn, data.tags)


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete it. A replaced one that is in use again is kept for a later run."""
    acm, arn = ctx.client("acm"), change.data.arn
    in_use: t.Collection[str] = ("ResourceInUseException",) if change.reason == "replaced" else ()
    unless({*_GONE, *in_use}, lambda: acm.delete_certificate(CertificateArn=arn))


def wait_issued(ctx: Context, _wait: Wait, known: Known) -> str | None:
    """The records that ACM has not seen, until it is issued. Raises WaitError if it never will be."""
    arn = known.get(ADDRESS)
    found = read_certificate(ctx, arn)
    if found is None:
        return "not known everywhere yet"
    if found.status == "ISSUED":
        known.put(ADDRESS, not_after=found.not_after)
        return None
    if found.status != "PENDING_VALIDATION":
        why = f" ({found.failure})" if found.failure else ""
        raise WaitError(
            f"the certificate {arn} is {found.status}{why}. See 'Certificate request fails' in ACM's user guide; the "
            "next run requests another one."
        )
    if not found.unvalidated:
        return "validated"
    records = ", ".join(_describe(record.name, record.values) for record in found.unvalidated)
    return f"ACM has not seen {records}; it looks in public DNS, so the zone has to be delegated"


def _describe(name: str, values: t.Iterable[str]) -> str:
    return f"CNAME {readable(name)} → {', '.join(readable(value) for value in values)}"


def wait_unused(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """What still uses it. ACM notices some time after a listener is deleted."""
    found = read_certificate(ctx, wait.data)
    return f"in use by {', '.join(found.in_use_by)}" if found and found.in_use else None


CALLS: t.Final = Calls(
    kind=KIND,
    create=create,
    update=update,
    delete=delete,
    waits={ISSUED: wait_issued, UNUSED: wait_unused},
)
