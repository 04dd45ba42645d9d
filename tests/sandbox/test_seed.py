# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seed: the management account as a deployment finds it, and what must be left alone."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.accounts import ENVIRONMENTS
from sandbox.seed import DOMAINS

MANAGEMENT = "999999999999"


def delegation_client(aws: Sandbox, environment: str) -> Any:
    login = aws.client("sts", account=environment).assume_role(
        RoleArn=f"arn:aws:iam::{MANAGEMENT}:role/dns-delegation-{environment}",
        RoleSessionName="test",
        ExternalId=f"everlook-failover-{environment}",
    )["Credentials"]
    session = boto3.Session(login["AccessKeyId"], login["SecretAccessKey"], login["SessionToken"])
    return session.client("route53", "us-east-1", endpoint_url=aws.url)


def parent_zone(route53: Any) -> str:
    zones = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
    (zone,) = [zone for zone in zones if zone["Name"] == "example.com." and not zone["Config"]["PrivateZone"]]
    return str(zone["Id"].rpartition("/")[2])


def delegate(route53: Any, name: str, kind: str = "NS") -> None:
    value = "ns-1.example.net." if kind == "NS" else "192.0.2.1"
    record = {"Name": name, "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": value}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=parent_zone(route53), ChangeBatch=batch)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_delegation_role_delegates_its_name_and_nothing_else(aws: Sandbox, environment: str) -> None:
    route53 = delegation_client(aws, environment)
    delegate(route53, DOMAINS[environment])
    listed = route53.list_resource_record_sets(HostedZoneId=parent_zone(route53))["ResourceRecordSets"]
    assert f"{DOMAINS[environment]}." in [record["Name"] for record in listed]
    others = [name for other, name in DOMAINS.items() if other != environment]
    for name, kind in [*((other, "NS") for other in others), ("example.com", "NS"), (DOMAINS[environment], "A")]:
        with pytest.raises(ClientError, match="AccessDenied"):
            delegate(route53, name, kind)


def test_a_delegation_role_reads_what_it_needs_and_nothing_else(aws: Sandbox) -> None:
    route53 = delegation_client(aws, "dev")
    route53.list_resource_record_sets(HostedZoneId=parent_zone(route53))
    with pytest.raises(ClientError, match="AccessDenied"):
        route53.list_hosted_zones()
    with pytest.raises(ClientError, match="AccessDenied"):
        route53.list_health_checks()
    with pytest.raises(ClientError, match="AccessDenied"):
        route53.get_hosted_zone(Id=parent_zone(route53))


def test_a_delegation_role_is_for_its_own_account_and_external_id(aws: Sandbox) -> None:
    arn = f"arn:aws:iam::{MANAGEMENT}:role/dns-delegation-dev"
    for account, external_id in (("staging", "everlook-failover-dev"), ("dev", "everlook-failover-staging")):
        with pytest.raises(ClientError, match="AccessDenied"):
            aws.client("sts", account=account).assume_role(RoleArn=arn, RoleSessionName="test", ExternalId=external_id)


def test_there_are_lookalikes_without_tags_of_ours(aws: Sandbox) -> None:
    route53 = aws.client("route53")
    zones = {(zone["Name"], zone["Config"]["PrivateZone"]) for zone in route53.list_hosted_zones()["HostedZones"]}
    assert zones == {("dev.example.com.", True), ("dev2.example.com.", False)}
    checks = route53.list_health_checks()["HealthChecks"]
    names = {check["HealthCheckConfig"]["FullyQualifiedDomainName"] for check in checks}
    assert names == {"us-east-1.dev.example.com", "www.dev2.example.com"}
    found = aws.snapshot()
    owned = [resource for resource in found if set(resource.tags) - {"Name"}]
    assert {(resource.account, resource.kind) for resource in owned} <= {(MANAGEMENT, "roles")}
    assert "hello-dev" in [resource.tags.get("Name") for resource in found if resource.kind == "vpcs"]
    parents = aws.client("route53", account="management").list_hosted_zones()["HostedZones"]
    assert [zone["Name"] for zone in parents] == ["example.com."] * 2
