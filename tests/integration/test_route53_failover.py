# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer route53_failover against the local AWS, seen with boto3."""

from __future__ import annotations

import collections
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ApplyError,
    ConflictError,
    SpecError,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown
from ansible_collections.everlook.failover.plugins.module_utils._failover_info import job as info
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.layer import JOB
from sandbox import Sandbox
from tests.waiting import eventually

from .conftest import RunJob
from .contexts import Contexts

pytestmark = pytest.mark.once

OURS = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev"}
NAME = "hello-dev"
GROUP = "hello-dev-hello"
DOMAIN = "dev.example.com"
EAST, WEST, OREGON = REGIONS = ("us-east-1", "us-west-1", "us-west-2")
ALARM = {
    "Namespace": "everlook.failover",
    "MetricName": "Evict",
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "missing",
}


def _settings(alarm: dict[str, t.Any]) -> dict[str, t.Any]:
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
            (region, name): {**_settings(alarm), "tags": self.alarm_tags(region, alarm["AlarmArn"])}
            for region in REGIONS
            for name, alarm in self.alarms(region).items()
        }
        return {"records": records, "checks": checks, "alarms": alarms}

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


@pytest.fixture
def world(aws: Sandbox) -> World:
    world = World(aws)
    world.deploy(EAST)
    world.deploy(WEST)
    return world


class Converge(t.Protocol):
    def __call__(self, *regions: str, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def converge(run_job: RunJob, warnings: list[str]) -> Converge:
    def run(*regions: str, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]:
        listed = [{"name": name, "priority": place} for place, name in enumerate(regions, start=1)]
        given = {"regions": listed, "services": ["hello"], **params}
        return run_job(JOB, check_mode=check_mode, warnings=warnings, zone=DOMAIN, **given)

    return run


@pytest.fixture
def warnings() -> list[str]:
    return []


# -- what it makes


def test_it_makes_the_records(world: World, converge: Converge) -> None:
    result = converge(EAST, WEST)
    checks = world.checks()
    records = world.records()
    assert set(records) == {
        (f"{DOMAIN}.", f"hello/dev/{EAST}"),
        (f"{DOMAIN}.", f"hello/dev/{WEST}"),
        (f"{EAST}.{DOMAIN}.", None),
        (f"{WEST}.{DOMAIN}.", None),
    }
    for region, role in ((EAST, "PRIMARY"), (WEST, "SECONDARY")):
        balancer = world.aws.client("elbv2", region=region).describe_load_balancers(Names=[NAME])["LoadBalancers"][0]
        record = records[f"{DOMAIN}.", f"hello/dev/{region}"]
        target = {"DNSName": f"{balancer['DNSName']}.", "HostedZoneId": balancer["CanonicalHostedZoneId"]}
        assert record["Failover"] == role
        assert record["AliasTarget"] == {**target, "EvaluateTargetHealth": True}
        assert record["HealthCheckId"] == checks[f"{region}/calculated"]["Id"]
        assert records[f"{region}.{DOMAIN}.", None]["AliasTarget"] == {**target, "EvaluateTargetHealth": False}
    assert world.answers() == world.addresses(EAST) != world.addresses(WEST)
    assert result["changed"]
    assert result["zone_id"] == world.zone_id
    assert [(item["name"], item["role"]) for item in result["regions"]] == [(EAST, "primary"), (WEST, "secondary")]


def test_it_makes_the_health_checks(world: World, converge: Converge) -> None:
    result = converge(EAST, WEST, health_check={"path": "/health", "search_string": "well", "failure_threshold": 2})
    checks = world.checks()
    assert set(checks) == {
        f"{EAST}/endpoint",
        f"{EAST}/switch-{WEST}",
        f"{EAST}/calculated",
        f"{WEST}/endpoint",
        f"{WEST}/switch-{EAST}",
        f"{WEST}/calculated",
    }
    endpoint = checks[f"{EAST}/endpoint"]["HealthCheckConfig"]
    expected = {
        "Type": "HTTP_STR_MATCH",
        "FullyQualifiedDomainName": f"{EAST}.{DOMAIN}",
        "Port": 80,
        "ResourcePath": "/health",
        "SearchString": "well",
        "RequestInterval": 10,
        "FailureThreshold": 2,
        "MeasureLatency": False,
    }
    assert endpoint.items() >= expected.items()
    switch = checks[f"{EAST}/switch-{WEST}"]
    assert switch["HealthCheckConfig"]["AlarmIdentifier"] == {"Region": WEST, "Name": f"hello-dev-switch-{EAST}"}
    assert switch["HealthCheckConfig"]["InsufficientDataHealthStatus"] == "LastKnownStatus"
    calculated = checks[f"{EAST}/calculated"]["HealthCheckConfig"]
    assert set(calculated["ChildHealthChecks"]) == {checks[f"{EAST}/endpoint"]["Id"], switch["Id"]}
    assert calculated["HealthThreshold"] == 2
    for name, check in checks.items():
        tags = world.tags(check["Id"])
        assert tags.items() >= {**OURS, "Resource": f"health_check/{name.replace('/', '-')}"}.items()
    east = result["regions"][0]
    assert east["endpoint_health_check_id"] == checks[f"{EAST}/endpoint"]["Id"]
    assert east["health_check_id"] == checks[f"{EAST}/calculated"]["Id"]
    assert east["switch_health_check_ids"] == {WEST: switch["Id"]}


def test_it_makes_the_switch_alarms_in_the_other_region(world: World, converge: Converge) -> None:
    converge(EAST, WEST, tags={"Team": "blue"})
    for seat, evicted in ((EAST, WEST), (WEST, EAST)):
        alarms = world.alarms(seat)
        assert set(alarms) == {f"hello-dev-switch-{evicted}"}
        alarm = alarms[f"hello-dev-switch-{evicted}"]
        assert alarm.items() >= ALARM.items()
        dimensions = {item["Name"]: item["Value"] for item in alarm["Dimensions"]}
        assert dimensions == {"Stack": "hello", "Environment": "dev", "Region": evicted}
        assert world.alarm_tags(seat, alarm["AlarmArn"]).items() >= {**OURS, "Team": "blue"}.items()


def test_one_region_is_a_primary_alone_and_a_second_one_only_adds(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    converge(EAST)
    assert {key[1] for key in world.records()} == {None, f"hello/dev/{EAST}"}
    mark = aws.requests.mark()
    result = converge(EAST, WEST)
    assert "hello/dev/us-east-1" not in next(c["reason"] for c in result["changes"] if c["name"] == "failover")
    assert len([call for call in aws.requests.writes(mark) if call.operation == "ChangeResourceRecordSets"]) == 2


def test_another_name_than_the_apex(world: World, converge: Converge) -> None:
    converge(EAST, WEST, record_name=f"app.{DOMAIN}")
    assert {name for name, _identifier in world.records()} == {
        f"app.{DOMAIN}.",
        f"{EAST}.app.{DOMAIN}.",
        f"{WEST}.app.{DOMAIN}.",
    }
    converge(state="absent", record_name=f"app.{DOMAIN}")
    assert not world.records()


# -- again, and without doing it


def test_a_second_run_changes_nothing_with_few_calls(world: World, converge: Converge, aws: Sandbox) -> None:
    converge(EAST, WEST)
    mark = aws.requests.mark()
    again = converge(EAST, WEST)
    assert not again["changed"]
    assert len(aws.requests.since(mark)) <= 10
    mark = aws.requests.mark()
    assert not converge(EAST, WEST, zone_id=world.zone_id)["changed"]
    assert len(aws.requests.since(mark)) <= 9
    assert not aws.requests.writes(mark)


def test_tags_of_many_alarms_take_a_call_a_region(world: World, converge: Converge, aws: Sandbox) -> None:
    regions = (EAST, WEST, OREGON, "eu-west-1")
    for region in regions[2:]:
        world.deploy(region)
    converge(*regions, tags={"Team": "blue"})
    mark = aws.requests.mark()
    assert not converge(*regions, tags={"Team": "blue"})["changed"]
    assert tag_calls(aws, mark) == {"GetResources": 4}
    # Without that right each alarm is asked.
    right = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    refused = {"Effect": "Deny", "Action": "tag:GetResources", "Resource": "*"}
    aws.restrict("dev", {"Version": "2012-10-17", "Statement": [right, refused]})
    mark = aws.requests.mark()
    assert not converge(*regions, tags={"Team": "blue"})["changed"]
    assert tag_calls(aws, mark) == {"GetResources": 4, "ListTagsForResource": 12}
    _untag_alarm(world)
    assert addresses(converge(*regions, tags={"Team": "blue"})) == {f"metric_alarm/{EAST}-switch-{WEST}"}


def tag_calls(aws: Sandbox, mark: int) -> collections.Counter[str]:
    """Calls for the tags of alarms."""
    names = ("GetResources", "ListTagsForResource")
    return collections.Counter(
        call.operation
        for call in aws.requests.since(mark)
        if call.operation in names and call.service in ("cloudwatch", "resourcegroupstaggingapi")
    )


def test_a_dry_run_on_an_empty_account_shows_the_whole_plan(aws: Sandbox, converge: Converge) -> None:
    mark = aws.requests.mark()
    result = converge(EAST, WEST, check_mode=True)
    assert not aws.requests.writes(mark)
    kinds = [(change["kind"], change["action"]) for change in result["changes"]]
    assert kinds.count(("record_sets", "create")) == 2
    assert kinds.count(("health_check", "create")) == 6
    assert kinds.count(("metric_alarm", "create")) == 2
    assert is_unknown(result["zone_id"])
    assert is_unknown(result["regions"][1]["load_balancer_dns_name"])
    assert is_unknown(result["regions"][0]["health_check_id"])
    assert result["not_ready"] == []


def test_a_dry_run_says_what_the_run_does(world: World, converge: Converge) -> None:
    mark = world.aws.requests.mark()
    dry = converge(EAST, WEST, check_mode=True)
    assert not world.aws.requests.writes(mark)
    wet = converge(EAST, WEST)
    assert dry["changes"] == wet["changes"]
    assert dry.keys() == wet.keys()
    after = converge(EAST, WEST, check_mode=True)
    assert not after["changed"]


def test_a_zone_that_does_not_exist_is_named(aws: Sandbox, converge: Converge) -> None:
    with pytest.raises(SpecError, match=r"no public zone dev\.example\.com"):
        converge(EAST)
    with pytest.raises(SpecError, match="Z0NOWHERE"):
        converge(EAST, zone_id="Z0NOWHERE")
    assert not converge(state="absent")["changed"]
    del aws


# -- drift


def _primary(world: World) -> dict[str, t.Any]:
    return world.records()[f"{DOMAIN}.", f"hello/dev/{EAST}"]


def _update_check(name: str, **members: t.Any) -> t.Callable[[World], None]:
    def drift(world: World) -> None:
        world.route53.update_health_check(HealthCheckId=world.checks()[name]["Id"], **members)

    return drift


def _put_alarm(**settings: t.Any) -> t.Callable[[World], None]:
    def drift(world: World) -> None:
        name = f"hello-dev-switch-{EAST}"
        dimensions = [{"Name": "Stack", "Value": "hello"}, {"Name": "Environment", "Value": "dev"}]
        known = {
            **ALARM,
            "AlarmDescription": world.alarms(WEST)[name]["AlarmDescription"],
            "Dimensions": [*dimensions, {"Name": "Region", "Value": EAST}],
        }
        world.aws.client("cloudwatch", region=WEST).put_metric_alarm(AlarmName=name, **{**known, **settings})

    return drift


def _without_health_check(world: World) -> None:
    record = _primary(world)
    del record["HealthCheckId"]
    world.change("UPSERT", **record)


def _delete_secondary(world: World) -> None:
    world.change("DELETE", **world.records()[f"{DOMAIN}.", f"hello/dev/{WEST}"])


def _delete_regional(world: World) -> None:
    world.change("DELETE", **world.records()[f"{EAST}.{DOMAIN}.", None])


def _elsewhere(world: World) -> None:
    record = world.records()[f"{EAST}.{DOMAIN}.", None]
    record["AliasTarget"] = world.records()[f"{WEST}.{DOMAIN}.", None]["AliasTarget"]
    world.change("UPSERT", **record)


def _delete_alarm(world: World) -> None:
    world.aws.client("cloudwatch", region=WEST).delete_alarms(AlarmNames=[f"hello-dev-switch-{EAST}"])


def _untag_alarm(world: World) -> None:
    arn = world.alarms(WEST)[f"hello-dev-switch-{EAST}"]["AlarmArn"]
    world.aws.client("cloudwatch", region=WEST).untag_resource(ResourceARN=arn, TagKeys=["Stack", "Name"])


def _untag_check(world: World) -> None:
    world.route53.change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=world.checks()[f"{EAST}/endpoint"]["Id"], RemoveTagKeys=["Stack", "Name"]
    )


def _childless(world: World) -> None:
    checks = world.checks()
    world.route53.update_health_check(
        HealthCheckId=checks[f"{EAST}/calculated"]["Id"],
        ChildHealthChecks=[checks[f"{EAST}/endpoint"]["Id"]],
        HealthThreshold=1,
    )


DRIFTS: dict[str, tuple[t.Callable[[World], None], set[str]]] = {
    "record without its health check": (_without_health_check, {"record_sets/failover"}),
    "secondary deleted": (_delete_secondary, {"record_sets/failover"}),
    "regional name deleted": (_delete_regional, {"record_sets/regional"}),
    "regional name leads elsewhere": (_elsewhere, {"record_sets/regional"}),
    "path": (_update_check(f"{EAST}/endpoint", ResourcePath="/other"), {f"health_check/{EAST}-endpoint"}),
    "port": (_update_check(f"{WEST}/endpoint", Port=81), {f"health_check/{WEST}-endpoint"}),
    "failure threshold": (_update_check(f"{EAST}/endpoint", FailureThreshold=5), {f"health_check/{EAST}-endpoint"}),
    "probed name": (
        _update_check(f"{EAST}/endpoint", FullyQualifiedDomainName="example.com"),
        {f"health_check/{EAST}-endpoint"},
    ),
    "checker regions": (
        _update_check(f"{EAST}/endpoint", Regions=["us-east-1", "us-west-1", "us-west-2"]),
        {f"health_check/{EAST}-endpoint"},
    ),
    "endpoint inverted": (_update_check(f"{EAST}/endpoint", Inverted=True), {f"health_check/{EAST}-endpoint"}),
    "calculated disabled": (_update_check(f"{EAST}/calculated", Disabled=True), {f"health_check/{EAST}-calculated"}),
    "threshold": (_update_check(f"{EAST}/calculated", HealthThreshold=1), {f"health_check/{EAST}-calculated"}),
    "children": (_childless, {f"health_check/{EAST}-calculated"}),
    "switch without memory": (
        _update_check(f"{EAST}/switch-{WEST}", InsufficientDataHealthStatus="Healthy"),
        {f"health_check/{EAST}-switch-{WEST}"},
    ),
    "tags of a check": (_untag_check, {f"health_check/{EAST}-endpoint"}),
    "tags of an alarm": (_untag_alarm, {f"metric_alarm/{EAST}-switch-{WEST}"}),
    "alarm deleted": (_delete_alarm, {f"metric_alarm/{EAST}-switch-{WEST}"}),
    "alarm threshold": (_put_alarm(Threshold=5.0), {f"metric_alarm/{EAST}-switch-{WEST}"}),
    "alarm statistic": (_put_alarm(Statistic="Average"), {f"metric_alarm/{EAST}-switch-{WEST}"}),
    "alarm at M out of N": (
        _put_alarm(EvaluationPeriods=2, DatapointsToAlarm=1),
        {f"metric_alarm/{EAST}-switch-{WEST}"},
    ),
    "alarm missing data": (_put_alarm(TreatMissingData="breaching"), {f"metric_alarm/{EAST}-switch-{WEST}"}),
    "alarm without description": (_put_alarm(AlarmDescription=""), {f"metric_alarm/{EAST}-switch-{WEST}"}),
}


def test_drift_is_named_and_repaired_alone(world: World, converge: Converge) -> None:
    """One after the other in one deployment, which saves a deployment each."""
    converge(EAST, WEST)
    before = world.everything()
    for name, (drift, expected) in DRIFTS.items():
        drift(world)
        assert world.everything() != before, name
        assert addresses(converge(EAST, WEST, check_mode=True)) == expected, name
        assert addresses(converge(EAST, WEST)) == expected, name
        assert world.everything() == before, name
    assert not converge(EAST, WEST)["changed"]


def addresses(result: dict[str, t.Any]) -> set[str]:
    return {f"{change['kind']}/{change['name']}" for change in result["changes"]}


def test_a_copy_of_the_alarms_settings_that_is_old_is_made_anew(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    before = world.everything()
    _put_alarm(Threshold=5.0)(world)
    _update_check(f"{EAST}/switch-{WEST}", Disabled=False)(world)  # Route 53 copies the settings now
    expected = {f"metric_alarm/{EAST}-switch-{WEST}", f"health_check/{EAST}-switch-{WEST}"}
    assert addresses(converge(EAST, WEST)) == expected
    assert world.everything() == before


def test_a_deleted_check_is_made_again_and_referred_to(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    before = world.everything()
    for name in (f"{EAST}/endpoint", f"{EAST}/switch-{WEST}", f"{WEST}/calculated"):
        world.route53.delete_health_check(HealthCheckId=world.checks()[name]["Id"])
        region, role = name.split("/")
        user = "record_sets/failover" if role == "calculated" else f"health_check/{region}-calculated"
        assert addresses(converge(EAST, WEST)) == {f"health_check/{region}-{role}", user}
        assert world.everything() == before


def test_others_tags_and_alarm_actions_are_left_alone(world: World, converge: Converge, warnings: list[str]) -> None:
    converge(EAST, WEST)
    check = world.checks()[f"{EAST}/endpoint"]["Id"]
    world.route53.change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=check, AddTags=[{"Key": "Cost", "Value": "42"}]
    )
    topic = f"arn:aws:sns:{WEST}:111111111111:tell-me"
    _put_alarm(AlarmActions=[topic])(world)
    arn = world.alarms(WEST)[f"hello-dev-switch-{EAST}"]["AlarmArn"]
    cost = [{"Key": "Cost", "Value": "42"}]
    world.aws.client("cloudwatch", region=WEST).tag_resource(ResourceARN=arn, Tags=cost)
    assert warnings == []
    assert not converge(EAST, WEST)["changed"]
    (warning,) = warnings
    assert topic in warning
    assert warning.endswith("They are left alone.")
    _put_alarm(AlarmActions=[topic], Threshold=7.0)(world)
    assert converge(EAST, WEST)["changed"]
    assert world.alarms(WEST)[f"hello-dev-switch-{EAST}"]["AlarmActions"] == [topic]
    assert world.tags(check)["Cost"] == world.alarm_tags(WEST, arn)["Cost"] == "42"


def test_new_tags_reach_checks_and_alarms(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    result = converge(EAST, WEST, tags={"Team": "blue"})
    assert {change["kind"] for change in result["changes"]} == {"health_check", "metric_alarm"}
    arn = world.alarms(WEST)[f"hello-dev-switch-{EAST}"]["AlarmArn"]
    assert world.alarm_tags(WEST, arn)["Team"] == "blue"
    assert all(world.tags(check["Id"])["Team"] == "blue" for check in world.checks().values())
    assert not converge(EAST, WEST, tags={"Team": "blue"})["changed"]


# -- replacing


def test_what_cannot_be_changed_is_replaced_behind_the_calculated_check(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    converge(EAST, WEST)
    for health_check in ({"interval": 30}, {"measure_latency": True}, {"search_string": "well"}, {"protocol": "HTTPS"}):
        before, record = world.checks(), _primary(world)
        mark = aws.requests.mark()
        converge(EAST, WEST, health_check=health_check)
        after = world.checks()
        calls = [call.operation for call in aws.requests.writes(mark)]
        assert after[f"{EAST}/endpoint"]["Id"] != before[f"{EAST}/endpoint"]["Id"]
        assert after[f"{EAST}/calculated"]["Id"] == before[f"{EAST}/calculated"]["Id"]
        assert after[f"{EAST}/endpoint"]["Id"] in after[f"{EAST}/calculated"]["HealthCheckConfig"]["ChildHealthChecks"]
        assert _primary(world) == record
        assert "ChangeResourceRecordSets" not in calls
        assert calls.index("CreateHealthCheck") < calls.index("UpdateHealthCheck") < calls.index("DeleteHealthCheck")
        assert not converge(EAST, WEST, health_check=health_check)["changed"]


def test_a_new_load_balancer_takes_the_place_of_the_old_one(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    before = world.checks()
    elb = world.aws.client("elbv2", region=WEST)
    old = elb.describe_load_balancers(Names=[NAME])["LoadBalancers"][0]
    for listener in elb.describe_listeners(LoadBalancerArn=old["LoadBalancerArn"])["Listeners"]:
        elb.delete_listener(ListenerArn=listener["ListenerArn"])
    elb.delete_load_balancer(LoadBalancerArn=old["LoadBalancerArn"])
    elb.delete_target_group(TargetGroupArn=world.groups[WEST])
    missing = converge(EAST, WEST)
    assert missing["failed"]
    assert missing["not_ready"] == [{"region": WEST, "reason": f"there is no load balancer {NAME} in {WEST}"}]
    assert not missing["changed"]
    subnets = [zone["SubnetId"] for zone in old["AvailabilityZones"]]
    name = world.balance(WEST, old["VpcId"], subnets, OURS, targets=0)
    result = converge(EAST, WEST)
    assert addresses(result) == {"record_sets/failover", "record_sets/regional"}
    assert world.records()[f"{DOMAIN}.", f"hello/dev/{WEST}"]["AliasTarget"]["DNSName"] == f"{name}."
    assert world.checks() == before


# -- regions come and go


def test_a_third_region_extends_the_chain_and_leaves_it_again(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    world.deploy(OREGON)
    result = converge(EAST, WEST, OREGON)
    assert [item["role"] for item in result["regions"]] == ["primary", "secondary", "standby"]
    records = world.records()
    link = records[f"{DOMAIN}.", "hello/dev/standby-1"]
    assert link["Failover"] == "SECONDARY"
    assert link["AliasTarget"] == {
        "HostedZoneId": world.zone_id,
        "DNSName": f"standby-1.{DOMAIN}.",
        "EvaluateTargetHealth": True,
    }
    assert records[f"standby-1.{DOMAIN}.", f"hello/dev/{WEST}"]["Failover"] == "PRIMARY"
    assert records[f"standby-1.{DOMAIN}.", f"hello/dev/{OREGON}"]["Failover"] == "SECONDARY"
    assert len(world.checks()) == 12
    assert len(world.checks()[f"{OREGON}/calculated"]["HealthCheckConfig"]["ChildHealthChecks"]) == 3
    for region in (EAST, WEST):
        world.aws.observe("health_check", world.checks()[f"{region}/endpoint"]["Id"], "unhealthy")
    assert world.answers() == world.addresses(OREGON)
    assert not converge(EAST, WEST, OREGON)["changed"]
    converge(OREGON, state="absent")
    assert set(world.records()) == {
        (f"{DOMAIN}.", f"hello/dev/{EAST}"),
        (f"{DOMAIN}.", f"hello/dev/{WEST}"),
        (f"{EAST}.{DOMAIN}.", None),
        (f"{WEST}.{DOMAIN}.", None),
    }
    assert len(world.checks()) == 6
    assert not world.alarms(OREGON)
    assert not converge(EAST, WEST)["changed"]


def test_taking_out_the_first_region_leaves_the_second_as_primary(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    converge(EAST, WEST)
    mark = aws.requests.mark()
    result = converge(EAST, state="absent")
    writes = aws.requests.writes(mark)
    assert [item["name"] for item in result["regions"]] == [WEST]
    assert writes[0].operation == "ChangeResourceRecordSets"
    assert [call.operation for call in writes].count("ChangeResourceRecordSets") == 1
    assert world.records()[f"{DOMAIN}.", f"hello/dev/{WEST}"]["Failover"] == "PRIMARY"
    assert set(world.checks()) == {f"{WEST}/endpoint", f"{WEST}/calculated"}
    assert not world.alarms(EAST) | world.alarms(WEST)
    assert world.answers() == world.addresses(WEST)
    assert not converge(EAST, state="absent")["changed"]
    assert not converge(WEST)["changed"]


def test_a_region_that_is_not_listed_any_more_stays_and_is_named(
    world: World, converge: Converge, warnings: list[str]
) -> None:
    converge(EAST, WEST)
    before = world.everything()
    result = converge(WEST)
    assert not result["changed"]
    assert result["unlisted_regions"] == [EAST]
    assert any(EAST in warning and "--limit" in warning for warning in warnings)
    assert world.everything() == before


def test_priorities_swap_in_one_batch(world: World, converge: Converge, aws: Sandbox) -> None:
    converge(EAST, WEST)
    mark = aws.requests.mark()
    converge(WEST, EAST)
    assert [call.operation for call in aws.requests.writes(mark)] == ["ChangeResourceRecordSets"]
    assert world.answers() == world.addresses(WEST)


def test_a_region_that_is_not_ready_is_not_added_and_the_others_are_kept_up_to_date(
    world: World, converge: Converge
) -> None:
    converge(EAST, WEST)
    world.deploy(OREGON, targets=0)
    _delete_regional(world)
    result = converge(EAST, WEST, OREGON)
    assert result["failed"]
    assert OREGON in result["msg"]
    assert result["not_ready"] == [{"region": OREGON, "reason": f"no target is registered in target group {GROUP}"}]
    assert addresses(result) == {"record_sets/regional"}
    assert (f"{EAST}.{DOMAIN}.", None) in world.records()
    assert not [key for key in world.records() if OREGON in str(key)]
    assert not result.keys() ^ {*converge(EAST, WEST).keys(), "failed", "msg"}
    world.register(OREGON)
    assert len(converge(EAST, WEST, OREGON)["regions"]) == 3


def test_targets_that_are_sick_keep_a_region_out_but_do_not_take_it_out(
    world: World, converge: Converge, warnings: list[str]
) -> None:
    for number in range(2):
        world.aws.observe("target", f"10.10.0.{number + 10}", "unhealthy")
    eventually(lambda: "healthy" not in world.target_states(WEST) | world.target_states(EAST), what="no healthy target")
    result = converge(EAST, WEST)
    assert {item["region"] for item in result["not_ready"]} == {EAST, WEST}
    assert not result["changed"]
    lenient = converge(EAST, WEST, fail_when_not_ready=False)
    assert "failed" not in lenient
    assert any("no healthy target" in warning for warning in warnings)
    for number in range(2):
        world.aws.observe("target", f"10.10.0.{number + 10}", None)
    eventually(lambda: world.target_states(WEST) | world.target_states(EAST) == {"healthy"}, what="healthy targets")
    converge(EAST, WEST)
    for number in range(2):
        world.aws.observe("target", f"10.10.0.{number + 10}", "unhealthy")
    after = converge(EAST, WEST)
    assert not after["changed"]
    assert after["not_ready"] == []


def test_a_region_whose_api_fails_does_not_hold_up_the_others(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    _delete_regional(world)
    with world.aws.fail("AccessDenied", region=WEST, count=100):
        result = converge(EAST, WEST)
    assert result["failed"]
    assert [item["region"] for item in result["not_ready"]] == [WEST]
    assert "AccessDenied" in result["not_ready"][0]["reason"]
    assert addresses(result) == {"record_sets/regional"}
    assert len([key for key in world.records() if key[0] == f"{DOMAIN}."]) == 2
    assert not converge(EAST, WEST)["changed"]


# -- removal


def test_removal_leaves_nothing_and_making_it_again_works_at_once(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    foreign = {check["Id"] for check in world.route53.list_health_checks()["HealthChecks"]}
    converge(EAST, WEST)
    mark = aws.requests.mark()
    result = converge(state="absent")
    writes = [call.operation for call in aws.requests.writes(mark)]
    assert writes[0] == "ChangeResourceRecordSets"
    assert writes.count("ChangeResourceRecordSets") == 1
    assert result["regions"] == []
    assert not world.records()
    assert {check["Id"] for check in world.route53.list_health_checks()["HealthChecks"]} == foreign
    assert not world.alarms(EAST) | world.alarms(WEST)
    assert not converge(state="absent")["changed"]
    converge(EAST, WEST)
    assert world.answers() == world.addresses(EAST)


def test_removal_shows_every_deletion_in_a_dry_run(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    mark = world.aws.requests.mark()
    dry = converge(state="absent", check_mode=True)
    assert not world.aws.requests.writes(mark)
    assert dry["changes"] == converge(state="absent")["changes"]
    assert len(dry["changes"]) == 9


def test_taking_out_a_region_says_that_its_switch_let_go(world: World, converge: Converge, warnings: list[str]) -> None:
    converge(EAST, WEST)
    evict(world, EAST, 1, seat=WEST)
    assert world.answers() == world.addresses(WEST)
    result = converge(WEST, state="absent")
    assert result["released_switches"] == [{"region": EAST, "switch_in": WEST}]
    assert any(EAST in warning and "health decides" in warning for warning in warnings)
    assert world.answers() == world.addresses(EAST)


def evict(world: World, region: str, value: float, *, seat: str) -> None:
    """What `failover_switch` will do: a data point in another region."""
    dimensions = [
        {"Name": "Stack", "Value": "hello"},
        {"Name": "Environment", "Value": "dev"},
        {"Name": "Region", "Value": region},
    ]
    world.aws.client("cloudwatch", region=seat).put_metric_data(
        Namespace="everlook.failover", MetricData=[{"MetricName": "Evict", "Value": value, "Dimensions": dimensions}]
    )


# -- what others made


def test_what_looks_alike_is_not_touched(world: World, converge: Converge) -> None:
    config = {
        "Type": "HTTP",
        "FullyQualifiedDomainName": f"{EAST}.{DOMAIN}",
        "Port": 80,
        "ResourcePath": "/",
        "RequestInterval": 10,
        "FailureThreshold": 3,
    }
    twin = world.route53.create_health_check(
        CallerReference="elf/0000000000/us-east-1/endpoint/1", HealthCheckConfig=config
    )
    # Tags are easily copied; they say nothing about whose a check is.
    world.route53.change_tags_for_resource(
        ResourceType="healthcheck",
        ResourceId=twin["HealthCheck"]["Id"],
        AddTags=[{"Key": key, "Value": value} for key, value in OURS.items()],
    )
    neighbour = {**ALARM, "AlarmName": "hello-dev-switch-eu-west-1", "Dimensions": []}
    world.aws.client("cloudwatch", region=EAST).put_metric_alarm(**neighbour)
    world.change("CREATE", Name=f"www.{DOMAIN}", Type="A", TTL=60, ResourceRecords=[{"Value": "192.0.2.1"}])
    world.change("CREATE", Name=DOMAIN, Type="TXT", TTL=60, ResourceRecords=[{"Value": '"mine"'}])

    def foreign() -> tuple[t.Any, ...]:
        records = world.route53.list_resource_record_sets(HostedZoneId=world.zone_id)["ResourceRecordSets"]
        checks = world.route53.list_health_checks()["HealthChecks"]
        alarms = world.alarms(EAST)
        return (
            [record for record in records if record["Type"] in ("NS", "SOA", "TXT") or "www" in record["Name"]],
            [check for check in checks if check["Id"] == twin["HealthCheck"]["Id"]],
            _settings(alarms["hello-dev-switch-eu-west-1"]),
        )

    before = foreign()
    converge(EAST, WEST)
    ids = {check["Id"] for check in world.route53.list_health_checks()["HealthChecks"]}
    assert twin["HealthCheck"]["Id"] in ids
    assert _primary(world)["HealthCheckId"] != twin["HealthCheck"]["Id"]
    assert foreign() == before
    converge(WEST, state="absent")
    assert foreign() == before
    converge(state="absent")
    assert foreign() == before


def test_a_load_balancer_of_others_is_not_added(world: World, converge: Converge) -> None:
    world.deploy(OREGON, tags={})
    result = converge(EAST, WEST, OREGON)
    assert "is not this stack's" in result["not_ready"][0]["reason"]
    assert len(result["regions"]) == 2


def test_an_alarm_of_others_under_our_name_is_an_error_before_the_first_change(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    name = f"hello-dev-switch-{EAST}"
    world.aws.client("cloudwatch", region=WEST).put_metric_alarm(AlarmName=name, **ALARM)
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=name):
        converge(EAST, WEST)
    assert not aws.requests.writes(mark)


def test_a_simple_record_to_our_load_balancer_becomes_the_pair_in_one_batch(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    balancer = world.aws.client("elbv2", region=EAST).describe_load_balancers(Names=[NAME])["LoadBalancers"][0]
    alias = {
        "DNSName": f"dualstack.{balancer['DNSName']}",
        "HostedZoneId": balancer["CanonicalHostedZoneId"],
        "EvaluateTargetHealth": False,
    }
    world.change("CREATE", Name=DOMAIN, Type="A", AliasTarget=alias)
    mark = aws.requests.mark()
    converge(EAST, WEST)
    batches = [call for call in aws.requests.writes(mark) if call.operation == "ChangeResourceRecordSets"]
    assert len(batches) == 2, "the regional names, and the pair"
    assert [key[1] for key in world.records() if key[0] == f"{DOMAIN}."] == [f"hello/dev/{EAST}", f"hello/dev/{WEST}"]


_OF_OTHERS: t.Final = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "HTTPS": "1 . alpn=h2 ipv4hint=192.0.2.1",
    "CNAME": "elsewhere.example.net",
}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((DOMAIN, kind) for kind in ("A", "AAAA", "HTTPS")),
        *((f"{EAST}.{DOMAIN}", kind) for kind in ("A", "AAAA", "HTTPS", "CNAME")),
    ],
)
def test_a_record_of_others_is_an_error_before_the_first_change_or_replaced(
    name: str, kind: str, world: World, converge: Converge, aws: Sandbox
) -> None:
    world.change("CREATE", Name=name, Type=kind, TTL=60, ResourceRecords=[{"Value": _OF_OTHERS[kind]}])
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=rf"{kind} {name} .*\breplace_records to true"):
        converge(EAST, WEST)
    assert not aws.requests.writes(mark)
    converge(EAST, WEST, replace_records=True)
    batches = [call for call in aws.requests.writes(mark) if call.operation == "ChangeResourceRecordSets"]
    assert len(batches) == 2, "the regional names, and the pair"
    found = world.aws.client("route53").list_resource_record_sets(HostedZoneId=world.zone_id)["ResourceRecordSets"]
    here = [record for record in found if record["Name"] == f"{name}." and record["Type"] in _OF_OTHERS]
    assert {record["Type"] for record in here} == {"A"}
    assert all("AliasTarget" in record for record in here)
    assert not converge(EAST, WEST)["changed"]


def test_failover_records_of_others_are_replaced_in_one_batch(world: World, converge: Converge, aws: Sandbox) -> None:
    for role, region in (("PRIMARY", EAST), ("SECONDARY", WEST)):
        balancer = world.aws.client("elbv2", region=region).describe_load_balancers(Names=[NAME])["LoadBalancers"][0]
        alias = {
            "DNSName": balancer["DNSName"],
            "HostedZoneId": balancer["CanonicalHostedZoneId"],
            "EvaluateTargetHealth": True,
        }
        world.change("CREATE", Name=DOMAIN, Type="A", SetIdentifier=f"tf-{role}", Failover=role, AliasTarget=alias)
    with pytest.raises(ConflictError, match="replace_records"):
        converge(EAST, WEST)
    mark = aws.requests.mark()
    converge(EAST, WEST, replace_records=True)
    batches = [call for call in aws.requests.writes(mark) if call.operation == "ChangeResourceRecordSets"]
    assert len(batches) == 2, "the regional names, and the pair"
    assert [key[1] for key in world.records() if key[0] == f"{DOMAIN}."] == [f"hello/dev/{EAST}", f"hello/dev/{WEST}"]


# -- failures on the way


def test_a_lost_answer_makes_nothing_twice(world: World, converge: Converge) -> None:
    operations = ("ChangeResourceRecordSets", "CreateHealthCheck", "ChangeTagsForResource", "PutMetricAlarm")
    faults = [world.aws.cut(after=True, operation=operation) for operation in operations]
    converge(EAST, WEST)
    assert [fault.fired for fault in faults] == [1, 1, 1, 1]
    assert len(world.checks()) == 6
    assert not converge(EAST, WEST)["changed"]


def test_a_run_that_fails_midway_is_completed_by_the_next(world: World, converge: Converge) -> None:
    for nth in range(1, 19, 3):
        with (
            world.aws.fail("AccessDenied", write=True, nth=nth, count=100),
            pytest.raises(ApplyError, match="AccessDenied") as failure,
        ):
            converge(EAST, WEST)
        assert failure.value.not_done
        converge(EAST, WEST)
        assert len(world.checks()) == 6
        assert world.answers() == world.addresses(EAST)
        assert not converge(EAST, WEST)["changed"]
        converge(state="absent")
        assert not world.checks()


def test_a_stack_of_many_regions_slows_down_to_what_route53_answers(
    world: World, converge: Converge, aws: Sandbox, contexts: Contexts
) -> None:
    """Five calls a second of an account on AWS, and a health check for each pair of regions."""
    regions = (EAST, WEST, "eu-west-1", "eu-central-1", "ap-southeast-2")
    for region in regions[2:]:
        world.deploy(region)
    mark = aws.requests.mark()
    aws.limit_rate("route53", 10.0)
    converge(*regions)
    assert not converge(*regions)["changed"]
    aws.clear_faults()
    contexts.forget()
    assert len(world.checks()) == 5 + 20 + 5
    calls = [call for call in aws.requests.since(mark) if call.service == "route53"]
    refused = [call for call in calls if call.error == "Throttling"]
    assert refused
    assert len(refused) < len(calls) / 2


# -- failover_info


class Ask(t.Protocol):
    def __call__(self, **params: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def ask(run_job: RunJob) -> Ask:
    def run(**params: t.Any) -> dict[str, t.Any]:
        return run_job(info.JOB, zone=DOMAIN, services=["hello"], **params)

    return run


def test_info_says_who_serves_in_few_calls(world: World, converge: Converge, ask: Ask, aws: Sandbox) -> None:
    converge(EAST, WEST)
    mark = aws.requests.mark()
    found = ask(zone_id=world.zone_id, regions=[{"name": EAST}, {"name": WEST}])
    assert len(aws.requests.since(mark)) <= 11
    assert not aws.requests.writes(mark)
    assert found["serving"] == EAST
    assert found["url"] == f"http://{DOMAIN}/"
    assert found["answers"]
    assert set(found["answer"]["values"]) == world.addresses(EAST)
    assert [item["summary"] for item in found["regions"]] == [
        "serves, 2 of 2 targets healthy",
        "stands by, 2 of 2 targets healthy",
    ]
    assert found["problems"] == []
    assert all(switch["healthy"] for item in found["regions"] for switch in item["switches"].values())
    by_name = ask()
    # Of regions that are not named, alarms do not tell which switches were never set: Route 53 is asked for all.
    for item in (*found["regions"], *by_name["regions"]):
        item["switches"] = {seat: switch["healthy"] for seat, switch in item["switches"].items()}
    assert by_name == {**found, "answer": by_name["answer"]}


def test_info_explains_a_failover_and_both_down(world: World, converge: Converge, ask: Ask) -> None:
    converge(EAST, WEST)
    checks = world.checks()
    world.aws.observe("health_check", checks[f"{EAST}/endpoint"]["Id"], "unhealthy")
    found = ask()
    assert found["serving"] == WEST
    assert set(found["answer"]["values"]) == world.addresses(WEST)
    assert "health checkers fail: " in found["serving_reason"]
    assert found["regions"][0]["endpoint"]["healthy_checkers"] == 0
    assert not found["regions"][0]["health_check"]["healthy"]
    world.aws.observe("health_check", checks[f"{WEST}/endpoint"]["Id"], "unhealthy")
    both = ask()
    assert both["serving"] == EAST
    assert set(both["answer"]["values"]) == world.addresses(EAST)
    assert "no region is healthy" in both["serving_reason"]


def test_info_sees_a_switch_and_its_alarm(world: World, converge: Converge, ask: Ask) -> None:
    converge(EAST, WEST)
    evict(world, EAST, 1, seat=WEST)
    found = ask(alarms=True)
    assert found["serving"] == WEST
    assert set(found["answer"]["values"]) == world.addresses(WEST)
    assert found["regions"][0]["reasons"] == [f"evicted by the switch in {WEST}"]
    assert not found["regions"][0]["switches"][WEST]["healthy"]
    assert found["regions"][1]["alarms"][0]["evicts"] == EAST
    assert found["problems"] == []


def test_info_sees_sick_targets_and_regions_that_are_not_in_dns(world: World, converge: Converge, ask: Ask) -> None:
    converge(EAST)
    elb = world.aws.client("elbv2", region=EAST)
    addresses_ = [{"Id": f"10.10.0.{number + 10}", "Port": 80} for number in range(2)]
    elb.deregister_targets(TargetGroupArn=world.groups[EAST], Targets=addresses_)
    eventually(lambda: "draining" not in world.target_states(EAST), what="the end of draining")
    found = ask(regions=[{"name": EAST}, {"name": WEST}, {"name": OREGON}])
    assert [item["role"] for item in found["regions"]] == ["primary", "not in DNS", "not in DNS"]
    assert found["serving"] == EAST
    assert found["problems"] == [f"{EAST}: no target is registered with its load balancer"]
    assert found["regions"][1]["targets"]["healthy"] == 2
    assert found["regions"][2]["targets"]["missing"] == f"there is no target group {GROUP} in {OREGON}"
    assert (found["regions"][2]["healthy"], found["regions"][2]["targets"]["problem"]) == (False, "")


def test_info_of_nothing(aws: Sandbox, ask: Ask) -> None:
    found = ask(regions=[{"name": EAST}])
    assert found["serving"] is None
    assert found["serving_reason"] == "no region is in DNS"
    assert not found["answers"]
    assert found["regions"][0]["summary"].startswith("not in DNS")
    del aws
