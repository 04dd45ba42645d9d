# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer acm_certificate against the local AWS, in a zone that public DNS knows."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob

ZONE = "shop.test"
REGIONS = ("us-east-1", "us-west-1")


class Run(t.Protocol):
    def __call__(self, region: str = "us-east-1", **params: t.Any) -> dict[str, t.Any]: ...


@dataclasses.dataclass(frozen=True)
class Certificates:
    """What boto3 sees."""

    aws: Sandbox
    zone_id: str

    def acm(self, region: str = "us-east-1") -> t.Any:
        return self.aws.client("acm", region=region)

    def all(self, region: str = "us-east-1") -> dict[str, dict[str, t.Any]]:
        """Every certificate of the region by its ARN."""
        acm, kinds = self.acm(region), ["RSA_2048", "EC_prime256v1"]
        listed = acm.list_certificates(Includes={"keyTypes": kinds})["CertificateSummaryList"]
        arns = [item["CertificateArn"] for item in listed]
        return {arn: acm.describe_certificate(CertificateArn=arn)["Certificate"] for arn in arns}

    def tags(self, arn: str, region: str = "us-east-1") -> dict[str, str]:
        found = self.acm(region).list_tags_for_certificate(CertificateArn=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    def records(self) -> list[dict[str, t.Any]]:
        """The zone's CNAMEs."""
        route53 = self.aws.client("route53")
        found = route53.list_resource_record_sets(HostedZoneId=self.zone_id)["ResourceRecordSets"]
        return [record for record in found if record["Type"] == "CNAME"]

    def domains(self) -> list[str]:
        """The domains that have a validation record."""
        return sorted(record["Name"].partition(".")[2].rstrip(".") for record in self.records())

    def delete_records(self) -> None:
        changes = [{"Action": "DELETE", "ResourceRecordSet": record} for record in self.records()]
        route53 = self.aws.client("route53")
        route53.change_resource_record_sets(HostedZoneId=self.zone_id, ChangeBatch={"Changes": changes})


@pytest.fixture(autouse=True)
def certificates(aws: Sandbox) -> Certificates:
    zone = aws.client("route53").create_hosted_zone(Name=ZONE, CallerReference="shop")["HostedZone"]["Id"]
    return Certificates(aws, str(zone))


def options(region: str) -> dict[str, t.Any]:
    others = [each for each in REGIONS if each != region]
    return {"names": [ZONE, f"{region}.{ZONE}"], "zone": ZONE, "other_regions": others}


@pytest.fixture
def deploy(run_job: RunJob) -> Run:
    def run(region: str = "us-east-1", **params: t.Any) -> dict[str, t.Any]:
        return run_job(LAYER.job, region=region, **{**options(region), **params})

    return run


@pytest.fixture
def destroy(run_job: RunJob) -> Run:
    def run(region: str = "us-east-1", **params: t.Any) -> dict[str, t.Any]:
        return run_job(LAYER.job, region=region, **{**options(region), "state": "absent", **params})

    return run
