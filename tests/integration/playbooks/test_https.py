# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""app_https: an environment that answers over HTTPS, from its first dry run to its removal."""

from __future__ import annotations

import contextlib
import json
import ssl
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.certificate_authority import CertificateAuthority
from tests.client_certificates import client_certificate, create_trust_store
from tests.integration.plane.browser import Browser
from tests.integration.visits import visited
from tests.playbook_server import PlaybookServer
from tests.waiting import eventually

from .conftest import ROOT, Playbooks, kinds

pytestmark = [pytest.mark.timeout(900), pytest.mark.once]

NAME = "dev.example.com"
REGIONS = ("us-east-1", "us-west-1")
RELEASED = "hello:2"


@pytest.fixture
def alive(tmp_path: Path, playbook_server: PlaybookServer, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Playbooks]:
    with Sandbox(plane=True, checkers_per_region=1, speed=10) as aws:
        trusted = tmp_path / "authorities.pem"
        trusted.write_text(aws.api.get("authority")["root"])
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        yield Playbooks(aws, tmp_path, playbook_server)


def policies(*names: str) -> list[dict[str, t.Any]]:
    return [json.loads((ROOT / "docs" / "iam" / f"{name}.json").read_text()) for name in names]


def planned(playbooks: Playbooks) -> set[tuple[str, ...]]:
    changes = json.loads((playbooks.folder / "reports" / "dev" / "plan.json").read_text())["changes"]
    return {(c["region"], c["layer"], c["action"], c["kind"], c["name"]) for c in changes}


def deploy_as_planned(playbooks: Playbooks, **variables: t.Any) -> None:
    """Deploy, after a dry run that says all of what is done then."""
    inventory = playbooks.inventory(**variables)
    playbooks.ok("site", "--check", inventory=inventory)
    expected = planned(playbooks)
    playbooks.ok("site", inventory=inventory)
    assert planned(playbooks) == expected


def protocols(aws: Sandbox, region: str) -> set[str]:
    elb = aws.client("elbv2", region=region)
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    found = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    return {each["Protocol"] for each in found}


@contextlib.contextmanager
def left_out(aws: Sandbox) -> t.Iterator[None]:
    """A service of the stack in the first region, which is not in the inventory any more, with its rule."""
    elb = aws.client("elbv2", region=REGIONS[0])
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    arn = next(each["ListenerArn"] for each in listeners if each["Protocol"] == "HTTPS")
    tags = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev", "Component": "former"}
    (rule,) = elb.create_rule(
        ListenerArn=arn,
        Priority=7,
        Conditions=[{"Field": "path-pattern", "Values": ["/former/*"]}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )["Rules"]
    yield
    elb.delete_rule(RuleArn=rule["RuleArn"])


def zone_id(aws: Sandbox) -> str:
    """Of the public zone: the account has a private one of the name as well."""
    zones = aws.client("route53").list_hosted_zones_by_name(DNSName=f"{NAME}.")["HostedZones"]
    return next(str(zone["Id"]) for zone in zones if zone["Name"] == f"{NAME}." and not zone["Config"]["PrivateZone"])


def validations(aws: Sandbox, name: str) -> list[dict[str, t.Any]]:
    """The record that validates certificates for a name, if it is there."""
    route53 = aws.client("route53")
    records = route53.list_resource_record_sets(HostedZoneId=zone_id(aws))["ResourceRecordSets"]
    return [each for each in records if each["Type"] == "CNAME" and each["Name"].endswith(f".{name}.")]


def change(aws: Sandbox, action: str, record: dict[str, t.Any]) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    aws.client("route53").change_resource_record_sets(HostedZoneId=zone_id(aws), ChangeBatch=batch)


@pytest.fixture
def trusted_clients(alive: Playbooks) -> tuple[CertificateAuthority, dict[str, str]]:
    """An authority of clients, and the ARNs of trust stores with it in all regions."""
    authority, aws = CertificateAuthority(), alive.aws
    clients = {region: {name: aws.client(name, region=region) for name in ("s3", "elbv2")} for region in REGIONS}
    return authority, {region: create_trust_store(each, authority) for region, each in clients.items()}


def to_http_and_back(alive: Playbooks, record: dict[str, t.Any]) -> None:
    """Users are served throughout.

    :param record: that validates the certificate in the other region.
    """
    aws = alive.aws
    browser = Browser.of(aws.credentials(), ssl.create_default_context(cafile=str(alive.folder / "authorities.pem")))
    eventually(lambda: browser.visit(NAME) == (200, "https"))
    with visited(lambda: browser.visit(NAME), pause=0.05) as seen:
        with left_out(aws):
            deploy_as_planned(alive, app_https=False)
            assert [protocols(aws, region) for region in REGIONS] == [{"HTTP", "HTTPS"}, {"HTTP"}]
        deploy_as_planned(alive, app_https=False)
        assert [protocols(aws, region) for region in REGIONS] == [{"HTTP"}] * 2
        assert validations(aws, NAME) == []
        deploy_as_planned(alive, app_https=True)
    assert seen.keys() == {(200, "http"), (200, "https")}
    assert [protocols(aws, region) for region in REGIONS] == [{"HTTP", "HTTPS"}] * 2
    assert validations(aws, f"us-west-1.{NAME}") == [record]


def to_mutual_tls_and_back(alive: Playbooks, authority: CertificateAuthority, stores: dict[str, str]) -> None:
    """Who has a certificate is served throughout, by a region that health checkers without one find healthy."""
    aws, trusted = alive.aws, str(alive.folder / "authorities.pem")
    shown = client_certificate(authority, alive.folder / "client.pem")
    strangers, guests = (ssl.create_default_context(cafile=trusted) for _ in range(2))
    guests.load_cert_chain(shown)
    stranger, guest = (Browser.of(aws.credentials(), each) for each in (strangers, guests))
    verify = {"mode": "verify", "trust_store_arn": "{{ " + json.dumps(stores) + "[inventory_hostname] }}"}
    variables: dict[str, t.Any] = {"app_https": True, "alb_mutual_authentication": verify}
    variables["app_endpoint_health_check"] = {"protocol": "HTTP", "port": 80}
    with visited(lambda: guest.visit(NAME), pause=0.05) as seen:
        deploy_as_planned(alive, **variables)
        assert stranger.visit(NAME)[0] != 200
        inventory = alive.inventory(**variables)
        again = alive.ok("site", inventory=inventory)
        assert (set(again.changed.values()), again.writes) == ({0}, [])
        assert f"hello in dev answers at http://{NAME}/ from us-east-1." in again.flat()
        assert "gets no answer" not in again.text, "a redirect is enough for who has no certificate"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EVERLOOK_FAILOVER_CLIENT_CERTIFICATE", str(shown))
            assert "gets no answer" not in alive.ok("site", inventory=inventory).text
            client_certificate(CertificateAuthority(), shown)
            said = alive.ok("site", inventory=inventory).flat()
            assert f"This machine gets no answer from https://{NAME}/" in said
            assert "but Route 53's health checkers do." in said
    assert seen.keys() == {(200, "https")}
    release_and_drill(alive, inventory, client_certificate(authority, shown))
    with visited(lambda: guest.visit(NAME), pause=0.05) as seen:
        deploy_as_planned(alive, app_https=True, app_image=RELEASED)
    assert seen.keys() == {(200, "https")}
    eventually(lambda: stranger.visit(NAME) == (200, "https"))


def release_and_drill(alive: Playbooks, inventory: Path, shown: Path) -> None:
    """What they ask themselves lets in nobody without a certificate, whose key is in a file of its own here."""
    certificate, key = shown.read_text().split("-----BEGIN PRIVATE KEY", 1)
    own = {"CERTIFICATE": certificate, "KEY": f"-----BEGIN PRIVATE KEY{key}"}
    aws, smoke = alive.aws, json.dumps({"app_smoke_request": {"path": "/", "status": 200, "timeout": 30}})
    aws.restrict("dev", *policies("read", "site", "network", "certificate", "drill"))
    with pytest.MonkeyPatch.context() as patch:
        for name, text in own.items():
            file = alive.folder / f"client-{name}.pem"
            file.write_text(text)
            patch.setenv(f"EVERLOOK_FAILOVER_CLIENT_{name}", str(file))
        alive.ok("release", "-e", f"image={RELEASED}", "-e", smoke, inventory=inventory)
        drilled = alive.ok("drill", "-e", "fault=stop_tasks", inventory=inventory)
        assert "Drill passed: stop_tasks of us-east-1, taken over by us-west-1." in drilled.flat()
        assert "is a redirect to HTTPS" not in drilled.flat()
        report = json.loads((alive.folder / "reports" / "dev" / "drill.json").read_text())
        assert report["url"].startswith(f"https://{NAME}/")
        assert set(report["requests"]["by_region"]) == set(REGIONS)
        assert "served by us-east-1" in alive.ok("status", inventory=inventory).flat()


@pytest.mark.exhaustive
def test_the_whole_life_of_an_environment_over_https(
    alive: Playbooks, trusted_clients: tuple[CertificateAuthority, dict[str, str]]
) -> None:
    """Dry run, deployment, to HTTP and back and to mutual TLS and back under requests, removal; with policies alone."""
    aws = alive.aws
    before = kinds(aws)
    inventory = alive.inventory(app_https=True)
    aws.restrict("dev", *policies("read"))
    assert alive.ok("site", "--check", "--diff", inventory=inventory).writes == []
    expected = planned(alive)
    assert {(region, "acm_certificate", "create", "certificate", "main") for region in REGIONS} <= expected
    aws.restrict("dev", *policies("read", "site", "network", "certificate"))
    outcome = alive.ok("site", inventory=inventory)
    assert planned(alive) == expected
    assert f"hello in dev answers at https://{NAME}/ from us-east-1." in outcome.text
    found = alive.report["regions"]["us-west-1"]["acm_certificate"]
    assert (found["names"], found["not_after"][:2]) == ([NAME, f"us-west-1.{NAME}"], "20")

    (record,) = validations(aws, f"us-west-1.{NAME}")
    change(aws, "DELETE", record)
    status = alive.ok("status", inventory=inventory).flat()
    assert (
        f"The certificate in us-west-1 cannot be renewed: the zone lacks CNAME {record['Name'].rstrip('.')}" in status
    )

    to_http_and_back(alive, record)
    to_mutual_tls_and_back(alive, *trusted_clients)

    theirs = {**record, "Name": f"_0123456789.{NAME}"}
    change(aws, "CREATE", theirs)
    aws.restrict("dev", *policies("read", "destroy", "certificate"))
    refused = alive.run("destroy", "-e", "confirm=dev", inventory=inventory)
    assert (refused.rc != 0, refused.writes) == (True, [])
    assert f"still has records: CNAME {theirs['Name']}. Run" in refused.flat()
    change(aws, "DELETE", theirs)
    alive.ok("destroy", "-e", "confirm=dev", inventory=alive.inventory(app_https=True))
    assert kinds(aws) == before
