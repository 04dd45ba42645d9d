# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requested certificates: pending until DNS has their records, issued by the local AWS's authority, renewed.

API reference of ACM, and its user guide: "Certificate characteristics and limitations", "Managed certificate renewal".
Imported certificates, and those of a private authority, are moto's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.acm.models import CertBundle, acm_backends
from moto.acm.responses import AWSCertificateManagerResponse as Response

from sandbox.overlay.acm.validation import domains, is_answered, record
from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.elbv2.common import default_certificates, every_balancer, more_certificates

_VALID = timedelta(days=198)
# Managed renewal begins that long before a certificate expires.
_RENEWAL = timedelta(days=45)
_ALGORITHMS = ("RSA_2048", "EC_prime256v1", "EC_secp384r1")
# Filters, keyTypes: "Default filtering returns only RSA_1024 and RSA_2048 certificates".
_LISTED_ALGORITHMS = ("RSA_1024", "RSA_2048")
# The initial quota, "Domain names per ACM certificate".
_MOST_NAMES = 10
_LONGEST_FIRST_NAME = 64
# "Idempotency tokens time out after one hour."
_TOKEN_SECONDS = 3600.0


@dataclass(slots=True)
class Requested:
    """A certificate that ACM issues. Moments are those of the world's clock.

    `told` is when ACM returns its validation records, `seen` when DNS was first found to have all of them; `renewal`
    is a RenewalStatus, empty before the first.
    """

    bundle: Any
    account: str
    region: str
    algorithm: str
    told: float
    seen: float | None = None
    renewal: str = ""

    @property
    def names(self) -> list[str]:
        """The first is its DomainName."""
        return list(dict.fromkeys((self.bundle.common_name, *self.bundle.sans)))

    def look(self, world: World) -> None:
        """Issue or renew it, as ACM does automatically once DNS has its records."""
        pending = self.bundle.status == "PENDING_VALIDATION"
        if not pending and self._left() > _RENEWAL:
            return
        answered = all(is_answered(world, self.account, domain) for domain in domains(self.names))
        if pending:
            self._validate(world, answered)
        elif users(world, self.bundle.arn):
            self.renewal = "SUCCESS" if answered else "PENDING_VALIDATION"
            if answered:
                self.issue(world, _VALID)

    def _validate(self, world: World, answered: bool) -> None:
        if answered and self.seen is None:
            self.seen = world.moment()
        if self.seen is not None and world.moment() >= self.seen + world.timings.of("certificate_issue"):
            self.bundle.status = "ISSUED"

    def _left(self) -> timedelta:
        expires: datetime = self.bundle._cert.not_valid_after_utc
        return expires - datetime.now(UTC)

    def issue(self, world: World, valid: timedelta) -> None:
        """Issue it again under its ARN."""
        self.bundle.cert, self.bundle.key = world.authority.issue(self.names, self.algorithm, valid)
        self.bundle._key, self.bundle._cert = self.bundle.validate_pk(), self.bundle.validate_certificate()


def requested(world: World) -> dict[str, Requested]:
    """Every requested certificate by ARN, even if it was deleted."""
    return world.store(dict, "acm requested")


def users(world: World, arn: str) -> list[str]:
    """The ARNs of the load balancers whose listeners use it."""
    return [
        balancer.arn
        for _elb, balancer in every_balancer()
        if any(
            arn in (*default_certificates(listener), *more_certificates(world, listener.arn))
            for listener in balancer.listeners.values()
        )
    ]


def status_of(world: World, account: str, region: str, arn: str) -> str | None:
    """The current status of a certificate; None if it does not exist."""
    if arn in requested(world):
        requested(world)[arn].look(world)
    bundle = acm_backends[account][region]._certificates.get(arn)
    return str(bundle.status) if bundle else None


@corrects(Response, "RequestCertificate")
def request(call: Call) -> Any:
    """RequestCertificate: with validation by DNS."""
    if call.get("CertificateAuthorityArn"):
        return call.proceed()
    if call.get("ValidationMethod") != "DNS":
        raise NotImplementedError("certificates that are validated otherwise than by DNS")
    names = list(dict.fromkeys([call.get("DomainName"), *(call.get("SubjectAlternativeNames") or [])]))
    algorithm = call.get("KeyAlgorithm") or "RSA_2048"
    _check(names, algorithm)
    tokens: dict[tuple[Any, ...], tuple[str, float]] = call.world.store(dict, "acm tokens", call.account, call.region)
    key, now = (call.get("IdempotencyToken"), *sorted(names), algorithm), call.world.moment()
    if key[0] and key in tokens and now < tokens[key][1] + _TOKEN_SECONDS:
        return {"CertificateArn": tokens[key][0]}
    arn = _make(call, names, algorithm)
    tokens[key] = (arn, now)
    return {"CertificateArn": arn}


def _check(names: list[str], algorithm: str) -> None:
    if len(names[0]) > _LONGEST_FIRST_NAME:
        raise AwsError(
            "InvalidDomainValidationOptionsException",
            f"The first domain name can be no longer than {_LONGEST_FIRST_NAME} characters.",
        )
    if len(names) > _MOST_NAMES:
        raise AwsError("LimitExceededException", "Error: the number of domain names exceeds the limit for certificate.")
    if algorithm not in _ALGORITHMS:
        raise AwsError("InvalidParameterException", f"The key algorithm {algorithm} is not supported.")


def _make(call: Call, names: list[str], algorithm: str) -> str:
    certificate, key = call.world.authority.issue(names, algorithm, _VALID)
    bundle = CertBundle(
        call.account,
        certificate,
        key,
        region=call.region,
        cert_type="AMAZON_ISSUED",
        cert_status="PENDING_VALIDATION",
    )
    bundle.chain = call.world.authority.root()
    bundle.tags.add(call.get("Tags") or [])
    call.backend._certificates[bundle.arn] = bundle
    told = call.world.after("certificate_told")
    requested(call.world)[bundle.arn] = Requested(bundle, call.account, call.region, algorithm, told)
    return str(bundle.arn)


@corrects(Response, "DescribeCertificate")
def _describe(call: Call) -> Any:
    arn = call.get("CertificateArn")
    known = requested(call.world).get(arn)
    if known is None or arn not in call.backend._certificates:
        result = call.proceed()
        result["Certificate"]["InUseBy"] = users(call.world, arn)
        return result
    # "There is a delay of several seconds before you can retrieve information about the new certificate."
    now, delay = call.world.moment(), call.world.timings.of("certificate_told")
    if now < known.told - delay / 2:
        raise AwsError("ResourceNotFoundException", f"Could not find certificate {arn}.")
    known.look(call.world)
    return {"Certificate": _details(call.world, known, told=now >= known.told)}


def _details(world: World, known: Requested, *, told: bool) -> dict[str, Any]:
    details: dict[str, Any] = known.bundle.describe()["Certificate"]
    validations = list(_validations(world, known, told=told))
    in_use_by = users(world, known.bundle.arn)
    details |= {
        "DomainName": known.names[0],
        "SubjectAlternativeNames": known.names,
        "InUseBy": in_use_by,
        "DomainValidationOptions": validations,
        "RenewalEligibility": "ELIGIBLE" if in_use_by else "INELIGIBLE",
    }
    if known.bundle.status == "PENDING_VALIDATION":
        for key in ("IssuedAt", "NotAfter", "NotBefore", "Serial", "SignatureAlgorithm"):
            details.pop(key, None)
    if known.renewal:
        details["RenewalSummary"] = {
            "RenewalStatus": known.renewal,
            "DomainValidationOptions": validations,
            "UpdatedAt": world.wall(),
        }
    return details


def _validations(world: World, known: Requested, *, told: bool) -> Iterator[dict[str, Any]]:
    settled = known.bundle.status == "ISSUED" and known.renewal in ("", "SUCCESS")
    for name in known.names:
        domain = name.removeprefix("*.")
        good = settled or is_answered(world, known.account, domain)
        yield {
            "DomainName": name,
            "ValidationDomain": name,
            "ValidationStatus": "SUCCESS" if good else "PENDING_VALIDATION",
            "ValidationMethod": "DNS",
            **({"ResourceRecord": record(known.account, domain)} if told else {}),
        }


@corrects(Response, "ListCertificates")
def _list(call: Call) -> Any:
    statuses = call.get("CertificateStatuses")
    wanted = (call.get("Includes") or {}).get("keyTypes") or _LISTED_ALGORITHMS
    found = []
    for arn, bundle in call.backend._certificates.items():
        known = requested(call.world).get(arn)
        if known:
            known.look(call.world)
        details = _details(call.world, known, told=True) if known else bundle.describe()["Certificate"]
        if details["KeyAlgorithm"] in wanted and (not statuses or details["Status"] in statuses):
            found.append(_summary(details, users(call.world, arn)))
    return {"CertificateSummaryList": found}


def _summary(details: dict[str, Any], in_use_by: list[str]) -> dict[str, Any]:
    kept = (
        *("CertificateArn", "DomainName", "Status", "Type", "KeyAlgorithm", "RenewalEligibility"),
        *("NotAfter", "NotBefore", "CreatedAt", "IssuedAt", "ImportedAt"),
    )
    return {
        **{key: details[key] for key in kept if key in details},
        "SubjectAlternativeNameSummaries": details["SubjectAlternativeNames"],
        "HasAdditionalSubjectAlternativeNames": False,
        "InUse": bool(in_use_by),
    }


@corrects(Response, "DeleteCertificate")
def _delete(call: Call) -> Any:
    arn = call.get("CertificateArn")
    in_use_by = users(call.world, arn)
    if in_use_by:
        raise AwsError("ResourceInUseException", f"Certificate {arn} is in use by {', '.join(in_use_by)}.")
    return call.proceed()


def expire(world: World, arn: str, days: float) -> None:
    """Have a certificate expire in that many real days. Raises KeyError."""
    requested(world)[arn].issue(world, timedelta(days=days))
