# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer alb against the local AWS, seen with boto3."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ApplyError,
    ConflictError,
    FailoverError,
    SpecError,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown
from sandbox import Sandbox

from .conftest import RunJob, job_runner

pytestmark = pytest.mark.once

OURS = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev", "Component": "entrance"}
NAME = "hello-dev"
GROUP_NAME = "hello-dev-entrance"


@dataclasses.dataclass(frozen=True)
class Network:
    vpc_id: str
    subnet_ids: tuple[str, ...]

    @property
    def options(self) -> dict[str, t.Any]:
        return {"vpc_id": self.vpc_id, "subnet_ids": list(self.subnet_ids)}


def make_network(aws: Sandbox, cidr: str = "10.10", zones: str = "abc") -> Network:
    """A VPC with an internet gateway and a public subnet in each zone, of nobody's stack."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=f"{cidr}.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"{cidr}.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
        for number, zone in enumerate(zones)
    ]
    return Network(vpc, tuple(sorted(subnet["SubnetId"] for subnet in subnets)))


@pytest.fixture
def network(aws: Sandbox) -> Network:
    return make_network(aws)


class Deploy(t.Protocol):
    def __call__(
        self, *, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any
    ) -> dict[str, t.Any]: ...


@pytest.fixture
def deploy(run_job: RunJob, network: Network) -> Deploy:
    def run(*, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any) -> dict[str, t.Any]:
        # Waiting takes a second; the tests of it ask for it.
        options = {"wait": False, **network.options, **params}
        return run_job(LAYER.job, check_mode=check_mode, warnings=warnings, **options)

    return run


@pytest.fixture
def destroy(run_job: RunJob) -> Deploy:
    def run(*, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any) -> dict[str, t.Any]:
        return run_job(LAYER.job, check_mode=check_mode, warnings=warnings, state="absent", **params)

    return run


def pairs(tags: t.Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@dataclasses.dataclass(frozen=True)
class Stack:
    """What boto3 sees of the layer, by the names it has."""

    aws: Sandbox

    @property
    def ec2(self) -> t.Any:
        return self.aws.client("ec2")

    @property
    def elb(self) -> t.Any:
        return self.aws.client("elbv2")

    @property
    def balancer(self) -> dict[str, t.Any]:
        (found,) = self.elb.describe_load_balancers(Names=[NAME])["LoadBalancers"]
        return t.cast("dict[str, t.Any]", found)

    @property
    def arn(self) -> str:
        return str(self.balancer["LoadBalancerArn"])

    @property
    def listener(self) -> dict[str, t.Any]:
        (found,) = self.elb.describe_listeners(LoadBalancerArn=self.arn)["Listeners"]
        return t.cast("dict[str, t.Any]", found)

    @property
    def group(self) -> dict[str, t.Any]:
        (found,) = self.ec2.describe_security_groups(Filters=[{"Name": "tag:Stack", "Values": ["hello"]}])[
            "SecurityGroups"
        ]
        return t.cast("dict[str, t.Any]", found)

    def tags(self, arn: str) -> dict[str, str]:
        (found,) = self.elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
        return {tag["Key"]: tag["Value"] for tag in found["Tags"]}

    def attributes(self) -> dict[str, str]:
        found = self.elb.describe_load_balancer_attributes(LoadBalancerArn=self.arn)["Attributes"]
        return {each["Key"]: each["Value"] for each in found}

    def add_service(self, port: int = 8080) -> str:
        """A target group with a target and a rule of the stack's service ``api``. Returns the target group's ARN."""
        tags = pairs({**OURS, "Component": "api"})
        group = self.elb.create_target_group(
            Name="hello-dev-api",
            Protocol="HTTP",
            Port=port,
            VpcId=self.balancer["VpcId"],
            TargetType="ip",
            Tags=tags,
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.10.0.10", "Port": port}])
        self.elb.create_rule(
            ListenerArn=self.listener["ListenerArn"],
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
            Tags=tags,
        )
        return str(group)

    def service(self) -> list[t.Any]:
        """The service ``api`` as it is: rules, target group and targets."""
        (group,) = self.elb.describe_target_groups(Names=["hello-dev-api"])["TargetGroups"]
        arn = group["TargetGroupArn"]
        rules = self.elb.describe_rules(ListenerArn=self.listener["ListenerArn"])["Rules"]
        targets = self.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return [
            group,
            self.elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"],
            [rule for rule in rules if not rule["IsDefault"]],
            [target["Target"] for target in targets],
            self.tags(arn),
        ]

    def seen(self) -> dict[str, t.Any]:
        """Everything that can drift, comparable."""
        balancer, listener, group = self.balancer, self.listener, self.group
        arns = [balancer["LoadBalancerArn"], listener["ListenerArn"]]
        tags = self.elb.describe_tags(ResourceArns=arns)["TagDescriptions"]
        return {
            "balancer": {key: balancer[key] for key in ("Scheme", "Type", "SecurityGroups", "IpAddressType")},
            "subnets": sorted(zone["SubnetId"] for zone in balancer["AvailabilityZones"]),
            "attributes": self.attributes(),
            "listener": {key: listener[key] for key in ("Port", "Protocol", "DefaultActions")},
            "tags": [sorted((tag["Key"], tag["Value"]) for tag in each["Tags"]) for each in tags],
            "group_tags": sorted((tag["Key"], tag["Value"]) for tag in group["Tags"]),
            "rules": (group["IpPermissions"], group["IpPermissionsEgress"]),
        }


@pytest.fixture
def stack(aws: Sandbox) -> Stack:
    return Stack(aws)


def ours(aws: Sandbox) -> collections.Counter[str]:
    """How many resources of ours there are of each kind."""
    elb = aws.client("elbv2")
    balancers = [each["LoadBalancerArn"] for each in elb.describe_load_balancers()["LoadBalancers"]]
    arns = balancers + [each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]]
    for balancer in balancers:
        arns += [each["ListenerArn"] for each in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]]
    tagged = elb.describe_tags(ResourceArns=arns)["TagDescriptions"] if arns else []
    tagged += aws.client("ec2").describe_security_groups()["SecurityGroups"]
    tags = [{tag["Key"]: tag["Value"] for tag in each.get("Tags", [])} for each in tagged]
    return collections.Counter(each.get("Resource", "untold") for each in tags if each.items() >= OURS.items())


def changes(result: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {f"{each['kind']}/{each['name']}": each["action"] for each in result["changes"]}


COMPLETE = {"load_balancer/main", "listener/http", "security_group/alb"}


# -- deploying --


def test_a_first_run_makes_all_of_it(deploy: Deploy, stack: Stack, network: Network) -> None:
    result = deploy(
        wait=True,
        tags={"Team": "web"},
        ingress_cidrs=["10.0.0.0/8", "192.0.2.0/24"],
        ingress_prefix_lists=[],
        listener_port=8000,
        idle_timeout=120,
    )
    assert changes(result) == dict.fromkeys(COMPLETE, "create")
    balancer, listener, group = stack.balancer, stack.listener, stack.group
    assert (balancer["Scheme"], balancer["Type"], balancer["State"]["Code"]) == (
        "internet-facing",
        "application",
        "active",
    )
    assert balancer["VpcId"] == group["VpcId"] == network.vpc_id
    assert sorted(zone["SubnetId"] for zone in balancer["AvailabilityZones"]) == list(network.subnet_ids)
    assert balancer["SecurityGroups"] == [group["GroupId"]]
    assert (listener["Port"], listener["Protocol"]) == (8000, "HTTP")
    (action,) = listener["DefaultActions"]
    assert action["Type"] == "fixed-response"
    assert (action["FixedResponseConfig"]["StatusCode"], action["FixedResponseConfig"]["ContentType"]) == (
        "404",
        "text/plain",
    )
    attributes = stack.attributes()
    assert attributes["idle_timeout.timeout_seconds"] == "120"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    for kind, arn in (
        ("load_balancer/main", balancer["LoadBalancerArn"]),
        ("listener/http", listener["ListenerArn"]),
    ):
        name = f"hello-dev-entrance-{kind.partition('/')[2]}"
        assert stack.tags(arn) == {**OURS, "Team": "web", "Resource": kind, "Name": name}
    assert {key: value for key, value in result.items() if key.endswith(("arn", "name", "id"))} == {
        "load_balancer_arn": balancer["LoadBalancerArn"],
        "load_balancer_name": NAME,
        "dns_name": balancer["DNSName"],
        "canonical_hosted_zone_id": balancer["CanonicalHostedZoneId"],
        "listener_arn": listener["ListenerArn"],
        "security_group_id": group["GroupId"],
    }
    assert result["listener_arns"] == {"http": listener["ListenerArn"]}


def test_the_security_group_admits_clients_and_reaches_the_vpc_only(deploy: Deploy, stack: Stack) -> None:
    deploy(ingress_cidrs=["192.0.2.0/24"], ip_address_type="ipv4")
    (ingress,) = stack.group["IpPermissions"]
    (egress,) = stack.group["IpPermissionsEgress"]
    assert (ingress["IpProtocol"], ingress["FromPort"], ingress["ToPort"]) == ("tcp", 80, 80)
    assert [each["CidrIp"] for each in ingress["IpRanges"]] == ["192.0.2.0/24"]
    assert (egress["IpProtocol"], egress["FromPort"], egress["ToPort"]) == ("tcp", 0, 65535)
    assert [each["CidrIp"] for each in egress["IpRanges"]] == ["10.10.0.0/16"]
    deploy(ingress_cidrs=["192.0.2.0/24"], egress="all")
    (egress,) = stack.group["IpPermissionsEgress"]
    assert (egress["IpProtocol"], [each["CidrIp"] for each in egress["IpRanges"]]) == ("-1", ["0.0.0.0/0"])


def test_health_checkers_are_let_in_where_not_everybody_is(deploy: Deploy, stack: Stack) -> None:
    restricted: dict[str, t.Any] = {"ingress_cidrs": ["192.0.2.0/24"]}
    deploy(**restricted)
    (ingress,) = stack.group["IpPermissions"]
    (entry,) = ingress["PrefixListIds"]
    (found,) = stack.ec2.describe_managed_prefix_lists(PrefixListIds=[entry["PrefixListId"]])["PrefixLists"]
    assert found["PrefixListName"] == "com.amazonaws.us-east-1.route53-healthchecks"
    assert deploy(**restricted)["changes"] == []
    everybody: dict[str, t.Any] = {}
    for params in (everybody, {**restricted, "admit_health_checkers": False}):
        deploy(**params)
        (ingress,) = stack.group["IpPermissions"]
        assert ingress.get("PrefixListIds", []) == []


def test_without_ipv6_networks_it_cannot_be_dualstack(deploy: Deploy, aws: Sandbox) -> None:
    mark = aws.requests.mark()
    with pytest.raises(SpecError, match="has no IPv6 network"):
        deploy(ip_address_type="dualstack")
    assert aws.requests.writes(mark) == []
    deploy()
    with pytest.raises(SpecError, match="has no IPv6 network"):
        deploy(ip_address_type="dualstack")


def test_a_second_network_of_the_vpc_is_reached_too(deploy: Deploy, stack: Stack, network: Network) -> None:
    stack.ec2.associate_vpc_cidr_block(VpcId=network.vpc_id, CidrBlock="10.11.0.0/16")
    deploy()
    (egress,) = stack.group["IpPermissionsEgress"]
    assert sorted(each["CidrIp"] for each in egress["IpRanges"]) == ["10.10.0.0/16", "10.11.0.0/16"]


def test_a_second_run_changes_nothing_and_asks_little(deploy: Deploy, aws: Sandbox) -> None:
    first = deploy(wait=True)
    cases: list[tuple[dict[str, t.Any], int]] = [({}, 6), ({"vpc_cidrs": ["10.10.0.0/16"]}, 5)]
    for params, calls in cases:
        mark = aws.requests.mark()
        second = deploy(**params)
        assert (second["changed"], second["changes"], second["pending"]) == (False, [], [])
        assert len(aws.requests.since(mark)) == calls
        assert aws.requests.writes(mark) == []
        assert {key: value for key, value in second.items() if isinstance(value, str)} == {
            key: value for key, value in first.items() if isinstance(value, str)
        }


def test_check_mode_in_an_empty_account(run_job: RunJob, aws: Sandbox) -> None:
    mark = aws.requests.mark()
    result = run_job(
        LAYER.job,
        check_mode=True,
        vpc_id="(known after apply: us-east-1/vpc/main)",
        vpc_cidrs=["10.10.0.0/16"],
        subnet_ids=[f"(known after apply: us-east-1/subnet/public-{zone})" for zone in "ab"],
    )
    assert changes(result) == dict.fromkeys(COMPLETE, "create")
    assert set(result["diff"]["after"]) == COMPLETE
    assert aws.requests.writes(mark) == []
    assert len(aws.requests.since(mark)) == 2
    for key in ("load_balancer_arn", "dns_name", "listener_arn", "security_group_id"):
        assert is_unknown(result[key])


def test_check_mode_says_what_the_run_then_does(deploy: Deploy, aws: Sandbox) -> None:
    mark = aws.requests.mark()
    planned = deploy(check_mode=True)
    assert aws.requests.writes(mark) == []
    done = deploy()
    assert planned["changes"] == done["changes"]
    assert planned["diff"] == done["diff"]
    assert planned.keys() == done.keys()
    after = deploy(check_mode=True)
    assert (after["changed"], after["load_balancer_arn"]) == (False, done["load_balancer_arn"])


@pytest.fixture
def unhurried() -> t.Iterator[Sandbox]:
    """A local AWS that is not sped up: what that one is doing a busy machine may find done."""
    with Sandbox() as running:
        yield running


def test_without_waiting_only_the_wait_is_left(unhurried: Sandbox) -> None:
    run, network, stack = job_runner(unhurried), make_network(unhurried), Stack(unhurried)

    def deploy(**params: t.Any) -> dict[str, t.Any]:
        return run(LAYER.job, **{**network.options, "wait": False, **params})

    result = deploy()
    assert changes(result) == dict.fromkeys(COMPLETE, "create")
    assert result["pending"] == ["load_balancer_active/main"]
    assert stack.balancer["State"]["Code"] == "provisioning"
    assert stack.listener["Port"] == 80
    again = deploy(wait=True)
    assert (again["changed"], again["pending"]) == (False, [])
    assert stack.balancer["State"]["Code"] == "active"


def test_a_wait_that_takes_too_long_says_for_what() -> None:
    # As slow as AWS: however late a busy machine asks, the load balancer is not there.
    with Sandbox(timings="aws") as slow:
        run, network = job_runner(slow), make_network(slow)
        with pytest.raises(ApplyError, match="load balancer hello-dev to be active; it is still: provisioning"):
            run(LAYER.job, **{**network.options, "wait": True, "wait_timeout": 0})


def test_a_long_name_is_shortened(deploy: Deploy, stack: Stack) -> None:
    result = deploy(stack="a-name-of-thirty-two-characters1")
    name = result["load_balancer_name"]
    assert len(name) <= 32
    assert stack.elb.describe_load_balancers(Names=[name])["LoadBalancers"]
    assert deploy(stack="a-name-of-thirty-two-characters1")["changed"] is False


def test_logs_go_to_a_bucket(deploy: Deploy, aws: Sandbox, stack: Stack) -> None:
    aws.client("s3").create_bucket(Bucket="logs")
    with pytest.raises(ApplyError, match=r"ModifyLoadBalancerAttributes in .*Access Denied for bucket: logs"):
        deploy(access_logs={"bucket": "logs"})
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", '
    policy += '"Resource": "arn:aws:s3:::logs/*"}]}'
    aws.client("s3").put_bucket_policy(Bucket="logs", Policy=policy)
    deploy(access_logs={"bucket": "logs", "prefix": "alb"})
    attributes = stack.attributes()
    assert attributes["access_logs.s3.enabled"] == "true"
    assert (attributes["access_logs.s3.bucket"], attributes["access_logs.s3.prefix"]) == ("logs", "alb")
    assert deploy(access_logs={"bucket": "logs", "prefix": "alb"})["changed"] is False
    deploy()
    assert stack.attributes()["access_logs.s3.enabled"] == "false"
    assert deploy()["changed"] is False


# -- changing --

CHANGES: list[tuple[dict[str, t.Any], dict[str, str], set[str]]] = [
    ({"idle_timeout": 30, "http2": False}, {"load_balancer/main": "update"}, {"ModifyLoadBalancerAttributes"}),
    ({"deletion_protection": True}, {"load_balancer/main": "update"}, {"ModifyLoadBalancerAttributes"}),
    (
        {"ingress_cidrs": ["10.0.0.0/8"]},
        {"security_group/alb": "update"},
        {"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"},
    ),
    (
        {"listener_port": 8000},
        {"listener/http": "update", "security_group/alb": "update"},
        {"ModifyListener", "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"},
    ),
    (
        {"tags": {"Team": "web"}},
        dict.fromkeys(COMPLETE, "update"),
        {"AddTags", "CreateTags"},
    ),
]


@pytest.mark.parametrize(("params", "changed", "operations"), CHANGES, ids=lambda names: ",".join(sorted(names)))
def test_a_changed_option_changes_what_it_is_about(
    deploy: Deploy,
    aws: Sandbox,
    stack: Stack,
    params: dict[str, t.Any],
    changed: dict[str, str],
    operations: set[str],
) -> None:
    before = deploy()
    stack.add_service()
    service = stack.service()
    mark = aws.requests.mark()
    result = deploy(**params)
    assert changes(result) == changed
    assert {record.operation for record in aws.requests.writes(mark)} == operations
    assert deploy(**params)["changed"] is False
    assert result["load_balancer_arn"] == before["load_balancer_arn"]
    assert stack.service() == service


def test_subnets_are_exchanged(deploy: Deploy, aws: Sandbox, stack: Stack, network: Network) -> None:
    deploy(subnet_ids=list(network.subnet_ids[:2]))
    mark = aws.requests.mark()
    result = deploy(subnet_ids=list(network.subnet_ids[1:]))
    assert changes(result) == {"load_balancer/main": "update"}
    assert [record.operation for record in aws.requests.writes(mark)] == ["SetSubnets"]
    assert sorted(zone["SubnetId"] for zone in stack.balancer["AvailabilityZones"]) == list(network.subnet_ids[1:])


# -- drift --


def _fixed_response(stack: Stack) -> None:
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    stack.elb.modify_listener(ListenerArn=stack.listener["ListenerArn"], DefaultActions=[action])


def _other_group(stack: Stack) -> None:
    group = stack.ec2.create_security_group(GroupName="x", Description="x", VpcId=stack.balancer["VpcId"])["GroupId"]
    stack.elb.set_security_groups(LoadBalancerArn=stack.arn, SecurityGroups=[group, stack.group["GroupId"]])


def _ssh(stack: Stack) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    stack.ec2.authorize_security_group_ingress(GroupId=stack.group["GroupId"], IpPermissions=[rule])


def _described(stack: Stack) -> None:
    rule = {**stack.group["IpPermissions"][0], "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "x"}]}
    stack.ec2.update_security_group_rule_descriptions_ingress(GroupId=stack.group["GroupId"], IpPermissions=[rule])


def _balancer_attribute(key: str, value: str) -> t.Callable[[Stack], None]:
    return lambda stack: stack.elb.modify_load_balancer_attributes(
        LoadBalancerArn=stack.arn, Attributes=[{"Key": key, "Value": value}]
    )


DRIFT: dict[str, tuple[t.Callable[[Stack], object], str, str]] = {
    "listener answers itself": (_fixed_response, "listener/http", "not_found_body"),
    "listener moved": (
        lambda stack: stack.elb.modify_listener(ListenerArn=stack.listener["ListenerArn"], Port=81),
        "listener/http",
        "port",
    ),
    "listener tags": (
        lambda stack: stack.elb.remove_tags(ResourceArns=[stack.listener["ListenerArn"]], TagKeys=list(OURS)),
        "listener/http",
        "tags",
    ),
    "load balancer tags": (
        lambda stack: stack.elb.add_tags(ResourceArns=[stack.arn], Tags=[{"Key": "Name", "Value": "x"}]),
        "load_balancer/main",
        "tags",
    ),
    "security group tags": (
        lambda stack: stack.ec2.delete_tags(Resources=[stack.group["GroupId"]], Tags=[{"Key": "Resource"}]),
        "security_group/alb",
        "tags",
    ),
    "another security group": (_other_group, "load_balancer/main", "security_group_ids"),
    "a subnet less": (
        lambda stack: stack.elb.set_subnets(
            LoadBalancerArn=stack.arn, Subnets=[zone["SubnetId"] for zone in stack.balancer["AvailabilityZones"]][:2]
        ),
        "load_balancer/main",
        "subnet_ids",
    ),
    "idle timeout": (
        _balancer_attribute("idle_timeout.timeout_seconds", "999"),
        "load_balancer/main",
        "idle_timeout",
    ),
    "deletion protection": (
        _balancer_attribute("deletion_protection.enabled", "true"),
        "load_balancer/main",
        "deletion_protection",
    ),
    "a rule too many": (_ssh, "security_group/alb", "rules"),
    "ingress blocked": (
        lambda stack: stack.ec2.revoke_security_group_ingress(
            GroupId=stack.group["GroupId"], IpPermissions=stack.group["IpPermissions"]
        ),
        "security_group/alb",
        "rules",
    ),
    "egress blocked": (
        lambda stack: stack.ec2.revoke_security_group_egress(
            GroupId=stack.group["GroupId"], IpPermissions=stack.group["IpPermissionsEgress"]
        ),
        "security_group/alb",
        "rules",
    ),
    "a rule described otherwise": (_described, "security_group/alb", "rules"),
}


@pytest.mark.parametrize("name", DRIFT)
def test_drift_is_named_and_repaired_alone(deploy: Deploy, stack: Stack, name: str) -> None:
    drift, address, field = DRIFT[name]
    deploy()
    stack.add_service()
    right, service = stack.seen(), stack.service()
    drift(stack)
    assert stack.seen() != right
    planned = deploy(check_mode=True)
    (change,) = planned["changes"]
    assert (f"{change['kind']}/{change['name']}", change["action"]) == (address, "update")
    assert change["reason"] == f"differs in {field}"
    assert deploy()["changes"] == planned["changes"]
    assert stack.seen() == right
    assert stack.service() == service


def test_a_deleted_listener_comes_back_alone(deploy: Deploy, stack: Stack) -> None:
    deploy()
    stack.elb.delete_listener(ListenerArn=stack.listener["ListenerArn"])
    assert changes(deploy()) == {"listener/http": "create"}
    assert deploy()["changed"] is False


def test_a_deleted_load_balancer_comes_back(deploy: Deploy, stack: Stack) -> None:
    before = deploy()
    stack.elb.delete_load_balancer(LoadBalancerArn=stack.arn)
    result = deploy()
    assert changes(result) == {"load_balancer/main": "create", "listener/http": "create"}
    assert result["load_balancer_arn"] != before["load_balancer_arn"]
    assert deploy()["changed"] is False


def test_a_deleted_security_group_comes_back(deploy: Deploy, stack: Stack, network: Network) -> None:
    deploy()
    ours_id = stack.group["GroupId"]
    other = stack.ec2.create_security_group(GroupName="x", Description="x", VpcId=network.vpc_id)["GroupId"]
    stack.elb.set_security_groups(LoadBalancerArn=stack.arn, SecurityGroups=[other])
    stack.ec2.delete_security_group(GroupId=ours_id)
    assert changes(deploy()) == {"security_group/alb": "create", "load_balancer/main": "update"}
    assert stack.balancer["SecurityGroups"] == [stack.group["GroupId"]]
    assert deploy()["changed"] is False


def test_what_others_add_is_left_alone(deploy: Deploy, aws: Sandbox, stack: Stack) -> None:
    deploy()
    tag = [{"Key": "Theirs", "Value": "x"}]
    stack.elb.add_tags(ResourceArns=[stack.arn], Tags=tag)
    stack.ec2.create_tags(Resources=[stack.group["GroupId"]], Tags=tag)
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    stack.elb.create_listener(LoadBalancerArn=stack.arn, Protocol="HTTP", Port=9000, DefaultActions=[action])
    mark = aws.requests.mark()
    assert deploy()["changed"] is False
    assert aws.requests.writes(mark) == []


# -- interrupted --

DEPLOYMENT_WRITES = 7


def test_how_many_writes_there_are(deploy: Deploy, aws: Sandbox) -> None:
    mark = aws.requests.mark()
    deploy()
    assert len(aws.requests.writes(mark)) == DEPLOYMENT_WRITES


def die_after(aws: Sandbox, nth: int, run: t.Callable[[], object]) -> None:
    """Like a kill after the nth write: its answer is never used, and nothing is written after it."""
    with (
        aws.cut(after=True, write=True, nth=nth) as lost,
        aws.fail("AccessDenied", write=True, nth=nth + 1, count=1000),
    ):
        # After the last write there is nothing left that could fail.
        with contextlib.suppress(FailoverError):
            run()
        assert lost.fired == 1


@pytest.mark.parametrize("nth", range(1, DEPLOYMENT_WRITES + 1))
def test_an_answer_lost_in_a_deployment_is_survived(deploy: Deploy, aws: Sandbox, nth: int) -> None:
    with aws.cut(after=True, write=True, nth=nth) as fault:
        deploy()
        assert fault.fired == 1
    assert deploy()["changed"] is False


def test_deployed_after_a_destruction_that_was_killed(deploy: Deploy, destroy: Deploy, aws: Sandbox) -> None:
    deploy()
    die_after(aws, 2, destroy)
    assert changes(deploy()).keys() >= {"load_balancer/main", "listener/http"}
    assert deploy()["changed"] is False


def test_an_error_names_the_call_and_what_was_done(deploy: Deploy, aws: Sandbox) -> None:
    with aws.fail("AccessDenied", operation="CreateLoadBalancer"), pytest.raises(ApplyError) as raised:
        deploy()
    message = str(raised.value)
    assert "load_balancer/main: CreateLoadBalancer in us-east-1: AccessDenied" in message
    assert "docs/iam.md" in message
    assert "Not done: load_balancer/main, " in message
    deploy()
    assert deploy()["changed"] is False


# -- what is not ours --


@pytest.fixture
def lookalikes(aws: Sandbox) -> list[str]:
    """Names like ours, none of our tags, in another VPC."""
    elb, ec2 = aws.client("elbv2"), aws.client("ec2")
    other = make_network(aws, "10.99")
    group = ec2.create_security_group(GroupName=GROUP_NAME, Description="theirs", VpcId=other.vpc_id)["GroupId"]
    balancer = elb.create_load_balancer(
        Name="hello-dev-2",
        Subnets=list(other.subnet_ids),
        SecurityGroups=[group],
        Tags=pairs({"Name": "hello-dev-entrance-main"}),
    )["LoadBalancers"][0]["LoadBalancerArn"]
    target_group = elb.create_target_group(
        Name="hello-dev-2", Protocol="HTTP", Port=8080, VpcId=other.vpc_id, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": target_group}
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[action])
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[balancer], WaiterConfig={"Delay": 1})
    return [group, balancer, target_group, listener["Listeners"][0]["ListenerArn"]]


def describe(aws: Sandbox, group: str, balancer: str, target_group: str, listener: str) -> list[t.Any]:
    """All that boto3 sees of the lookalikes, and of the group with our name that was there before."""
    elb, ec2 = aws.client("elbv2"), aws.client("ec2")
    named = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [GROUP_NAME]}])
    found = [
        each for each in named["SecurityGroups"] if not any(tag["Value"] == "hello" for tag in each.get("Tags", []))
    ]
    assert group in {each["GroupId"] for each in found}
    return [
        sorted(found, key=lambda each: str(each["GroupId"])),
        elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"],
        elb.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"],
        elb.describe_target_groups(TargetGroupArns=[target_group])["TargetGroups"],
        elb.describe_target_group_attributes(TargetGroupArn=target_group)["Attributes"],
        elb.describe_listeners(ListenerArns=[listener])["Listeners"],
        elb.describe_tags(ResourceArns=[balancer, target_group, listener])["TagDescriptions"],
    ]


def test_lookalikes_are_left_alone(deploy: Deploy, destroy: Deploy, aws: Sandbox, lookalikes: list[str]) -> None:
    before = describe(aws, *lookalikes)
    assert len(before[0]) == 2
    deploy()
    deploy(ingress_cidrs=["10.0.0.0/8"], idle_timeout=61, listener_port=81)
    destroy()
    assert describe(aws, *lookalikes) == before


def _foreign_balancer(aws: Sandbox, network: Network) -> None:
    aws.client("elbv2").create_load_balancer(Name=NAME, Subnets=list(network.subnet_ids))


def _foreign_security_group(aws: Sandbox, network: Network) -> None:
    aws.client("ec2").create_security_group(GroupName=GROUP_NAME, Description="theirs", VpcId=network.vpc_id)


@pytest.mark.parametrize("make", [_foreign_balancer, _foreign_security_group])
def test_our_name_taken_is_an_error_before_the_first_change(
    deploy: Deploy,
    destroy: Deploy,
    aws: Sandbox,
    network: Network,
    make: t.Callable[[Sandbox, Network], None],
) -> None:
    make(aws, network)
    mark = aws.requests.mark()
    for check_mode in (True, False):
        with pytest.raises(ConflictError, match="hello-dev"):
            deploy(check_mode=check_mode)
    assert destroy()["changed"] is False
    assert aws.requests.writes(mark) == []


# -- refused --


def test_what_cannot_be_changed_is_refused_before_the_first_change(deploy: Deploy, aws: Sandbox) -> None:
    deploy()
    other = make_network(aws, "10.98")
    mark = aws.requests.mark()
    with pytest.raises(SpecError, match="AWS cannot change that"):
        deploy(**other.options, idle_timeout=99)
    assert aws.requests.writes(mark) == []


def test_wrong_networks_are_refused_before_the_first_change(deploy: Deploy, aws: Sandbox, network: Network) -> None:
    ec2 = aws.client("ec2")
    twin = ec2.create_subnet(VpcId=network.vpc_id, CidrBlock="10.10.99.0/24", AvailabilityZone="us-east-1a")["Subnet"]
    other = make_network(aws, "10.98")
    mark = aws.requests.mark()
    for params, message in (
        ({"subnet_ids": [*network.subnet_ids, twin["SubnetId"]]}, "are both in us-east-1a"),
        ({"subnet_ids": [network.subnet_ids[0], other.subnet_ids[1]]}, f"not in {network.vpc_id}"),
        ({"subnet_ids": [network.subnet_ids[0], "subnet-0000000000000dead"]}, "subnet-0000000000000dead"),
        ({"vpc_id": "vpc-0000000000000dead"}, "does not exist in us-east-1"),
    ):
        with pytest.raises(SpecError, match=message):
            deploy(**params)
    assert aws.requests.writes(mark) == []


def test_warnings_reach_the_user(deploy: Deploy) -> None:
    warnings: list[str] = []
    deploy(check_mode=True, warnings=warnings, ingress_cidrs=[])
    assert [warning for warning in warnings if "nobody can reach" in warning]


# -- destroying --


def test_nothing_is_left(deploy: Deploy, destroy: Deploy, aws: Sandbox, stack: Stack) -> None:
    deploy()
    planned = destroy(check_mode=True)
    result = destroy()
    assert planned["changes"] == result["changes"]
    assert changes(result) == dict.fromkeys(COMPLETE, "delete")
    assert result["pending"] == []
    assert not ours(aws)
    left = stack.ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": ["ELB app/hello-dev/*"]}])
    assert left["NetworkInterfaces"] == []
    mark = aws.requests.mark()
    assert destroy()["changed"] is False
    assert len(aws.requests.since(mark)) == 2


def test_deploying_right_after_destroying_works(deploy: Deploy, destroy: Deploy) -> None:
    deploy()
    destroy()
    assert changes(deploy()) == dict.fromkeys(COMPLETE, "create")


def test_without_waiting_the_rest_is_for_a_later_run(deploy: Deploy, destroy: Deploy, aws: Sandbox) -> None:
    deploy()
    first = destroy(wait=False)
    assert set(first["pending"]) == {"network_interfaces_gone/main", "security_group/alb"}
    assert changes(destroy()) == {"security_group/alb": "delete"}
    assert not ours(aws)


def test_deletion_protection_is_refused_before_the_first_change(deploy: Deploy, destroy: Deploy, aws: Sandbox) -> None:
    deploy(deletion_protection=True)
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match="alb_deletion_protection"):
        destroy()
    assert aws.requests.writes(mark) == []
    deploy(deletion_protection=False)
    destroy()
    assert not ours(aws)


def _referring(aws: Sandbox, network: Network, group_id: str, tags: dict[str, str]) -> str:
    ec2 = aws.client("ec2")
    group: str = ec2.create_security_group(
        GroupName="service",
        Description="admits the load balancer",
        VpcId=network.vpc_id,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": pairs(tags)}],
    )["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group_id}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return group


def test_rules_of_ours_that_refer_to_the_group_go_first(
    deploy: Deploy, destroy: Deploy, aws: Sandbox, network: Network
) -> None:
    service = _referring(aws, network, deploy()["security_group_id"], {**OURS, "Component": "hello"})
    destroy()
    (left,) = aws.client("ec2").describe_security_groups(GroupIds=[service])["SecurityGroups"]
    assert left["IpPermissions"] == []
    assert not ours(aws)


def test_rules_of_others_that_refer_to_the_group_stop_its_deletion(
    deploy: Deploy, destroy: Deploy, aws: Sandbox, network: Network
) -> None:
    service = _referring(aws, network, deploy()["security_group_id"], {"Name": "theirs"})
    with pytest.raises(ApplyError, match=f"rules of {service}, which are not of this stack"):
        destroy()
    (left,) = aws.client("ec2").describe_security_groups(GroupIds=[service])["SecurityGroups"]
    assert left["IpPermissions"]
    aws.client("ec2").delete_security_group(GroupId=service)
    destroy()
    assert not ours(aws)


def test_services_go_first(deploy: Deploy, destroy: Deploy, aws: Sandbox, stack: Stack) -> None:
    deploy()
    group = stack.add_service()
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=r"target groups hello-dev-api\. Delete those services first"):
        destroy()
    warnings: list[str] = []
    planned = destroy(check_mode=True, warnings=warnings)
    assert [warning for warning in warnings if "hello-dev-api" in warning]
    assert changes(planned) == dict.fromkeys(COMPLETE, "delete")
    assert aws.requests.writes(mark) == []
    (rule,) = (rule for rule in stack.service()[2])
    stack.elb.delete_rule(RuleArn=rule["RuleArn"])
    stack.elb.delete_target_group(TargetGroupArn=group)
    assert changes(destroy()) == dict.fromkeys(COMPLETE, "delete")
    assert not ours(aws)


def test_what_others_added_goes_with_the_load_balancer(
    deploy: Deploy, destroy: Deploy, aws: Sandbox, stack: Stack, network: Network
) -> None:
    deploy()
    group = stack.elb.create_target_group(
        Name="theirs", Protocol="HTTP", Port=80, VpcId=network.vpc_id, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": group}
    stack.elb.create_listener(LoadBalancerArn=stack.arn, Protocol="HTTP", Port=9000, DefaultActions=[action])
    destroy()
    assert not ours(aws)
    (left,) = stack.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
    assert left["LoadBalancerArns"] == []
