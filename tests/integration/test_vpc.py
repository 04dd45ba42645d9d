# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer vpc against the local AWS, seen with boto3."""

from __future__ import annotations

import concurrent.futures
import itertools
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ApplyError,
    ConflictError,
    FailoverError,
    SpecError,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.vpc_witness import OURS, Witness, assert_network, others, ours, tags
from tests.sampling import every_third

pytestmark = pytest.mark.once

Result = dict[str, t.Any]
ENTRANCE = {"Component": "entrance", "Resource": "security_group/alb"}
BOTH = {"a": "a", "b": "b"}


class Deploy(t.Protocol):
    def __call__(self, **options: t.Any) -> Result: ...


@pytest.fixture
def deploy(run_job: RunJob) -> Deploy:
    def run(**options: t.Any) -> Result:
        return run_job(LAYER.job, **{"cidr": "10.10.0.0/16", **options})

    return run


def addresses(result: Result) -> dict[str, str]:
    return {f"{change['kind']}/{change['name']}": change["action"] for change in result["changes"]}


def test_a_network_is_made_whole_and_then_left_alone(aws: Sandbox, deploy: Deploy) -> None:
    first = deploy(tags={"Team": "web"})
    assert first["changed"]
    assert_network(aws, nats=BOTH)
    mark = aws.requests.mark()
    second = deploy(tags={"Team": "web"})
    assert (second["changed"], second["changes"], second["pending"]) == (False, [], [])
    assert aws.requests.writes(mark) == []
    # What a VPC has: ten kinds of things, two of its attributes among them, and flow logs
    assert len(aws.requests.since(mark)) <= 11
    assert deploy(tags={"Team": "web"}, check_mode=True)["changed"] is False
    assert {key: value for key, value in first.items() if key not in {"changed", "changes", "diff"}} == {
        key: value for key, value in second.items() if key not in {"changed", "changes", "diff"}
    }
    assert {item.tags.get("Team") for item in ours(aws)} == {"web"}


def test_the_outputs_are_what_is_there(aws: Sandbox, deploy: Deploy) -> None:
    result = deploy(zone_count=3)
    seen = Witness.of(aws)
    subnets, tables = seen.subnets, seen.tables
    assert result["vpc_id"] == seen.vpc_id
    assert result["zones"] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    for tier in ("public", "private"):
        assert result[f"{tier}_subnet_ids"] == [subnets[f"subnet/{tier}-{slot}"]["SubnetId"] for slot in "abc"]
    assert result["public_route_table_id"] == tables["route_table/public"]["RouteTableId"]
    assert result["private_route_table_ids"] == [
        tables[f"route_table/private-{slot}"]["RouteTableId"] for slot in "abc"
    ]
    assert result["nat_gateway_ids"] == [seen.nats[f"nat_gateway/nat-{slot}"]["NatGatewayId"] for slot in "abc"]
    assert result["nat_public_ips"] == [seen.addresses[f"elastic_ip/nat-{slot}"]["PublicIp"] for slot in "abc"]
    assert result["internet_gateway_id"] == seen.gateway["InternetGatewayId"]
    assert result["s3_endpoint_id"] == seen.endpoint["VpcEndpointId"]
    assert result["default_security_group_id"] == seen.default_group["GroupId"]


def test_services_are_named_without_a_call(aws: Sandbox, deploy: Deploy) -> None:
    """By the security groups that it reads for the default one."""
    first = deploy()
    assert first["services"] == []
    owner = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev"}
    for name, own in {"web": owner, "entrance": owner, "api": {**owner, "Environment": "prod"}}.items():
        tagged = [{"Key": key, "Value": value} for key, value in {**own, "Component": name}.items()]
        of = [{"ResourceType": "security-group", "Tags": tagged}]
        aws.client("ec2").create_security_group(
            GroupName=name, Description=name, VpcId=first["vpc_id"], TagSpecifications=of
        )
    mark = aws.requests.mark()
    second = deploy()
    assert (second["changed"], second["services"]) == (False, ["web"])
    assert [record.operation for record in aws.requests.since(mark)].count("DescribeSecurityGroups") == 1


def test_networks_that_others_gave_the_vpc_are_told(aws: Sandbox, deploy: Deploy) -> None:
    first = deploy()
    assert first["cidrs"] == ["10.10.0.0/16"]
    aws.client("ec2").associate_vpc_cidr_block(VpcId=first["vpc_id"], CidrBlock="10.11.0.0/16")
    second = deploy()
    assert (second["changed"], second["cidr"]) == (False, "10.10.0.0/16")
    assert second["cidrs"] == ["10.10.0.0/16", "10.11.0.0/16"]


def test_a_dry_run_plans_everything_and_writes_nothing(aws: Sandbox, deploy: Deploy) -> None:
    mark = aws.requests.mark()
    dry = deploy(check_mode=True)
    assert aws.requests.writes(mark) == []
    assert ours(aws) == []
    assert is_unknown(dry["vpc_id"])
    wet = deploy()
    assert addresses(dry) == addresses(wet)
    assert dry.keys() == wet.keys()
    assert dry["diff"]["after"].keys() == wet["diff"]["after"].keys()
    mark = aws.requests.mark()
    dry = deploy(state="absent", check_mode=True)
    assert aws.requests.writes(mark) == []
    assert dry["changes"] == deploy(state="absent")["changes"]


def test_everything_is_tagged_in_the_creating_call(aws: Sandbox, deploy: Deploy) -> None:
    """Whatever a kill leaves behind is known to be ours. What AWS makes itself, the default group, is not tagged."""
    mark = aws.requests.mark()
    deploy()
    operations = [record.operation for record in aws.requests.writes(mark)]
    assert "CreateTags" not in operations
    assert len({item.tags["Resource"] for item in ours(aws)}) == len(ours(aws))


# --- NAT gateways

MODES: dict[str, dict[str, str]] = {
    "per_zone": BOTH,
    "single": {"a": "a", "b": "a"},
    "regional": dict.fromkeys("ab", "regional"),
    "none": {},
}


@pytest.mark.parametrize(("old", "new"), every_third(itertools.permutations(MODES, 2)))
def test_every_way_between_nat_modes(aws: Sandbox, deploy: Deploy, old: str, new: str) -> None:
    deploy(nat_gateways=old)
    assert_network(aws, nats=MODES[old])
    deploy(nat_gateways=new)
    assert_network(aws, nats=MODES[new])
    assert deploy(nat_gateways=new)["changes"] == []


def test_the_new_route_comes_before_the_old_nat_gateway_goes(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    mark = aws.requests.mark()
    deploy(nat_gateways="single")
    operations = [record.operation for record in aws.requests.writes(mark)]
    assert operations == ["ReplaceRoute", "DeleteNatGateway", "ReleaseAddress"]


def test_without_waiting_routes_to_nat_gateways_are_left_for_later(aws: Sandbox, deploy: Deploy) -> None:
    first = deploy(wait=False)
    assert {"route/private-a-default", "route/private-b-default"} <= set(first["pending"])
    assert not any(is_unknown(first[key]) for key in first if key.endswith(("_id", "_ids", "_ips")))
    seen = Witness.of(aws)
    assert seen.exit_of("route_table/public") == "internet_gateway/main"
    assert seen.exit_of("route_table/private-a") == ""
    second = deploy()
    assert set(addresses(second)) == {"route/private-a-default", "route/private-b-default"}
    assert second["pending"] == []
    assert_network(aws, nats=BOTH)


def test_destroying_without_waiting_is_finished_later(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    first = deploy(state="absent", wait=False)
    assert {"vpc/main", "elastic_ip/nat-a", "subnet/public-a"} <= set(first["pending"])
    assert deploy(state="absent")["pending"] == []
    assert ours(aws) == []


def test_an_address_survives_its_nat_gateway(aws: Sandbox, deploy: Deploy) -> None:
    before = deploy(nat_gateways="single")
    Witness.of(aws).ec2.delete_nat_gateway(NatGatewayId=before["nat_gateway_ids"][0])
    after = deploy(nat_gateways="single")
    assert after["nat_public_ips"] == before["nat_public_ips"]
    assert after["nat_gateway_ids"] != before["nat_gateway_ids"]
    assert set(addresses(after)) == {
        "nat_gateway/nat-a",
        "route/private-a-default",
        "route/private-b-default",
    }


# --- zones


def test_a_zone_comes_and_goes_and_nothing_moves(aws: Sandbox, deploy: Deploy) -> None:
    before = deploy()
    three = deploy(zone_count=3)
    assert three["private_subnet_ids"][:2] == before["private_subnet_ids"]
    assert_network(aws, slots="abc", nats={**BOTH, "c": "c"})
    two = deploy(zones=["us-east-1a", "us-east-1c"])
    assert two["private_subnet_ids"] == [three["private_subnet_ids"][0], three["private_subnet_ids"][2]]
    assert_network(aws, slots="ac", nats={"a": "a", "c": "c"})
    assert deploy()["zones"] == ["us-east-1a", "us-east-1c"]
    assert deploy()["changes"] == []


def test_a_zone_in_use_stays_with_a_warning_until_it_is_free(aws: Sandbox, deploy: Deploy) -> None:
    subnet = deploy(zone_count=3, nat_gateways="single")["private_subnet_ids"][2]
    ec2 = Witness.of(aws).ec2
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    warnings: list[str] = []
    result = deploy(nat_gateways="single", warnings=warnings)
    assert (result["changes"], len(result["zones"])) == ([], 2)
    assert "us-east-1c" in warnings[0]
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    deploy(nat_gateways="single", warnings=warnings)
    assert len(warnings) == 1
    assert_network(aws, nats=MODES["single"])


def test_a_region_has_its_own_zones(aws: Sandbox, deploy: Deploy) -> None:
    with pytest.raises(SpecError, match="zone_count"):
        deploy(region="us-west-1", zone_count=6)
    assert deploy(region="us-west-1")["zones"] == ["us-west-1a", "us-west-1b"]
    assert [item for item in ours(aws) if item.region != "us-west-1"] == []


# --- destroying


def test_destroying_leaves_nothing_and_a_deployment_can_follow_at_once(aws: Sandbox, deploy: Deploy) -> None:
    before = others(aws)
    deploy()
    result = deploy(state="absent")
    assert result["vpc_id"] is None
    assert ours(aws) == []
    assert others(aws) == before
    mark = aws.requests.mark()
    assert deploy(state="absent")["changed"] is False
    assert aws.requests.writes(mark) == []
    deploy()
    assert_network(aws, nats=BOTH)


def test_destroying_is_refused_while_others_are_in_the_vpc(aws: Sandbox, deploy: Deploy) -> None:
    vpc_id = deploy(nat_gateways="none")["vpc_id"]
    ec2 = Witness.of(aws).ec2
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.10.64.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc_id, GroupName="bastion", Description="x")["GroupId"]
    mark = aws.requests.mark()
    with pytest.raises(ConflictError) as caught:
        deploy(state="absent")
    assert aws.requests.writes(mark) == []
    assert vpc_id in str(caught.value)
    assert subnet in str(caught.value)
    assert f"{group} (bastion)" in str(caught.value)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_security_group(GroupId=group)
    deploy(state="absent")
    assert ours(aws) == []


def test_destroying_waits_its_turn_and_a_dry_run_shows_it_before(aws: Sandbox, deploy: Deploy) -> None:
    """The other layers of the stack go first, and in a dry run of all of them they are still there."""
    vpc_id = deploy(nat_gateways="none")["vpc_id"]
    own_tags = [{"Key": key, "Value": value} for key, value in {**OURS, **ENTRANCE}.items()]
    ec2 = Witness.of(aws).ec2
    group = ec2.create_security_group(
        VpcId=vpc_id,
        GroupName="hello-dev-alb",
        Description="x",
        TagSpecifications=[{"ResourceType": "security-group", "Tags": own_tags}],
    )["GroupId"]
    warnings: list[str] = []
    mark = aws.requests.mark()
    assert addresses(deploy(state="absent", check_mode=True, warnings=warnings))["vpc/main"] == "delete"
    assert "hello-dev-alb" in warnings[0]
    with pytest.raises(ConflictError, match=f"other layers of this stack.*{group}"):
        deploy(state="absent")
    assert aws.requests.writes(mark) == []


def test_look_alikes_are_not_touched(aws: Sandbox, deploy: Deploy) -> None:
    ec2 = Witness.of(aws).ec2

    def named(kind: str, name: str, **more: str) -> list[dict[str, t.Any]]:
        found = {"Name": f"hello-dev-network-{name}", **more}
        return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in found.items()]}]

    vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16", TagSpecifications=named("vpc", "main"))["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.10.0.0/20", TagSpecifications=named("subnet", "public-a"))
    ec2.create_route_table(VpcId=vpc, TagSpecifications=named("route-table", "public", Resource="route_table/public"))
    other = {**OURS, "Environment": "staging", "Resource": "elastic_ip/nat-a"}
    ec2.allocate_address(Domain="vpc", TagSpecifications=named("elastic-ip", "nat-a", **other))
    ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", "main"))
    before = others(aws)
    deploy()
    deploy(nat_gateways="none")
    deploy(state="absent")
    assert others(aws) == before


def test_what_others_put_into_our_network_stays(aws: Sandbox, deploy: Deploy) -> None:
    result = deploy(nat_gateways="none")
    ec2 = Witness.of(aws).ec2
    table = result["private_route_table_ids"][0]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", GatewayId=result["internet_gateway_id"])
    ec2.create_tags(Resources=[result["vpc_id"]], Tags=[{"Key": "CostCentre", "Value": "7"}])
    assert deploy(nat_gateways="none")["changes"] == []
    routes = Witness.of(aws).tables["route_table/private-a"]["Routes"]
    assert "192.168.0.0/16" in [route.get("DestinationCidrBlock") for route in routes]
    assert tags(Witness.of(aws).vpcs[0])["CostCentre"] == "7"


# --- refusals, each before the first write


def test_another_cidr_is_refused(aws: Sandbox, deploy: Deploy) -> None:
    deploy(nat_gateways="none")
    mark = aws.requests.mark()
    with pytest.raises(SpecError, match=r"cidr: is 10\.20\.0\.0/16, but vpc-"):
        deploy(cidr="10.20.0.0/16")
    assert aws.requests.writes(mark) == []


def test_two_vpcs_of_one_stack_are_named(aws: Sandbox, deploy: Deploy) -> None:
    first = deploy(nat_gateways="none")["vpc_id"]
    ec2 = Witness.of(aws).ec2
    own_tags = [{"Key": key, "Value": value} for key, value in {**OURS, "Resource": "vpc/main"}.items()]
    twin = ec2.create_vpc(CidrBlock="10.10.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": own_tags}])
    mark = aws.requests.mark()
    for options in ({}, {"state": "absent"}):
        with pytest.raises(ConflictError) as caught:
            deploy(**options)
        assert first in str(caught.value)
        assert twin["Vpc"]["VpcId"] in str(caught.value)
    assert aws.requests.writes(mark) == []


def test_a_subnet_in_the_way_is_named(aws: Sandbox, deploy: Deploy) -> None:
    vpc_id = deploy(nat_gateways="none")["vpc_id"]
    ec2 = Witness.of(aws).ec2
    theirs = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.10.32.0/24")["Subnet"]["SubnetId"]
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=theirs):
        deploy(nat_gateways="none", zone_count=3)
    assert aws.requests.writes(mark) == []


def test_an_error_of_aws_names_resource_call_region_and_remedy(aws: Sandbox, deploy: Deploy) -> None:
    with aws.fail("AddressLimitExceeded", operation="AllocateAddress", count=100), pytest.raises(ApplyError) as caught:
        deploy()
    text = str(caught.value)
    assert "elastic_ip/nat-" in text
    assert "AllocateAddress in us-east-1: AddressLimitExceeded" in text
    assert "Service Quotas" in text
    deploy()
    assert_network(aws, nats=BOTH)


# --- several runs at once


def test_two_first_runs_at_once_end_with_one_network(aws: Sandbox, deploy: Deploy) -> None:
    """As from two machines: no lock between them. At worst one of them says that it met the other."""
    aws.latency(0.02)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(deploy) for _number in range(2)]
    aws.clear_faults()
    errors = [run.exception() for run in runs if run.exception()]
    assert all(isinstance(error, FailoverError) for error in errors), errors
    assert len(errors) < len(runs), errors
    deploy()
    assert deploy()["changes"] == []
    assert_network(aws, nats=BOTH)


def test_two_destroys_at_once_end_with_nothing(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(deploy, state="absent") for _number in range(2)]
    assert [run.exception() for run in runs] == [None, None]
    assert ours(aws) == []


# --- zones without NAT gateways


def test_a_zone_that_takes_no_nat_gateway_is_left_for_another(aws: Sandbox, deploy: Deploy) -> None:
    aws.constrain_zone("us-east-1b")
    warnings: list[str] = []
    result = deploy(warnings=warnings)
    assert result["zones"] == ["us-east-1a", "us-east-1c"]
    assert "create" in {change["action"] for change in result["changes"] if change["name"] == "nat-c"}
    assert warnings == ["vpc: us-east-1b takes no NAT gateway (NotAvailableInZone); another zone is used."]
    assert_network(aws, slots="ac", nats={"a": "a", "c": "c"})
    # The choice stays, also in a dry run, and after the zone has room again.
    assert deploy(check_mode=True)["changes"] == []
    aws.reset_places()
    assert (deploy()["changes"], deploy()["zones"]) == ([], ["us-east-1a", "us-east-1c"])


def test_a_single_nat_gateway_moves_and_the_subnets_stay(aws: Sandbox, deploy: Deploy) -> None:
    aws.constrain_zone("us-east-1a")
    assert deploy(nat_gateways="single")["zones"] == ["us-east-1a", "us-east-1b"]
    assert_network(aws, nats={"a": "b", "b": "b"})
    assert deploy(nat_gateways="single", check_mode=True)["changes"] == []


def test_zones_that_are_named_are_not_changed(aws: Sandbox, deploy: Deploy) -> None:
    aws.constrain_zone("us-east-1b")
    with pytest.raises(ApplyError, match=r"NotAvailableInZone.*Name other zones \(vpc_zones in the inventory\)"):
        deploy(zones=["us-east-1a", "us-east-1b"])


def test_a_region_without_another_zone_says_what_helps(aws: Sandbox, deploy: Deploy) -> None:
    aws.constrain_zone("us-west-1b")
    with pytest.raises(SpecError, match=r"nat_gateways: cannot be per_zone: us-west-1b takes none.*Use single"):
        deploy(region="us-west-1")
    assert deploy(region="us-west-1", nat_gateways="single")["zones"] == ["us-west-1a", "us-west-1b"]
