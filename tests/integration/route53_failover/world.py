# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two regions with a load balancer each, a zone, and what boto3 sees of the layer route53_failover."""

from __future__ import annotations

import typing as t

from sandbox import Sandbox
from tests.waiting import eventually

OURS = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev"}
NAME = "hello-dev"
GROUP = "hello-dev-hello"
DOMAIN = "dev.example.com"
EAST, WEST, OREGON = REGIONS = ("us-east-1", "us-west-1", "us-west-2")
SCHEDULE, SWITCH_ROLE = "hello-dev-switch", "hello-dev-dns-switch"
ALARM = {
    "Namespace": "everlook.failover/hello-dev",
    "MetricName": "Evict",
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "missing",
}


def settings(alarm: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: value for key, value in alarm.items() if "Timestamp" not in key and not key.startswith("State")}


class World:
    """A zone and load balancers with healthy targets, of the stack but made by the test."""

    def __init__(self, aws: Sandbox) -> None:
        self.aws = aws
        self.route53 = aws.client("route53")
        zone = self.route53.create_hosted_zone(Name=DOMAIN, CallerReference="test")
        self.zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
        self.groups: dict[str, str] = {}

    def deploy(self, region: str, *, tags: t.Mapping[str, str] | None = None, targets: int = 2) -> str:
        """A load balancer in a region with healthy targets. Returns its DNS name."""
        ec2 = self.aws.client("ec2", region=region)
        vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]
        ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.10.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for number, zone in enumerate(zones)
        ]
        return self.balance(region, vpc, subnets, OURS if tags is None else tags, targets)

    def balance(self, region: str, vpc: str, subnets: list[str], tags: t.Mapping[str, str], targets: int) -> str:
        elb = self.aws.client("elbv2", region=region)
        items = [{"Key": key, "Value": value} for key, value in tags.items()]
        balancer = elb.create_load_balancer(Name=NAME, Subnets=subnets, **({"Tags": items} if items else {}))
        group = elb.create_target_group(Name=GROUP, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
        self.groups[region] = group["TargetGroups"][0]["TargetGroupArn"]
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.groups[region]}],
        )
        if targets:
            self.register(region, targets)
        return str(balancer["LoadBalancers"][0]["DNSName"])

    def register(self, region: str, targets: int = 2) -> None:
        elb = self.aws.client("elbv2", region=region)
        addresses = [{"Id": f"10.10.0.{number + 10}", "Port": 80} for number in range(targets)]
        elb.register_targets(TargetGroupArn=self.groups[region], Targets=addresses)
        eventually(lambda: "healthy" in self.target_states(region), what="a healthy target")

    def target_states(self, region: str) -> set[str]:
        elb = self.aws.client("elbv2", region=region)
        health = elb.describe_target_health(TargetGroupArn=self.groups[region])["TargetHealthDescriptions"]
        return {item["TargetHealth"]["State"] for item in health}

    def records(self) -> dict[tuple[str, str | None], dict[str, t.Any]]:
        """A records, by name and set identifier."""
        pages = self.route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=self.zone_id)
        records = [record for page in pages for record in page["ResourceRecordSets"] if record["Type"] == "A"]
        return {(record["Name"], record.get("SetIdentifier")): record for record in records}

    def checks(self) -> dict[str, dict[str, t.Any]]:
        """The stack's health checks by region and role."""
        found = self.route53.list_health_checks()["HealthChecks"]
        ours = [check for check in found if check["CallerReference"].startswith("elf/")]
        named = {"/".join(check["CallerReference"].split("/")[2:4]): check for check in ours}
        assert len(named) == len(ours), "a check is there twice"
        return named

    def tags(self, check_id: str) -> dict[str, str]:
        answer = self.route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=check_id)
        return {tag["Key"]: tag["Value"] for tag in answer["ResourceTagSet"]["Tags"]}

    def alarms(self, region: str) -> dict[str, dict[str, t.Any]]:
        found = self.aws.client("cloudwatch", region=region).describe_alarms(AlarmNamePrefix="hello-")["MetricAlarms"]
        return {alarm["AlarmName"]: alarm for alarm in found}

    def alarm_tags(self, region: str, arn: str) -> dict[str, str]:
        tags = self.aws.client("cloudwatch", region=region).list_tags_for_resource(ResourceARN=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in tags}

    def schedules(self, region: str) -> dict[str, dict[str, t.Any]]:
        """Without what AWS stamps: what UpdateSchedule takes."""
        scheduler = self.aws.client("scheduler", region=region)
        names = [item["Name"] for item in scheduler.list_schedules(NamePrefix="hello-")["Schedules"]]
        stamps = {"Arn", "CreationDate", "LastModificationDate", "ResponseMetadata"}
        return {
            name: {key: value for key, value in scheduler.get_schedule(Name=name).items() if key not in stamps}
            for name in names
        }

    def role_policies(self) -> dict[str, t.Any]:
        """Those of the role by which switches are held; none without it."""
        iam = self.aws.client("iam")
        if SWITCH_ROLE not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
            return {}
        names = iam.list_role_policies(RoleName=SWITCH_ROLE)["PolicyNames"]
        return {name: iam.get_role_policy(RoleName=SWITCH_ROLE, PolicyName=name)["PolicyDocument"] for name in names}

    def answers(self) -> set[str]:
        """What Route 53's name servers say of the name."""
        answer = self.route53.test_dns_answer(HostedZoneId=self.zone_id, RecordName=DOMAIN, RecordType="A")
        return set(answer["RecordData"])

    def addresses(self, region: str) -> set[str]:
        """What they say of the region's own name."""
        name = f"{region}.{DOMAIN}"
        return set(
            self.route53.test_dns_answer(HostedZoneId=self.zone_id, RecordName=name, RecordType="A")["RecordData"]
        )

    def everything(self) -> dict[str, t.Any]:
        """All there is of the layer, with what AWS counts and stamps left out."""
        named = self.checks()
        names = {check["Id"]: name for name, check in named.items()}
        checks = {name: self._check(check, names) for name, check in named.items()}
        records = {
            key: {**record, "HealthCheckId": names.get(record.get("HealthCheckId", ""))}
            for key, record in self.records().items()
        }
        alarms = {
            (region, name): {**settings(alarm), "tags": self.alarm_tags(region, alarm["AlarmArn"])}
            for region in REGIONS
            for name, alarm in self.alarms(region).items()
        }
        return {
            "records": records,
            "checks": checks,
            "alarms": alarms,
            "schedules": {region: self.schedules(region) for region in REGIONS},
            "role": self.role_policies(),
        }

    def _check(self, check: dict[str, t.Any], names: dict[str, str]) -> dict[str, t.Any]:
        children = sorted(names.get(child, "?") for child in check["HealthCheckConfig"].get("ChildHealthChecks", ()))
        return {
            "config": {**check["HealthCheckConfig"], "ChildHealthChecks": children},
            "copy": check.get("CloudWatchAlarmConfiguration"),
            "tags": self.tags(check["Id"]),
        }

    def change(self, action: str, **record: t.Any) -> None:
        changes = [{"Action": action, "ResourceRecordSet": record}]
        self.route53.change_resource_record_sets(HostedZoneId=self.zone_id, ChangeBatch={"Changes": changes})


class Converge(t.Protocol):
    def __call__(self, *regions: str, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]: ...


def primary(world: World) -> dict[str, t.Any]:
    return world.records()[f"{DOMAIN}.", f"hello/dev/{EAST}"]


def delete_regional(world: World) -> None:
    world.change("DELETE", **world.records()[f"{EAST}.{DOMAIN}.", None])


def untag_alarm(world: World) -> None:
    arn = world.alarms(WEST)[f"hello-dev-switch-{EAST}"]["AlarmArn"]
    world.aws.client("cloudwatch", region=WEST).untag_resource(ResourceARN=arn, TagKeys=["Stack", "Name"])


def addresses(result: dict[str, t.Any]) -> set[str]:
    return {f"{change['kind']}/{change['name']}" for change in result["changes"]}


def evict(world: World, region: str, value: float, *, seat: str) -> None:
    """What `failover_switch` will do: a data point in another region."""
    dimensions = [
        {"Name": "Stack", "Value": "hello"},
        {"Name": "Environment", "Value": "dev"},
        {"Name": "Region", "Value": region},
    ]
    world.aws.client("cloudwatch", region=seat).put_metric_data(
        Namespace="everlook.failover/hello-dev",
        MetricData=[{"MetricName": "Evict", "Value": value, "Dimensions": dimensions}],
    )
