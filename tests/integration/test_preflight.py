# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight against the local AWS: what it asks, and what it refuses."""

from __future__ import annotations

import collections
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws import stack_names
from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner, tag_list
from ansible_collections.everlook.failover.plugins.module_utils._preflight.job import JOB
from sandbox import Sandbox
from tests.sampling import every_third
from tests.unit.preflight.test_checks import VALUES, with_options

from .conftest import RunJob

pytestmark = pytest.mark.once

EAST = {"name": "us-east-1", "priority": 1, "cidr": "10.10.0.0/16"}
WEST = {"name": "us-west-1", "priority": 2, "cidr": "10.20.0.0/16"}
OWN_EGRESS = {"app_own_egress": True}
FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
INVENTORY: dict[str, t.Any] = {
    "account_id": "111111111111",
    "regions": [EAST, WEST],
    "values": {"vpc": VALUES["vpc"]},
}


def network(**options: t.Any) -> dict[str, t.Any]:
    return {"vpc": {**VALUES["vpc"], **options}}


@pytest.fixture
def refuse(run_job: RunJob, aws: Sandbox) -> t.Callable[..., list[str]]:
    """Runs preflight, and returns what it refuses, as one string a problem."""

    def run(**params: t.Any) -> list[str]:
        mark = aws.requests.mark()
        mistakes: list[str] = run_job(JOB, **{**INVENTORY, **params})["mistakes"]
        assert aws.requests.writes(mark) == []
        return mistakes

    return run


def calls(aws: Sandbox, mark: int) -> collections.Counter[str]:
    return collections.Counter(record.operation for record in aws.requests.since(mark))


def tagged(
    aws: Sandbox, region: str, *, environment: str = "dev", component: str = "network", resources: t.Sequence[str]
) -> None:
    tags = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": environment, "Component": component}
    aws.client("ec2", region=region).create_tags(
        Resources=list(resources), Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
    )


def make_vpc(aws: Sandbox, region: str) -> str:
    vpc: str = aws.client("ec2", region=region).create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    return vpc


def fill_vpcs(aws: Sandbox, region: str) -> None:
    """Up to the five that a new account may have."""
    for _number in range(len(aws.client("ec2", region=region).describe_vpcs()["Vpcs"]), 5):
        make_vpc(aws, region)


def fill_zone(aws: Sandbox, zone: str) -> None:
    """Five foreign NAT gateways in one zone."""
    ec2 = aws.client("ec2", region=zone[:-1])
    vpc = ec2.create_vpc(CidrBlock="192.168.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="192.168.1.0/24", AvailabilityZone=zone)["Subnet"]
    for _number in range(5):
        ec2.create_nat_gateway(SubnetId=subnet["SubnetId"], ConnectivityType="private")


def test_nothing_is_asked_of_a_region_without_a_regions_name(refuse: t.Callable[..., list[str]], aws: Sandbox) -> None:
    mark = aws.requests.mark()
    (mistake,) = refuse(regions=[EAST, {**WEST, "name": "oregon"}])
    assert mistake.startswith("regions (oregon): is not the name of an AWS region.")
    assert {record.region for record in aws.requests.since(mark)} == {"us-east-1"}


def test_a_good_inventory_passes_on_an_empty_account(run_job: RunJob, aws: Sandbox) -> None:
    mark = aws.requests.mark()
    result = run_job(JOB, **INVENTORY)
    assert (result["changed"], result["mistakes"]) == (False, [])
    assert result["account_id"] == "111111111111"
    assert ":111111111111:" in result["caller_arn"]
    assert aws.requests.writes(mark) == []


def test_with_nothing_to_create_it_asks_once_and_once_a_region(run_job: RunJob, aws: Sandbox) -> None:
    for region in ("us-east-1", "us-west-1"):
        vpc = make_vpc(aws, region)
        group = aws.client("ec2", region=region).create_security_group(GroupName="x", Description="x", VpcId=vpc)
        tagged(aws, region, resources=[vpc, group["GroupId"]])
    mark = aws.requests.mark()
    run_job(JOB, **{**INVENTORY, "values": network(nat_gateways="none")})
    assert calls(aws, mark) == {"GetCallerIdentity": 1, "DescribeTags": 2}


def test_a_service_that_the_inventory_has_lost_is_told(run_job: RunJob, aws: Sandbox) -> None:
    """No other call tells of it, and of a group that is gone AWS still has the tags for a while."""
    vpc = make_vpc(aws, "us-west-1")
    ec2 = aws.client("ec2", region="us-west-1")
    tagged(aws, "us-west-1", resources=[vpc])
    # A service may be called like the stack, whose name is in the answer anyway.
    for name in ("web", "api", "no name", "hello"):
        group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        tagged(aws, "us-west-1", resources=[group], component=name)
    values = {**network(nat_gateways="none"), "ecs_service": {"name": "web"}}
    warnings: list[str] = []
    mark = aws.requests.mark()
    result = run_job(JOB, **{**INVENTORY, "values": values}, only=["us-west-1"], tags=["all"], warnings=warnings)
    assert calls(aws, mark)["DescribeSecurityGroups"] == 1
    # None of the containers that the inventory has for the services in it
    assert result["other_services"] == [
        {"name": name, "containers": [], "container_name": None, "container_port": None} for name in ("api", "hello")
    ]
    (warning,) = (text for text in warnings if "api" in text)
    assert warning.startswith("The service api of hello in dev is not in the inventory, but in us-west-1.")


def test_a_service_that_takes_the_place_of_a_lost_one_is_refused(
    refuse: t.Callable[..., list[str]], aws: Sandbox
) -> None:
    """Such as the only one, renamed. Rules are read only of a region that has lost a service and gets a new one."""
    vpc, ec2, elb = make_vpc(aws, "us-east-1"), aws.client("ec2"), aws.client("elbv2")
    listener = elb.create_listener(
        LoadBalancerArn=make_balancer(aws, vpc)["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[FIXED],
    )["Listeners"][0]["ListenerArn"]
    tagged(aws, "us-east-1", resources=[vpc])
    group = ec2.create_security_group(GroupName="old", Description="old", VpcId=vpc)["GroupId"]
    tagged(aws, "us-east-1", resources=[group], component="old")
    everywhere = [{"Field": "path-pattern", "Values": ["*"]}]
    rule = elb.create_rule(ListenerArn=listener, Priority=50000, Conditions=everywhere, Actions=[FIXED])["Rules"][0]
    owner = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev", "Component": "old"}
    elb.add_tags(ResourceArns=[rule["RuleArn"]], Tags=[{"Key": key, "Value": owner[key]} for key in owner])
    values = with_options(vpc__nat_gateways="none")
    params = {"tags": ["all"], "variables": OWN_EGRESS, "only": ["us-east-1"]}
    (mistake,) = refuse(values=values, **params)
    assert mistake.startswith(
        "ecs_service_rule_priority: 50000 is that of the service old, which is not in the inventory and still takes "
        "requests. Put old back; or set a smaller number, so that hello takes them"
    )
    services = [{"name": "web", "decides_failover": True}]
    named = {**params, "variables": {**OWN_EGRESS, "app_services": services}}
    (mistake,) = refuse(values=values, services=services, **named)
    assert mistake.startswith("app_services[web].rule_priority: 50000 is that of the service old")
    assert refuse(values=values, services=[{"name": "hello", "rule_priority": 49999}], **params) == []
    mark = aws.requests.mark()
    assert refuse(values=values, services=[{"name": "old"}], **params) == []
    assert refuse(values=values, **{**params, "tags": ["route53_failover"]}) == []
    assert "DescribeRules" not in calls(aws, mark)


def test_what_cannot_be_changed_is_looked_up_only_where_the_last_report_differs(
    refuse: t.Callable[..., list[str]], aws: Sandbox
) -> None:
    vpc = make_vpc(aws, "us-east-1")
    group = aws.client("ec2").create_security_group(GroupName="x", Description="x", VpcId=vpc)["GroupId"]
    tagged(aws, "us-east-1", resources=[vpc])
    tagged(aws, "us-east-1", resources=[group], component="hello")
    owner = Owner(stack="hello", environment="dev", component="hello")
    aws.client("elbv2").create_target_group(
        Name=stack_names.target_group(owner),
        Protocol="HTTPS",
        Port=80,
        VpcId=vpc,
        TargetType="ip",
        Tags=tag_list(owner.tags("target_group/main")),
    )
    values = with_options(vpc__nat_gateways="none")
    params: dict[str, t.Any] = {"values": values, "variables": OWN_EGRESS, "only": ["us-east-1"], "tags": ["all"]}
    cidr, protocols = "10.99.0.0/16", {"hello": "HTTPS", "other": "HTTPS"}
    network_refused, service_refused = refuse(**params, deployed={"cidr": cidr, "target_protocols": protocols})
    assert network_refused.startswith(f"vpc_cidr of us-east-1: is {values['vpc']['cidr']}, but {vpc} in us-east-1 has ")
    assert network_refused.endswith(f"Write {cidr}, or destroy this region and deploy it again.")
    assert service_refused.startswith("ecs_service_target_protocol: is HTTP, but the target group arn:")
    assert service_refused.endswith("Set it back; or remove the service (state absent) and deploy it again.")
    # A report that AWS disproves, and of another region
    assert refuse(**params, deployed={"target_protocols": {"hello": "TCP"}, "cidr": "10.10.0.0/24"})
    mark = aws.requests.mark()
    same = {"cidr": values["vpc"]["cidr"], "target_protocols": {"hello": "HTTP", "other": "HTTPS"}}
    for deployed in ({}, same, {"cidr": None, "target_protocols": "HTTPS"}):
        assert refuse(**params, deployed=deployed) == []
    assert {"DescribeVpcs", "DescribeTargetGroups"}.isdisjoint(calls(aws, mark))
    assert refuse(**{**params, "tags": ["cloudwatch_alarms"]}, deployed={"cidr": cidr}) == []


def test_another_environments_vpc_is_not_ours(run_job: RunJob, aws: Sandbox) -> None:
    tagged(aws, "us-west-1", environment="prod", resources=[make_vpc(aws, "us-west-1")])
    mark = aws.requests.mark()
    run_job(JOB, **{**INVENTORY, "values": network(nat_gateways="none")}, only=["us-west-1"])
    assert calls(aws, mark) == {"GetCallerIdentity": 1, "DescribeTags": 1, "DescribeVpcs": 1, "GetServiceQuota": 1}


def test_a_wrong_account_is_refused_with_both_ids(refuse: t.Callable[..., list[str]]) -> None:
    (message,) = refuse(account_id="222222222222")
    assert message.startswith("app_account_id: ")
    assert "222222222222" in message
    assert "111111111111" in message
    assert "AWS_PROFILE" in message


def test_all_problems_come_at_once(refuse: t.Callable[..., list[str]]) -> None:
    found = refuse(account_id="222222222222", values=network(zone_count=99), regions=[EAST, EAST])
    assert [line.partition(":")[0].partition(" of ")[0] for line in found] == [
        "failover_priority",
        "vpc_cidr",
        "vpc_zone_count",
        "app_account_id",
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [("ExpiredToken", "have expired"), ("InvalidClientTokenId", "Check the credentials in the environment")],
)
def test_bad_credentials_are_one_problem(
    refuse: t.Callable[..., list[str]], aws: Sandbox, code: str, words: str
) -> None:
    aws.fail(code, count=100, status=403)
    (message,) = refuse()
    assert message.startswith("credentials: GetCallerIdentity in us-east-1")
    assert words in message


def test_a_region_that_does_not_answer_can_be_left_out(refuse: t.Callable[..., list[str]], aws: Sandbox) -> None:
    aws.break_region("us-east-1")
    (message,) = refuse(regions=[EAST])
    assert message.startswith("regions (us-east-1): AWS could not be called in us-east-1: ")
    assert message.endswith("Run this again once it answers; until then, --limit '!us-east-1' leaves the region out.")


def test_missing_credentials_are_one_problem(
    run_job: RunJob, aws: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: t.Any
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    mark = aws.requests.mark()
    (problem,) = run_job(JOB, **INVENTORY, access_key=None, secret_key=None)["mistakes"]
    assert problem.startswith("credentials: no AWS credentials found.")
    assert aws.requests.since(mark) == []


@pytest.mark.parametrize("broken", ["us-east-1", "us-west-1"])
@pytest.mark.parametrize("alone", [True, False])
def test_a_region_that_is_not_enabled_is_no_matter_of_credentials(
    refuse: t.Callable[..., list[str]], aws: Sandbox, broken: str, alone: bool
) -> None:
    """Playbooks look at one region at a time."""
    aws.disable_region(broken)
    (message,) = refuse(only=[broken] if alone else ["us-east-1", "us-west-1"])
    assert message.startswith(f"regions ({broken}): the region is not enabled in this account (not-opted-in).")
    assert f"aws account enable-region --region-name {broken}" in message


def test_a_region_that_there_is_not_is_told_so(refuse: t.Callable[..., list[str]], aws: Sandbox) -> None:
    aws.disable_region("us-west-9")
    nowhere = {**WEST, "name": "us-west-9"}
    (message,) = refuse(regions=[EAST, nowhere], only=["us-west-9"])
    assert message.startswith("regions (us-west-9): there is no such region.")


def test_a_region_that_is_enabled_and_refuses_is_not_to_be_enabled(
    refuse: t.Callable[..., list[str]], aws: Sandbox
) -> None:
    aws.fail("AuthFailure", operation="DescribeTags", region="us-west-1", count=100, status=401)
    (message,) = refuse(only=["us-west-1"])
    assert "although it is enabled" in message


def test_a_permission_that_is_missing_is_not_taken_for_a_disabled_region(
    refuse: t.Callable[..., list[str]], aws: Sandbox
) -> None:
    aws.fail("UnauthorizedOperation", operation="DescribeTags", region="us-west-1", count=100, status=403)
    (message,) = refuse()
    assert message.startswith("regions (us-west-1): cannot be used: DescribeTags in us-west-1: UnauthorizedOperation")
    assert "docs/iam.md" in message


def test_a_full_quota_for_vpcs_is_refused(refuse: t.Callable[..., list[str]], aws: Sandbox) -> None:
    fill_vpcs(aws, "us-west-1")
    (message,) = refuse()
    assert message.startswith("quota 'VPCs per Region' (L-F678F1CE) in us-west-1: allows 5 VPCs; 5 are in use")


def test_a_full_region_outside_the_run_is_no_problem(run_job: RunJob, aws: Sandbox) -> None:
    fill_vpcs(aws, "us-west-1")
    assert run_job(JOB, **INVENTORY, only=["us-east-1"])["mistakes"] == []


def test_a_raised_quota_for_vpcs_is_asked_for_and_enough(run_job: RunJob, aws: Sandbox) -> None:
    fill_vpcs(aws, "us-west-1")
    aws.client("service-quotas", region="us-west-1").request_service_quota_increase(
        ServiceCode="vpc", QuotaCode="L-F678F1CE", DesiredValue=9
    )
    assert run_job(JOB, **INVENTORY)["mistakes"] == []


def test_a_quota_that_may_not_be_read_is_a_warning(run_job: RunJob, aws: Sandbox) -> None:
    fill_vpcs(aws, "us-west-1")
    aws.fail("AccessDeniedException", operation="GetServiceQuota", region="us-west-1", count=100)
    warnings: list[str] = []
    assert run_job(JOB, **INVENTORY, only=["us-west-1"], warnings=warnings)["mistakes"] == []
    (warning,) = warnings
    assert warning.startswith(
        "Quotas in us-west-1 could not be read and may be hit ('VPCs per Region', 'EC2-VPC Elastic IPs', "
        "'NAT gateways per Availability Zone'): GetServiceQuota in us-west-1: AccessDeniedException"
    )


def test_a_full_quota_for_addresses_is_refused(refuse: t.Callable[..., list[str]], aws: Sandbox) -> None:
    ec2 = aws.client("ec2", region="us-east-1")
    for _number in range(4):
        ec2.allocate_address(Domain="vpc")
    (message,) = refuse()
    assert "allows 5 Elastic IP addresses; 4 are in use and 2 more needed" in message
    assert "vpc_nat_gateways" in message


def test_addresses_that_are_ours_already_need_no_room(run_job: RunJob, aws: Sandbox) -> None:
    ec2 = aws.client("ec2", region="us-east-1")
    addresses = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _number in range(5)]
    tagged(aws, "us-east-1", resources=[make_vpc(aws, "us-east-1"), *addresses[:2]])
    assert run_job(JOB, **INVENTORY, only=["us-east-1"])["mistakes"] == []


def test_a_full_quota_for_nat_gateways_names_the_zone(refuse: t.Callable[..., list[str]], aws: Sandbox) -> None:
    fill_zone(aws, "us-east-1b")
    (message,) = refuse(only=["us-east-1"])
    assert message.startswith("quota 'NAT gateways per Availability Zone' (L-FE5A380F) in us-east-1: ")
    assert "NAT gateways in us-east-1b; 5 are in use" in message


def test_a_full_zone_that_is_not_used_is_no_problem(run_job: RunJob, aws: Sandbox) -> None:
    fill_zone(aws, "us-east-1b")
    for values in (network(nat_gateways="single"), network(zones=["us-east-1a", "us-east-1c"])):
        assert run_job(JOB, **{**INVENTORY, "values": values}, only=["us-east-1"])["mistakes"] == []


def whole(**options: t.Any) -> dict[str, t.Any]:
    """All layers, in a region that has nothing yet."""
    return {"values": with_options(**options), "only": ["us-east-1"], "tags": ["all"]}


@pytest.mark.parametrize(
    ("code", "allowed", "words"),
    every_third(
        [
            ("L-F678F1CE", 1, "'VPCs per Region' (L-F678F1CE) in us-east-1: allows 1 VPCs; "),
            ("L-53DA6B97", 0, "allows 0 Application Load Balancers; 0 are in use and 1 more needed"),
            ("L-B22855CB", 0, "allows 0 target groups"),
            ("L-7EED9B64", 0, "allows 0 rules"),
            ("L-3032A538", 0, "allows 0 vCPUs of Fargate; 0 are in use and 0.5 more needed"),
            ("L-ACB674F3", 5, "allows 5 in the account; 2 are in use, and 2 regions need 6 more"),
        ]
    ),
)
def test_a_young_account_has_less_than_the_default(
    refuse: t.Callable[..., list[str]], aws: Sandbox, code: str, allowed: int, words: str
) -> None:
    aws.set_quota(code, allowed)
    (message,) = refuse(**whole())
    assert words in message
    assert f"--quota-code {code} --desired-value " in message


def test_vcpus_are_those_of_all_tasks(refuse: t.Callable[..., list[str]], aws: Sandbox) -> None:
    aws.set_quota("L-3032A538", 1)
    (message,) = refuse(**whole(ecs_service__desired_count=5))
    assert "allows 1 vCPUs of Fargate; 0 are in use and 1.25 more needed" in message
    assert "app_cpu or app_desired_count" in message


def test_taking_down_looks_at_no_quota(run_job: RunJob, aws: Sandbox) -> None:
    fill_vpcs(aws, "us-west-1")
    mark = aws.requests.mark()
    run_job(JOB, **INVENTORY, state="absent")
    assert calls(aws, mark) == {"GetCallerIdentity": 1, "DescribeTags": 2}


def test_one_region_is_told_to_be_alone(run_job: RunJob) -> None:
    warnings: list[str] = []
    run_job(JOB, **{**INVENTORY, "regions": [EAST]}, warnings=warnings)
    assert warnings == ["The inventory has one region, us-east-1: there is nothing to fail over to."]


def delegate_elsewhere(aws: Sandbox) -> None:
    """The parent zone delegates the environment's name to somebody's zone."""
    route53 = aws.client("route53", account="management")
    zones = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
    parent = next(zone["Id"] for zone in zones if not zone["Config"]["PrivateZone"])
    servers = [{"Value": "ns1.example.net"}]
    record = {"Name": "dev.example.com", "Type": "NS", "TTL": 300, "ResourceRecords": servers}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=parent, ChangeBatch=batch)


def with_delegation(**options: t.Any) -> dict[str, t.Any]:
    return {"values": {"route53_zone_delegation": {**VALUES["route53_zone_delegation"], **options}, **network()}}


def test_a_name_that_the_parent_delegates_to_others_is_refused_once(
    refuse: t.Callable[..., list[str]], aws: Sandbox
) -> None:
    delegate_elsewhere(aws)
    (message,) = refuse(tags=["all"], **with_delegation())
    assert message.startswith("app_domain: example.com delegates dev.example.com to ns1.example.net")
    assert "route53_zone_delegation_replace_records" in message


def test_a_name_may_be_taken_over_on_consent(refuse: t.Callable[..., list[str]], aws: Sandbox) -> None:
    delegate_elsewhere(aws)
    assert refuse(tags=["all"], **with_delegation(replace_records=True)) == []


def test_a_delegation_that_drifted_from_a_zone_of_the_account_is_set_right(
    refuse: t.Callable[..., list[str]], aws: Sandbox
) -> None:
    """As after a first run that was killed."""
    delegate_elsewhere(aws)
    aws.client("route53").create_hosted_zone(Name="dev.example.com", CallerReference="any")
    assert refuse(tags=["all"], **with_delegation()) == []


def run_service(aws: Sandbox, region: str, count: int) -> None:
    """A service as a run leaves it, as far as preflight looks at it."""
    ecs = aws.client("ecs", region=region)
    ecs.create_cluster(clusterName="hello-dev-hello")
    ecs.register_task_definition(
        family="hello-dev-hello",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "hello", "image": "nginx"}],
    )
    subnet = aws.client("ec2", region=region).describe_subnets()["Subnets"][0]["SubnetId"]
    ecs.create_service(
        cluster="hello-dev-hello",
        serviceName="hello-dev-hello",
        taskDefinition="hello-dev-hello",
        desiredCount=count,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )


def test_a_standby_is_compared_with_the_first_region_where_the_inventory_says_what_it_has_to_carry(
    refuse: t.Callable[..., list[str]], aws: Sandbox
) -> None:
    for region, count in (("us-east-1", 4), ("us-west-1", 3)):
        tagged(aws, region, resources=[make_vpc(aws, region)])
        run_service(aws, region, count)
    values = with_options(vpc__nat_gateways="none", ecs_service__desired_count=2)
    egress = {"app_own_egress": True}
    west: dict[str, t.Any] = {"only": ["us-west-1"], "values": values, "tags": ["all"], "variables": egress}
    mark = aws.requests.mark()
    assert refuse(**west) == []
    before = calls(aws, mark)
    mark = aws.requests.mark()
    [mistake] = refuse(**west, standby_capacity="full")
    assert mistake == (
        "app_desired_count: 2 would take tasks from a standby: it needs 4 and would run 2 without load (us-east-1 runs "
        "4). Raise it, or say in standby_capacity what is enough."
    )
    # GetServiceQuota once for all that may run; the service is new to EC2, by which preflight knows what there is.
    more = {"DescribeServices": 2, "GetMetricData": 1, "DescribeTargetGroups": 1, "GetServiceQuota": 1}
    assert calls(aws, mark) - before == more
    assert refuse(**west, standby_capacity="50%") == []
    assert refuse(**{**west, "only": ["us-east-1"]}, standby_capacity="full") == []


def test_a_strategy_waits_until_no_record_asks_for_targets(refuse: t.Callable[..., list[str]], aws: Sandbox) -> None:
    """Nothing is asked without one, of a run that changes no services, and in a first deployment."""
    vpc = make_vpc(aws, "us-east-1")
    tagged(aws, "us-east-1", resources=[vpc])
    zone = aws.client("route53").create_hosted_zone(Name="dev.example.com", CallerReference="any")["HostedZone"]["Id"]
    balancer = make_balancer(aws, vpc)
    point_at(aws, zone, balancer, evaluated=True)
    strategy = {"type": "blue_green", "bake_time": 0}
    judged = {"ecs_service__evaluate_target_health": False, "route53_failover__evaluate_target_health": False}
    rolling = with_options(vpc__nat_gateways="none", **judged)
    shifting = with_options(vpc__nat_gateways="none", ecs_service__deployment_strategy=strategy, **judged)
    params = {"tags": ["all"], "variables": {"app_own_egress": True}, "find_target_health": True, "only": ["us-east-1"]}
    mark = aws.requests.mark()
    assert refuse(values=rolling, **params) == []
    assert refuse(values=shifting, **{**params, "find_target_health": False}) == []
    assert refuse(values=shifting, **{**params, "tags": ["route53_failover"]}) == []
    assert not {"ListHostedZonesByName", "ListResourceRecordSets"} & {*calls(aws, mark)}
    mark = aws.requests.mark()
    (mistake,) = refuse(values=shifting, **params)
    assert mistake.startswith("ecs_service_deployment_strategy: gives hello a second target group")
    assert calls(aws, mark)["ListResourceRecordSets"] == 1
    point_at(aws, zone, balancer, evaluated=False)
    assert refuse(values=shifting, **params) == []
    # A service that has two is no reason to leave a record as somebody has set it.
    point_at(aws, zone, balancer, evaluated=True)
    group = {"Name": "hello-dev-hello-alternate", "Protocol": "HTTP", "Port": 80, "VpcId": vpc, "TargetType": "ip"}
    aws.client("elbv2").create_target_group(**group)
    assert refuse(values=shifting, **params) == []


def point_at(aws: Sandbox, zone: str, balancer: dict[str, t.Any], *, evaluated: bool) -> None:
    """The record by which the first region serves."""
    alias = {"HostedZoneId": balancer["CanonicalHostedZoneId"], "DNSName": balancer["DNSName"]}
    check = aws.client("route53").list_health_checks()["HealthChecks"] or [
        aws.client("route53").create_health_check(
            CallerReference="any", HealthCheckConfig={"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80}
        )["HealthCheck"]
    ]
    record = {
        "Name": "dev.example.com",
        "Type": "A",
        "SetIdentifier": "hello/dev/us-east-1",
        "Failover": "PRIMARY",
        "HealthCheckId": check[0]["Id"],
        "AliasTarget": {**alias, "EvaluateTargetHealth": evaluated},
    }
    aws.client("route53").change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    )


def make_balancer(aws: Sandbox, vpc: str) -> dict[str, t.Any]:
    subnets = [
        aws.client("ec2").create_subnet(VpcId=vpc, CidrBlock=f"10.99.{place}.0/24", AvailabilityZone=f"us-east-1{zone}")
        for place, zone in enumerate("ab")
    ]
    ids = [each["Subnet"]["SubnetId"] for each in subnets]
    answer = aws.client("elbv2").create_load_balancer(Name="hello-dev", Scheme="internal", Subnets=ids)
    return dict(answer["LoadBalancers"][0])


def test_a_first_region_that_does_not_answer_holds_up_nobody(run_job: RunJob, aws: Sandbox) -> None:
    tagged(aws, "us-west-1", resources=[make_vpc(aws, "us-west-1")])
    aws.fail("ServerException", operation="DescribeServices", region="us-east-1", count=100, status=500)
    values = with_options(vpc__nat_gateways="none")
    params = {**INVENTORY, "only": ["us-west-1"], "values": values, "tags": ["all"], "standby_capacity": "full"}
    params["variables"] = {"app_own_egress": True}
    warnings: list[str] = []
    assert run_job(JOB, **params, warnings=warnings)["mistakes"] == []
    (warning,) = warnings
    assert warning.startswith("Whether us-west-1 could carry what us-east-1 carries is not known: ")


def test_tags_of_images_are_looked_up_once_for_all_regions(
    run_job: RunJob, aws: Sandbox, refuse: t.Callable[..., list[str]]
) -> None:
    image = "111111111111.dkr.ecr.{region}.amazonaws.com/shop:1"
    containers = [{**VALUES["ecs_service"]["containers"][0], "image": image}]
    pinned = with_options(ecs_service__containers=containers, ecs_service__pin_images=True)
    params = {"values": pinned, "find_digests": True, "only": ["us-east-1"], "tags": ["ecs_service"]}
    (gone,) = refuse(**params)
    assert gone.startswith("app_image: there is no image 111111111111.dkr.ecr.us-east-1.amazonaws.com/shop:1, 1111")
    kind = "application/vnd.oci.image.manifest.v1+json"

    def push(region: str, layer: str) -> str:
        ecr = aws.client("ecr", region=region)
        if not ecr.describe_repositories()["repositories"]:
            ecr.create_repository(repositoryName="shop")
        manifest = {"schemaVersion": 2, "mediaType": kind, "config": {"digest": layer, "size": 1}, "layers": []}
        answer = ecr.put_image(repositoryName="shop", imageManifest=json.dumps(manifest), imageTag="1")
        return str(answer["image"]["imageId"]["imageDigest"])

    first, second = push("us-east-1", "a"), push("us-west-1", "b")
    (unlike,) = refuse(**params)
    assert f"{image} is not the same in all regions: {first} in us-east-1; {second} in us-west-1." in unlike
    assert "Wait until it is replicated" in unlike
    push("us-west-1", "a")
    found = run_job(JOB, **{**INVENTORY, **params})["image_digests"]
    assert found == {image.replace("{region}", region): first for region in ("us-east-1", "us-west-1")}
    mark = aws.requests.mark()
    by_tag = with_options(ecs_service__containers=containers)
    assert run_job(JOB, **{**INVENTORY, **params, "values": by_tag})["image_digests"] == {}
    assert calls(aws, mark)["DescribeImages"] == 0
