# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ACM: certificates that DNS has to vouch for, at first and at each renewal."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509

from sandbox.overlay.acm.certificates import expire
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import refused

DOMAIN = "shop.test"


@pytest.fixture
def acm(local: Local) -> Any:
    return local.client("acm")


@pytest.fixture
def route53(local: Local) -> Any:
    return local.client("route53")


def make_zone(route53: Any, name: str = DOMAIN) -> str:
    return str(route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"])


def request(acm: Any, name: str = DOMAIN, **options: Any) -> str:
    return str(acm.request_certificate(DomainName=name, ValidationMethod="DNS", **options)["CertificateArn"])


def details(acm: Any, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    return found


def records(acm: Any, arn: str) -> list[dict[str, str]]:
    return [each["ResourceRecord"] for each in details(acm, arn)["DomainValidationOptions"]]


def change(route53: Any, zone: str, action: str, record: dict[str, str]) -> None:
    values = [{"Value": record["Value"]}]
    record_set = {"Name": record["Name"], "Type": "CNAME", "TTL": 300, "ResourceRecords": values}
    changes = [{"Action": action, "ResourceRecordSet": record_set}]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def issue(local: Local, acm: Any, zone: str, arn: str) -> None:
    """Make its records, and let it be issued."""
    local.passes("certificate_told")
    for record in {each["Name"]: each for each in records(acm, arn)}.values():
        change(local.client("route53"), zone, "UPSERT", record)
    assert details(acm, arn)["Status"] == "PENDING_VALIDATION"
    local.passes("certificate_issue")
    assert details(acm, arn)["Status"] == "ISSUED"


def test_it_is_known_a_moment_later_and_its_records_another(local: Local, acm: Any) -> None:
    arn = request(acm)
    with refused("ResourceNotFoundException"):
        details(acm, arn)
    local.passes("certificate_told", 0.6)
    assert "ResourceRecord" not in details(acm, arn)["DomainValidationOptions"][0]
    local.passes("certificate_told", 0.5)
    assert records(acm, arn)[0]["Name"].endswith(f".{DOMAIN}.")


def test_a_domain_has_one_record_in_all_certificates_of_an_account(local: Local, acm: Any) -> None:
    other, foreign = local.client("acm", region="eu-west-1"), local.client("acm", account="prod")
    made = [request(acm), request(acm, f"*.{DOMAIN}"), request(other), request(foreign)]
    local.passes("certificate_told")
    first, wildcard, elsewhere, another = (
        records(client, arn)[0] for client, arn in zip((acm, acm, other, foreign), made, strict=True)
    )
    assert first == wildcard == elsewhere
    assert another["Name"] != first["Name"]


def test_it_is_issued_once_all_records_are_there(local: Local, acm: Any, route53: Any) -> None:
    zone = make_zone(route53)
    arn = request(acm, SubjectAlternativeNames=[f"a.{DOMAIN}", DOMAIN])
    local.passes("certificate_told")
    first, second = records(acm, arn)
    change(route53, zone, "CREATE", first)
    details(acm, arn)
    local.passes("certificate_issue", 5)
    found = details(acm, arn)
    assert found["Status"] == "PENDING_VALIDATION"
    assert [each["ValidationStatus"] for each in found["DomainValidationOptions"]] == ["SUCCESS", "PENDING_VALIDATION"]
    assert "NotAfter" not in found
    change(route53, zone, "CREATE", second)
    issue(local, acm, zone, arn)
    assert details(acm, arn)["NotAfter"] > details(acm, arn)["NotBefore"]


def test_a_zone_that_is_not_delegated_is_not_asked(local: Local, acm: Any, route53: Any) -> None:
    parent = make_zone(route53)
    zone = make_zone(route53, f"dev.{DOMAIN}")
    arn = request(acm, f"dev.{DOMAIN}")
    local.passes("certificate_told")
    change(route53, zone, "CREATE", records(acm, arn)[0])
    details(acm, arn)
    local.passes("certificate_issue", 5)
    assert details(acm, arn)["Status"] == "PENDING_VALIDATION"
    servers = route53.get_hosted_zone(Id=zone)["DelegationSet"]["NameServers"]
    values = [{"Value": f"{server}."} for server in servers]
    delegation = {"Name": f"dev.{DOMAIN}", "Type": "NS", "TTL": 300, "ResourceRecords": values}
    changes = [{"Action": "CREATE", "ResourceRecordSet": delegation}]
    route53.change_resource_record_sets(HostedZoneId=parent, ChangeBatch={"Changes": changes})
    issue(local, acm, zone, arn)


@pytest.mark.parametrize("algorithm", ["RSA_2048", "EC_prime256v1", "EC_secp384r1"])
def test_it_is_signed_by_the_local_authority(local: Local, acm: Any, route53: Any, algorithm: str) -> None:
    arn = request(acm, SubjectAlternativeNames=[f"*.{DOMAIN}"], KeyAlgorithm=algorithm)
    issue(local, acm, make_zone(route53), arn)
    answer = acm.get_certificate(CertificateArn=arn)
    certificate, root = (
        x509.load_pem_x509_certificate(answer[key].encode()) for key in ("Certificate", "CertificateChain")
    )
    certificate.verify_directly_issued_by(root)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [DOMAIN, f"*.{DOMAIN}"]
    assert details(acm, arn)["KeyAlgorithm"] == algorithm


def test_a_list_without_key_types_has_rsa_alone(acm: Any) -> None:
    rsa, curve = request(acm), request(acm, KeyAlgorithm="EC_prime256v1")

    def listed(**options: Any) -> list[str]:
        return [each["CertificateArn"] for each in acm.list_certificates(**options)["CertificateSummaryList"]]

    assert listed() == [rsa]
    assert listed(Includes={"keyTypes": ["RSA_2048", "EC_prime256v1"]}) == [rsa, curve]


def test_a_token_stands_for_one_certificate_for_an_hour(local: Local, acm: Any) -> None:
    arn = request(acm, IdempotencyToken="once")
    assert request(acm, IdempotencyToken="once") == arn
    assert request(acm, IdempotencyToken="twice") != arn
    acm.delete_certificate(CertificateArn=arn)
    assert request(acm, IdempotencyToken="once") == arn, "although it is gone"
    local.time += 3600
    assert request(acm, IdempotencyToken="once") != arn


@pytest.mark.parametrize(
    ("code", "name", "options"),
    [
        ("InvalidDomainValidationOptionsException", f"{'a' * 60}.{DOMAIN}", {}),
        ("LimitExceededException", DOMAIN, {"SubjectAlternativeNames": [f"{n}.{DOMAIN}" for n in range(10)]}),
        ("InvalidParameterException", DOMAIN, {"KeyAlgorithm": "RSA_4096"}),
    ],
    ids=["long", "many", "key"],
)
def test_what_is_refused(acm: Any, code: str, name: str, options: dict[str, Any]) -> None:
    with refused(code):
        request(acm, name, **options)


def test_renewal_needs_the_record(local: Local, acm: Any, route53: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert local.aws
    zone = make_zone(route53)
    arn = request(acm)
    issue(local, acm, zone, arn)
    monkeypatch.setattr(
        "sandbox.overlay.acm.certificates.users", lambda _world, _arn: ["arn:aws:elasticloadbalancing:lb"]
    )
    change(route53, zone, "DELETE", records(acm, arn)[0])
    expire(local.aws.world, arn, days=30)
    failing = details(acm, arn)
    assert failing["RenewalSummary"]["RenewalStatus"] == "PENDING_VALIDATION"
    assert failing["RenewalSummary"]["DomainValidationOptions"][0]["ValidationStatus"] == "PENDING_VALIDATION"
    change(route53, zone, "CREATE", records(acm, arn)[0])
    renewed = details(acm, arn)
    assert renewed["RenewalSummary"]["RenewalStatus"] == "SUCCESS"
    assert renewed["NotAfter"] > failing["NotAfter"]


def test_what_is_in_use_stays(acm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = request(acm)
    monkeypatch.setattr(
        "sandbox.overlay.acm.certificates.users", lambda _world, _arn: ["arn:aws:elasticloadbalancing:lb"]
    )
    with refused("ResourceInUseException", "arn:aws:elasticloadbalancing:lb"):
        acm.delete_certificate(CertificateArn=arn)
