# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates are made, kept, replaced and removed, and what is not the stack's stays as it is."""

from __future__ import annotations

import concurrent.futures
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.resources import certificate_calls
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ApplyError, FailoverError
from sandbox import Sandbox
from tests.integration.kill import kill_after
from tests.sampling import one_of_each

from .conftest import REGIONS, ZONE, Certificates, Run

pytestmark = pytest.mark.once

POLICIES = Path(__file__).resolve().parents[3] / "docs" / "iam"


def changes(result: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {f"{each['kind']}/{each['name']}": each["action"] for each in result["changes"]}


def test_a_certificate_is_issued_and_then_nothing_is_to_be_done(
    deploy: Run, certificates: Certificates, aws: Sandbox
) -> None:
    result = deploy()
    assert changes(result) == {"certificate/main": "create", "validation_records/main": "create"}
    (found,) = certificates.all().values()
    assert (found["CertificateArn"], found["Status"]) == (result["certificate_arn"], "ISSUED")
    assert found["SubjectAlternativeNames"] == [ZONE, f"us-east-1.{ZONE}"]
    assert result["not_after"] == found["NotAfter"].isoformat()
    assert certificates.tags(result["certificate_arn"])["Resource"] == "certificate/main"
    assert certificates.domains() == [ZONE, f"us-east-1.{ZONE}"]
    mark = aws.requests.mark()
    again = deploy(zone_id=certificates.zone_id.rpartition("/")[2])
    assert again["changed"] is False
    assert {key: again[key] for key in ("certificate_arn", "not_after")} == {
        key: result[key] for key in ("certificate_arn", "not_after")
    }
    assert len(aws.requests.since(mark)) == 4


def test_a_dry_run_says_all_of_it(deploy: Run, certificates: Certificates) -> None:
    dry = deploy(check_mode=True, zone_id="(known after apply: global/zone/main)")
    assert dry["certificate_arn"] == "(known after apply: us-east-1/certificate/main)"
    assert dry["not_after"] == "(known after apply: us-east-1/certificate/main.not_after)"
    assert certificates.all() == {}
    assert changes(dry) == changes(deploy())


def test_regions_share_the_record_of_a_name_until_the_last_goes(
    deploy: Run, destroy: Run, certificates: Certificates
) -> None:
    for region in REGIONS:
        deploy(region)
    assert certificates.domains() == [ZONE, f"us-east-1.{ZONE}", f"us-west-1.{ZONE}"]
    destroy("us-east-1")
    assert certificates.domains() == [ZONE, f"us-west-1.{ZONE}"]
    assert deploy("us-west-1")["changed"] is False
    destroy("us-west-1")
    assert certificates.domains() == []
    assert destroy("us-west-1")["changed"] is False


def test_regions_that_come_and_go_at_once(deploy: Run, destroy: Run, certificates: Certificates) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        assert all(result["changed"] for result in pool.map(deploy, REGIONS))
        assert certificates.domains() == [ZONE, f"us-east-1.{ZONE}", f"us-west-1.{ZONE}"]
        assert all(result["changed"] for result in pool.map(destroy, REGIONS))
    assert certificates.domains() == []
    assert [certificates.all(region) for region in REGIONS] == [{}, {}]


def test_no_record_stays_for_a_certificate_that_is_deleted_while_it_is_looked_at(
    deploy: Run, destroy: Run, certificates: Certificates, aws: Sandbox
) -> None:
    for region in REGIONS:
        deploy(region)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with aws.hold(operation="ListCertificates", region="us-west-1", write=False) as fault:
            going = pool.submit(destroy, "us-east-1")
            assert fault.wait(60)
            # As the other region does that has looked before this one was marked.
            (arn,) = certificates.all("us-west-1")
            certificates.acm("us-west-1").delete_certificate(CertificateArn=arn)
        going.result()
    assert certificates.domains() == [f"us-west-1.{ZONE}"]


def test_the_record_of_a_certificate_of_others_stays(deploy: Run, destroy: Run, certificates: Certificates) -> None:
    deploy()
    theirs = certificates.acm("us-west-1").request_certificate(DomainName=f"*.{ZONE}", ValidationMethod="DNS")
    destroy()
    assert certificates.domains() == [ZONE]
    certificates.acm("us-west-1").delete_certificate(CertificateArn=theirs["CertificateArn"])


def test_drift_is_repaired(deploy: Run, certificates: Certificates) -> None:
    arn = deploy()["certificate_arn"]
    certificates.delete_records()
    certificates.acm().add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "Name", "Value": "mine"}])
    assert changes(deploy()) == {"certificate/main": "update", "validation_records/main": "update"}
    assert len(certificates.records()) == 2
    assert deploy()["changed"] is False


@pytest.mark.parametrize(
    "params", [{"names": [ZONE, f"api.{ZONE}"]}, {"key_algorithm": "EC_prime256v1"}], ids=["names", "key"]
)
def test_another_one_takes_its_place_when_nothing_uses_it(
    deploy: Run, certificates: Certificates, params: dict[str, t.Any]
) -> None:
    old = deploy()["certificate_arn"]
    new = deploy(**params)
    assert new["certificate_arn"] != old
    assert list(certificates.all()) == [new["certificate_arn"]]
    assert certificates.domains() == sorted(params.get("names", [ZONE, f"us-east-1.{ZONE}"]))
    assert deploy(**params)["changed"] is False


def test_what_others_made_is_neither_taken_nor_deleted(deploy: Run, destroy: Run, certificates: Certificates) -> None:
    names = {"DomainName": ZONE, "SubjectAlternativeNames": [f"us-east-1.{ZONE}"]}
    theirs = certificates.acm().request_certificate(ValidationMethod="DNS", **names)["CertificateArn"]
    assert deploy()["certificate_arn"] != theirs
    destroy()
    assert list(certificates.all()) == [theirs]
    assert len(certificates.records()) == 2, "theirs needs them"
    destroy(certificate_arn=theirs)
    assert list(certificates.all()) == [theirs]


def test_one_that_has_lost_its_tags_is_named(deploy: Run, destroy: Run, certificates: Certificates) -> None:
    deploy()
    ((arn, _certificate),) = certificates.all().items()
    tags = [{"Key": key, "Value": value} for key, value in certificates.tags(arn).items()]
    certificates.acm().remove_tags_from_certificate(CertificateArn=arn, Tags=tags)
    (left,) = destroy(names=[certificates.all()[arn]["DomainName"]])["untagged"]
    assert (left["kind"], left["name"], left["id"]) == ("certificate", "main", arn)
    assert "Component=entrance, Resource=certificate/main" in left["tags"]
    assert list(certificates.all()) == [arn]


def test_one_that_is_named_is_used_as_it_is(deploy: Run, destroy: Run, certificates: Certificates) -> None:
    own = deploy()["certificate_arn"]
    tags = certificates.tags(own)
    gone = [{"Key": key, "Value": value} for key, value in tags.items()]
    certificates.acm().remove_tags_from_certificate(CertificateArn=own, Tags=gone)
    result = deploy(certificate_arn=own)
    assert (result["changed"], result["certificate_arn"]) == (False, own)
    destroy(certificate_arn=own)
    assert list(certificates.all()) == [own]


def test_a_zone_that_is_not_delegated_is_named(deploy: Run, aws: Sandbox) -> None:
    aws.client("route53").create_hosted_zone(Name=f"dev.{ZONE}", CallerReference="dev")
    with pytest.raises(ApplyError, match=r"ACM has not seen CNAME _\w+\.dev\.shop\.test → .*has to be delegated"):
        deploy(names=[f"dev.{ZONE}"], zone=f"dev.{ZONE}", wait_timeout=1)
    assert deploy(names=[f"dev.{ZONE}"], zone=f"dev.{ZONE}", wait=False)["pending"] == ["certificate_issued/main"]


def test_a_region_that_does_not_answer_keeps_its_records(
    deploy: Run, destroy: Run, aws: Sandbox, certificates: Certificates
) -> None:
    deploy()
    warnings: list[str] = []
    with aws.fail("AccessDeniedException", operation="ListCertificates", region="us-west-1"):
        destroy(warnings=warnings)
    assert certificates.all() == {}
    assert len(certificates.records()) == 2
    assert any("us-west-1 does not say" in warning for warning in warnings)


WRITES = {"deploy": 2, "replace": 4, "destroy": 3}
DEATHS = [(kind, nth) for kind, most in WRITES.items() for nth in range(1, most + 1)]


@pytest.mark.parametrize(("kind", "nth"), one_of_each(DEATHS, lambda row: row[0], lambda row: row[1]))
def test_a_killed_run_is_finished_by_the_next(
    deploy: Run, destroy: Run, aws: Sandbox, certificates: Certificates, kind: str, nth: int
) -> None:
    if kind != "deploy":
        deploy()
    runs: dict[str, t.Callable[[], t.Any]] = {
        "deploy": deploy,
        "replace": lambda: deploy(key_algorithm="EC_prime256v1"),
        "destroy": destroy,
    }
    run = runs[kind]
    kill_after(aws, nth, run)
    run()
    assert run()["changed"] is False
    assert len(certificates.all()) == (0 if kind == "destroy" else 1)
    assert len(certificates.records()) == (0 if kind == "destroy" else 2)


@pytest.mark.parametrize("nth", [1, 2])
def test_an_answer_that_is_lost_makes_no_second_certificate(
    deploy: Run, aws: Sandbox, certificates: Certificates, nth: int
) -> None:
    with aws.cut(after=True, write=True, nth=nth) as fault:
        deploy()
        assert fault.fired == 1
    assert len(certificates.all()) == 1
    assert deploy()["changed"] is False


def test_deleted_and_made_again_within_the_hour(
    deploy: Run, destroy: Run, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate_calls, "_KNOWN_SECONDS", 0.5)
    first = deploy()["certificate_arn"]
    destroy()
    second = deploy()["certificate_arn"]
    assert second != first
    assert list(certificates.all()) == [second]


def test_a_right_that_is_missing_is_named(deploy: Run, aws: Sandbox) -> None:
    with aws.fail("AccessDeniedException", operation="RequestCertificate"), pytest.raises(FailoverError) as raised:
        deploy()
    assert "certificate/main: RequestCertificate in us-east-1" in str(raised.value)


def test_the_published_policies_are_enough(deploy: Run, destroy: Run, aws: Sandbox, certificates: Certificates) -> None:
    texts = [
        (POLICIES / f"{name}.json").read_text().replace("dev.example.com", ZONE) for name in ("read", "certificate")
    ]
    aws.restrict("dev", *map(json.loads, texts))
    old = deploy()["certificate_arn"]
    certificates.acm().add_tags_to_certificate(CertificateArn=old, Tags=[{"Key": "Name", "Value": "mine"}])
    assert changes(deploy()) == {"certificate/main": "update"}
    new = deploy(names=[ZONE, f"api.{ZONE}"])["certificate_arn"]
    assert list(certificates.all()) == [new] != [old]
    destroy()
    assert (certificates.all(), certificates.records()) == ({}, [])
