# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of durations: as slow as AWS, and as slow as that by a factor."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from sandbox import Sandbox
from sandbox.overlay.acm.validation import record
from sandbox.overlay.ecs.scheduler import until_next_look
from sandbox.timings import AWS, PROFILES, Timings
from tests.waiting import eventually


def test_aws_is_slow_in_what_people_wait_for() -> None:
    quick = Timings()
    for name in ("nat_gateway_create", "load_balancer_create", "task_start", "change_insync"):
        assert AWS.of(name) >= 30 > quick.of(name)


def test_a_factor_divides_every_one_of_them() -> None:
    faster = replace(AWS, speed=10.0)
    for field in fields(Timings):
        if field.name != "speed":
            assert faster.of(field.name) == AWS.of(field.name) / 10


def test_who_waits_for_nothing_has_minutes_as_long_as_ever() -> None:
    instant = PROFILES["instant"]
    assert instant.nat_gateway_create == Timings().nat_gateway_create / 1000
    assert (instant.metric_minute, instant.scaling_minute, instant.schedule_minute, instant.speed) == (60, 60, 60, 1)
    assert instant.metric_retention == AWS.metric_retention


@pytest.mark.parametrize(("settle", "lasted", "expected"), [(0.3, 0.0, 0.3), (0.01, 4.0, 0.5), (5.0, 70.0, 1.0)])
def test_a_rollout_that_takes_long_is_not_judged_late(settle: float, lasted: float, expected: float) -> None:
    assert until_next_look(settle, lasted) == expected


def test_a_server_takes_the_table_it_is_told_to() -> None:
    assert set(PROFILES) == {"quick", "aws", "instant"}
    with Sandbox(timings="aws", speed=1.0) as aws:
        ec2 = aws.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
        aws.latency(1.0)  # longer than the quick table takes
        found = ec2.describe_nat_gateways(NatGatewayIds=[made])["NatGateways"]
        assert [item["State"] for item in found] == ["pending"]


@pytest.mark.parametrize(("timings", "expected"), [("quick", "ISSUED"), ("aws", "PENDING_VALIDATION")])
def test_a_certificate_takes_its_time(timings: str, expected: str) -> None:
    with Sandbox(timings=timings, speed=1.0) as aws:
        acm, route53 = aws.client("acm"), aws.client("route53")
        acm.request_certificate(DomainName="certificate.test", ValidationMethod="DNS")
        zone = route53.create_hosted_zone(Name="certificate.test", CallerReference="certificate")["HostedZone"]["Id"]
        wanted = record("111111111111", "certificate.test")
        values = [{"Value": wanted["Value"]}]
        record_set = {"Name": wanted["Name"], "Type": "CNAME", "TTL": 300, "ResourceRecords": values}
        changes = [{"Action": "CREATE", "ResourceRecordSet": record_set}]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

        def status() -> str:
            (found,) = [item["Status"] for item in acm.list_certificates()["CertificateSummaryList"]]
            return str(found)

        assert status() == "PENDING_VALIDATION"
        if expected == "ISSUED":
            eventually(status, lambda found: found == "ISSUED", seconds=30)
        else:
            aws.latency(1.0)  # longer than the quick table takes
            assert status() == expected
