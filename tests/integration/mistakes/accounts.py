# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only AWS can tell, and what it has to be asked for before the first change."""

from __future__ import annotations

import json
import typing as t

from sandbox import Sandbox

from .mistake import Mistake, account, everywhere

_ROLE: t.Final = "dns_delegation_role_arn: "


def trust_others(aws: Sandbox) -> None:
    """The role trusts another account."""
    statement = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "sts:AssumeRole"}
    aws.client("iam", account="management").update_assume_role_policy(
        RoleName="dns-delegation-dev", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )


def fill_vpcs(aws: Sandbox) -> None:
    """As many VPCs as a new account may have."""
    ec2 = aws.client("ec2", region="us-west-1")
    for number in range(len(ec2.describe_vpcs()["Vpcs"]), 5):
        ec2.create_vpc(CidrBlock=f"10.10{number}.0.0/16")


def no_vcpus(aws: Sandbox) -> None:
    """A young account that may run nothing on Fargate yet."""
    aws.set_quota("L-3032A538", 0, region="us-west-1")


def few_health_checks(aws: Sandbox) -> None:
    """Fewer health checks than two regions need."""
    aws.set_quota("L-ACB674F3", 5)


def take_balancer_name(aws: Sandbox) -> None:
    """A load balancer of the name that this one is to have."""
    ec2 = aws.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    aws.client("elbv2").create_load_balancer(Name="hello-dev", Subnets=[each["SubnetId"] for each in subnets[:2]])


def bucket_elsewhere(aws: Sandbox) -> None:
    """A bucket in another region."""
    aws.client("s3", region="eu-west-1").create_bucket(
        Bucket="hello-logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )


def in_parent(kind: str, value: str, name: str = "dev.example.com") -> t.Callable[[Sandbox], None]:
    """A record of others in the parent zone."""

    def make(aws: Sandbox) -> None:
        route53 = aws.client("route53", account="management")
        zones = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
        public = next(zone["Id"] for zone in zones if not zone["Config"]["PrivateZone"])
        _make_record(route53, public, kind, value, name)

    return make


def in_own_zone(kind: str, value: str, name: str) -> t.Callable[[Sandbox], None]:
    """A zone that was there before, with a record of others."""

    def make(aws: Sandbox) -> None:
        route53 = aws.client("route53")
        zone = route53.create_hosted_zone(Name="dev.example.com", CallerReference="theirs")["HostedZone"]["Id"]
        _make_record(route53, zone, kind, value, name)

    return make


def _make_record(route53: t.Any, zone: str, kind: str, value: str, name: str) -> None:
    record = {"Name": name, "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": value}]}
    change = {"Action": "CREATE", "ResourceRecordSet": record}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})


_NAME: t.Final = "app_domain: "
_REPLACE: t.Final = "route53_zone_delegation_replace_records"
_DIGEST: t.Final = "12345 13 2 " + "ab" * 32
PARENTS: t.Final[tuple[Mistake, ...]] = (
    account(
        "the parent zone delegates the name to others",
        in_parent("NS", "ns1.example.net"),
        *(_NAME, "example.com delegates dev.example.com to ns1.example.net", "lose it", _REPLACE),
    ),
    account("a DS record without a zone", in_parent("DS", _DIGEST), _NAME, "DS", "refuse every answer", "delete it"),
    account(
        "a CNAME at the name", in_parent("CNAME", "www.example.net"), _NAME, "a CNAME at dev.example.com", "Delete"
    ),
    account(
        "a site at the name",
        in_parent("A", "192.0.2.1"),
        _NAME,
        "A dev.example.com",
        "would no longer resolve",
        _REPLACE,
    ),
    account(
        "mail at the name",
        in_parent("MX", "10 mx.example.net"),
        _NAME,
        "MX dev.example.com",
        "would no longer resolve",
        _REPLACE,
    ),
    account(
        "a site below the name",
        in_parent("CNAME", "www.example.net", "www.dev.example.com"),
        *(_NAME, "CNAME www.dev.example.com", "would no longer resolve", _REPLACE),
    ),
    account(
        "a zone of others with the name",
        in_own_zone("A", "192.0.2.1", "dev.example.com"),
        _NAME,
        "route53_zone_zone_id",
        "choose another name",
    ),
)


ACCOUNTS: t.Final[tuple[Mistake, ...]] = (
    everywhere(
        "dns_delegation_role_arn: arn:aws:iam::999999999999:role/dns-delegation-dve",
        _ROLE,
        "dns-delegation-dve",
        "The role exists",
        "arn:aws:iam::111111111111:root",
        "dns_delegation_external_id",
    ),
    everywhere(
        "dns_delegation_external_id: everlook-failover-prod",
        _ROLE,
        "AccessDenied",
        "The role exists",
        "arn:aws:iam::111111111111:root",
        "dns_delegation_external_id",
    ),
    account(
        "a role that trusts another account", trust_others, _ROLE, "AccessDenied", "arn:aws:iam::111111111111:root"
    ),
    everywhere("{app_parent_domain: example.net, app_domain: dev.example.net}", "app_parent_domain: ", "example.net"),
    account("a full quota for VPCs", fill_vpcs, "quota 'VPCs per Region' (L-F678F1CE) in us-west-1"),
    account("no vCPUs of Fargate", no_vcpus, "(L-3032A538) in us-west-1: allows 0 vCPUs", "app_desired_count"),
    account("few health checks", few_health_checks, "quota 'Health checks' of Route 53", "2 regions need 6 more"),
    account("a load balancer of others", take_balancer_name, "hello-dev", "us-east-1"),
    everywhere("alb_log_bucket: {}", "alb_log_bucket.expiration_days: is not set"),
    everywhere("alb_access_logs: {bucket: hello-lgos}", "alb_access_logs.bucket: ", "hello-lgos"),
    account(
        "a log bucket in another region",
        bucket_elsewhere,
        "alb_access_logs.bucket of us-west-1: ",
        "eu-west-1",
        yaml="alb_access_logs: {bucket: hello-logs}",
    ),
    everywhere("vpc_zones: [us-east-1a, us-east-1x]", "vpc_zones of us-east-1: ", "us-east-1x"),
    everywhere("reports_directory: ansible.cfg", "reports_directory: ansible.cfg", "can be written"),
    everywhere("reports_directory: /proc/nowhere", "reports_directory: /proc/nowhere", "can be written"),
    everywhere("reports_directory: [x]", "reports_directory: a list is not a string", "Write one value"),
    everywhere("reports_directory:", "reports_directory: is empty", "Give it a value, or leave it out"),
    everywhere("preflight_tags: smoke", 'preflight_tags: "smoke" is not a list', "Write [one, two]"),
    everywhere("everlook_failover_in_worker:", "everlook_failover_in_worker: is empty", "leave it out"),
)
