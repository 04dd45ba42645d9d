# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate. Pure; the calls are in the sister file.

A certificate cannot be changed: other names or another key algorithm need a new one. The old one is deleted in a later
run, once the load balancer's layer has replaced it and nothing uses it.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import typing as t

from ..._aws import untagged
from ..._aws.changes import repair
from ..._engine.changes import create, delete
from ..._engine.errors import ConflictError
from ..._engine.field import Answer
from ..._engine.plan import Change, Step, Wait
from ..._engine.resource import Resource
from ..._engine.unknown import is_unknown
from ..._route53.records import RecordSet
from ..spec import domain_of
from ..users import check_users, is_own

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "certificate"
ADDRESS: t.Final = f"{KIND}/main"
# The tag Resource of one that is being deleted: other regions then ignore its need for validation records.
GOING: t.Final = f"{KIND}/going"
# Kinds of waits.
ISSUED: t.Final = "certificate_issued"
UNUSED: t.Final = "certificate_unused"
# CertificateDetail, Status: usable, or will be.
_GOOD: t.Final = ("ISSUED", "PENDING_VALIDATION")
# Of the validation records, which point to AWS's own records.
RECORD_TTL: t.Final = 300
_TOKEN_LENGTH: t.Final = 32
_POLL_SECONDS: t.Final = 2.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate as observed.

    :param status: as in CertificateDetail; ``PENDING_VALIDATION``, ``ISSUED``, …
    :param in_use_by: ARNs of the resources that use it.
    :param records: its validation records. ACM adds them some seconds after the request.
    :param unvalidated: the records of names that ACM has not validated.
    :param failure: ACM's FailureReason.
    :param not_after: when it expires, in ISO 8601; empty if it is not issued.
    :param renewable: whether ACM would renew it (RenewalEligibility).
    :param renewal: ACM's RenewalStatus, such as ``PENDING_VALIDATION`` or ``FAILED``; empty if there was none.
    """

    arn: str
    names: tuple[str, ...]
    key_algorithm: str
    status: str
    in_use_by: tuple[str, ...] = ()
    records: tuple[RecordSet, ...] = ()
    unvalidated: tuple[RecordSet, ...] = ()
    failure: str = ""
    not_after: str = ""
    renewable: bool = True
    renewal: str = ""
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def in_use(self) -> bool:
        return bool(self.in_use_by)

    @property
    def name(self) -> str:
        """The first part of its id, which is unique in the stack."""
        return self.arn.rpartition("/")[2][:8]

    @property
    def is_validatable(self) -> bool:
        """Whether ACM has returned the validation records of all names."""
        known = {str(record.name) for record in self.records}
        return len(known) >= len({domain_of(name) for name in self.names})


def parse(detail: Answer) -> Certificate:
    """From DescribeCertificate, which omits tags."""
    validations = detail.get("DomainValidationOptions", ())
    not_after = detail.get("NotAfter")
    return Certificate(
        arn=detail["CertificateArn"],
        names=names_in(detail.get("DomainName"), detail.get("SubjectAlternativeNames", ())),
        key_algorithm=key_algorithm_of(detail),
        status=detail["Status"],
        in_use_by=tuple(sorted(detail.get("InUseBy", ()))),
        records=_records(validations),
        unvalidated=_records(each for each in validations if each.get("ValidationStatus") != "SUCCESS"),
        failure=detail.get("FailureReason", ""),
        not_after=not_after.isoformat() if isinstance(not_after, datetime.datetime) else "",
        renewable=detail.get("RenewalEligibility") != "INELIGIBLE",
        renewal=detail.get("RenewalSummary", {}).get("RenewalStatus", ""),
    )


def names_in(first: str | None, others: t.Iterable[str]) -> tuple[str, ...]:
    """The names of a certificate in lower case, without duplicates."""
    return tuple(dict.fromkeys(name.lower() for name in (first, *others) if name))


def key_algorithm_of(answer: Answer) -> str:
    """The KeyAlgorithm. DescribeCertificate used to return ``RSA-2048`` for ``RSA_2048``."""
    return str(answer.get("KeyAlgorithm", "")).replace("-", "_")


def _records(validations: t.Iterable[Answer]) -> tuple[RecordSet, ...]:
    found = {
        record["Name"]: RecordSet(
            name=record["Name"], type=record["Type"], ttl=RECORD_TTL, values=frozenset({record["Value"]})
        )
        for record in (each.get("ResourceRecord") for each in validations)
        if record
    }
    return tuple(found[name] for name in sorted(found))


def covers(names: t.Iterable[str], name: str) -> bool:
    """Whether a certificate with these names covers one: a wildcard matches one label (RFC 6125, 6.4.3)."""
    return bool({name, f"*.{name.partition('.')[2]}"} & set(names))


def current(spec: Spec, snapshot: Snapshot) -> Certificate | None:
    """The stack's certificate with the wanted names and key algorithm, preferably an issued one in use."""
    fitting = (
        each
        for each in snapshot.own
        if set(each.names) == set(spec.names) and each.key_algorithm == spec.key_algorithm and each.status in _GOOD
    )
    return min(fitting, key=lambda each: (each.status != "ISSUED", not each.in_use, each.arn), default=None)


def replaced(spec: Spec, snapshot: Snapshot) -> tuple[Certificate, ...]:
    """The stack's certificates that are no longer wanted."""
    kept = None if spec.absent or spec.certificate_arn else current(spec, snapshot)
    return tuple(sorted((each for each in snapshot.own if each is not kept), key=lambda each: each.arn))


def going(spec: Spec, snapshot: Snapshot) -> tuple[Certificate, ...]:
    """Those to delete now: all if the state is absent, else the unused ones.

    A pass that only waits deletes none that went out of use meanwhile: a dry run would not have shown it.
    """
    found = replaced(spec, snapshot)
    return found if spec.absent else tuple(each for each in found if not each.in_use and not spec.continues)


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The certificate of ``certificate_arn``, or the stack's own."""
    spec = snapshot.spec
    found = snapshot.named if spec.certificate_arn else current(spec, snapshot)
    arn = spec.certificate_arn or (found.arn if found else "")
    known = {ADDRESS: {"id": arn, "not_after": found.not_after if found else ""}}
    return known if arn and not spec.absent else {}


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """Its changes and waits. Raises ConflictError if a certificate cannot be used, or cannot be deleted."""
    if spec.certificate_arn and not spec.absent:
        _check_named(spec, snapshot.named)
    elif not spec.absent:
        yield from _plan_own(spec, snapshot)
    for each in going(spec, snapshot):
        check_users(spec.owner, each.arn, each.in_use_by)
        yield from _plan_deletion(spec, each)


def _plan_own(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    found = current(spec, snapshot)
    if found:
        yield repair(spec.owner, ADDRESS, found)
    else:
        yield _create(spec, snapshot)
    if not found or found.status != "ISSUED":
        yield Wait(
            kind=ISSUED,
            name="main",
            what=f"the certificate of {spec.names[0]} to be issued",
            timeout=spec.wait_timeout,
            interval=_POLL_SECONDS,
            needs=frozenset({ADDRESS, "validation_records/main"}),
        )


def _refuse_untagged(spec: Spec, snapshot: Snapshot) -> None:
    """Raises ConflictError if the stack's load balancer uses an untagged certificate with the same names."""
    for each in snapshot.others:
        if set(each.names) == set(spec.names) and any(is_own(spec.owner, arn) for arn in each.in_use_by):
            what = f"the load balancer uses {each.arn}"
            raise untagged.conflict(spec.owner, ADDRESS, what, "name it in certificate_arn")


def _create(spec: Spec, snapshot: Snapshot) -> Change:
    _refuse_untagged(spec, snapshot)
    values = {"names": list(spec.names), "key_algorithm": spec.key_algorithm}
    others = [each for each in snapshot.own if each.status in _GOOD]
    reason = f"names or key differ from those of {others[0].arn}" if others else "missing"
    data = Request(values=values, tags=spec.owner.tags(ADDRESS), token=_token(spec, snapshot))
    return create(ADDRESS, values, data=data, reason=reason)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """``Change.data`` of a creation.

    :param values: ``names`` and ``key_algorithm``.
    :param token: the IdempotencyToken: a repeated request has the same answer for an hour.
    """

    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]
    token: str


def _token(spec: Spec, snapshot: Snapshot) -> str:
    """The same token for the same request and certificates, so that a lost answer creates no second one.

    It includes the zone's id, which is another one after the environment was removed and deployed again.
    """
    owner = spec.owner
    parts = (
        *(owner.stack, owner.environment, spec.region, snapshot.zone_id or "", spec.key_algorithm),
        *(*sorted(spec.names), *sorted(each.arn for each in snapshot.own)),
    )
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:_TOKEN_LENGTH]


def _check_named(spec: Spec, found: Certificate | None) -> None:
    if is_unknown(spec.certificate_arn):
        return
    if found is None:
        problem, remedy = f"does not exist in {spec.region}", "Correct certificate_arn, or leave it out"
    elif found.status != "ISSUED":
        problem, remedy = f"is not issued but {found.status}", "Fix that first, or leave out certificate_arn"
    elif missing := [name for name in spec.names if not covers(found.names, name)]:
        problem = f"does not cover {', '.join(missing)}: it has {', '.join(found.names)}"
        remedy = "Add the names there, or leave out certificate_arn"
    else:
        return
    raise ConflictError(
        f"the certificate {spec.certificate_arn} {problem}. {remedy} to have one requested.",
        option="certificate_arn",
    )


def _plan_deletion(spec: Spec, found: Certificate) -> t.Iterator[Step]:
    """Delete it after its records, which only it names: so a run after an interruption finds them again."""
    reason = "state is absent" if spec.absent else "replaced"
    shown = {"names": list(found.names), "status": found.status}
    records = f"validation_records/{found.name}"
    needs = {records, f"{UNUSED}/{found.name}", f"{ISSUED}/main"}
    yield delete(f"{KIND}/{found.name}", shown, data=found, needs=needs, reason=reason)
    if found.in_use:
        yield Wait(
            kind=UNUSED,
            name=found.name,
            what=f"the certificate {found.arn} to be unused",
            timeout=spec.wait_timeout,
            interval=_POLL_SECONDS,
            data=found.arn,
        )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)
