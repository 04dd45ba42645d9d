# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any one thing of a network, changed or deleted behind our back, is named and repaired alone."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.vpc_witness import OURS, Witness, assert_network, ours
from tests.sampling import every_third
from tests.waiting import eventually

pytestmark = pytest.mark.once

ANYWHERE = "0.0.0.0/0"
DENY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*"}]})


@dataclasses.dataclass(frozen=True)
class Drift:
    """:param spoil: what someone does.
    :param named: the addresses that the next run changes, and no other.
    """

    name: str
    spoil: t.Callable[[Witness], object]
    named: tuple[str, ...]


def set_subnet(seen: Witness, **attribute: t.Any) -> None:
    seen.ec2.modify_subnet_attribute(SubnetId=seen.subnets["subnet/public-a"]["SubnetId"], **attribute)


def set_vpc(seen: Witness, **attribute: t.Any) -> None:
    seen.ec2.modify_vpc_attribute(VpcId=seen.vpc_id, **attribute)


def detach_gateway(seen: Witness) -> None:
    seen.ec2.detach_internet_gateway(InternetGatewayId=seen.gateway["InternetGatewayId"], VpcId=seen.vpc_id)


def delete_gateway(seen: Witness) -> None:
    gateway = seen.gateway["InternetGatewayId"]
    detach_gateway(seen)
    seen.ec2.delete_internet_gateway(InternetGatewayId=gateway)


def delete_subnet(seen: Witness) -> None:
    seen.ec2.delete_subnet(SubnetId=seen.subnets["subnet/private-b"]["SubnetId"])


def delete_table(seen: Witness) -> None:
    dissociate(seen)
    seen.ec2.delete_route_table(RouteTableId=seen.tables["route_table/private-b"]["RouteTableId"])


def dissociate(seen: Witness) -> None:
    (link,) = seen.tables["route_table/private-b"]["Associations"]
    seen.ec2.disassociate_route_table(AssociationId=link["RouteTableAssociationId"])


def associate_with_another(seen: Witness) -> None:
    (link,) = seen.tables["route_table/private-b"]["Associations"]
    other = seen.ec2.create_route_table(VpcId=seen.vpc_id)["RouteTable"]["RouteTableId"]
    seen.ec2.replace_route_table_association(AssociationId=link["RouteTableAssociationId"], RouteTableId=other)


def delete_route(table: str) -> t.Callable[[Witness], object]:
    def spoil(seen: Witness) -> None:
        seen.ec2.delete_route(RouteTableId=seen.tables[table]["RouteTableId"], DestinationCidrBlock=ANYWHERE)

    return spoil


def lead_elsewhere(seen: Witness) -> None:
    seen.ec2.replace_route(
        RouteTableId=seen.tables["route_table/private-a"]["RouteTableId"],
        DestinationCidrBlock=ANYWHERE,
        GatewayId=seen.gateway["InternetGatewayId"],
    )


def open_group(seen: Witness) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": ANYWHERE}]}
    seen.ec2.authorize_security_group_ingress(GroupId=seen.default_group["GroupId"], IpPermissions=[rule])


def open_group_outwards(seen: Witness) -> None:
    rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}
    seen.ec2.authorize_security_group_egress(GroupId=seen.default_group["GroupId"], IpPermissions=[rule])


def set_endpoint(seen: Witness, **changes: t.Any) -> None:
    seen.ec2.modify_vpc_endpoint(VpcEndpointId=seen.endpoint["VpcEndpointId"], **changes)


def take_table_from_endpoint(seen: Witness) -> None:
    set_endpoint(seen, RemoveRouteTableIds=[seen.tables["route_table/private-a"]["RouteTableId"]])


def give_endpoint_a_foreign_table(seen: Witness) -> None:
    other = seen.ec2.create_route_table(VpcId=seen.vpc_id)["RouteTable"]["RouteTableId"]
    set_endpoint(seen, AddRouteTableIds=[other])


def delete_endpoint(seen: Witness) -> None:
    seen.ec2.delete_vpc_endpoints(VpcEndpointIds=[seen.endpoint["VpcEndpointId"]])


DRIFTS = [
    Drift("dns-hostnames", lambda s: set_vpc(s, EnableDnsHostnames={"Value": False}), ("vpc/main",)),
    Drift("dns-support", lambda s: set_vpc(s, EnableDnsSupport={"Value": False}), ("vpc/main",)),
    Drift("gateway-detached", detach_gateway, ("internet_gateway/main",)),
    Drift("gateway-deleted", delete_gateway, ("internet_gateway/main", "route/public-default")),
    Drift("public-ips", lambda s: set_subnet(s, MapPublicIpOnLaunch={"Value": True}), ("subnet/public-a",)),
    Drift("subnet-deleted", delete_subnet, ("subnet/private-b", "route_table_association/private-b")),
    Drift("association-deleted", dissociate, ("route_table_association/private-b",)),
    Drift("associated-with-another", associate_with_another, ("route_table_association/private-b",)),
    Drift(
        "table-deleted",
        delete_table,
        ("route_table/private-b", "route_table_association/private-b", "vpc_endpoint/s3"),
    ),
    Drift("public-route-deleted", delete_route("route_table/public"), ("route/public-default",)),
    Drift("rule-added", open_group, ("security_group/default",)),
    Drift("egress-rule-added", open_group_outwards, ("security_group/default",)),
    Drift("endpoint-deleted", delete_endpoint, ("vpc_endpoint/s3",)),
    Drift("endpoint-without-a-table", take_table_from_endpoint, ("vpc_endpoint/s3",)),
    Drift("endpoint-with-a-foreign-table", give_endpoint_a_foreign_table, ("vpc_endpoint/s3",)),
    Drift("endpoint-policy", lambda s: set_endpoint(s, PolicyDocument=DENY), ("vpc_endpoint/s3",)),
]


class Deploy(t.Protocol):
    def __call__(self, **options: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def deploy(run_job: RunJob) -> Deploy:
    def run(**options: t.Any) -> dict[str, t.Any]:
        return run_job(LAYER.job, **{"cidr": "10.10.0.0/16", "nat_gateways": "none", **options})

    return run


def changed(result: dict[str, t.Any]) -> set[str]:
    return {f"{change['kind']}/{change['name']}" for change in result["changes"]}


@pytest.mark.parametrize("drift", every_third(DRIFTS), ids=lambda drift: drift.name)
def test_drift_is_named_and_repaired_alone(aws: Sandbox, deploy: Deploy, drift: Drift) -> None:
    deploy()
    drift.spoil(Witness.of(aws))
    assert changed(deploy(check_mode=True)) == set(drift.named)
    assert changed(deploy()) == set(drift.named)
    assert_network(aws, nats={})
    assert deploy()["changes"] == []


# --- with a NAT gateway

NAT = {"nat_gateways": "single"}
NATS = {"a": "a", "b": "a"}


def delete_nat(seen: Witness) -> None:
    seen.ec2.delete_nat_gateway(NatGatewayId=seen.nats["nat_gateway/nat-a"]["NatGatewayId"])


NAT_DRIFTS = [
    Drift("nat-deleted", delete_nat, ("nat_gateway/nat-a", "route/private-a-default", "route/private-b-default")),
    Drift("route-deleted", delete_route("route_table/private-a"), ("route/private-a-default",)),
    Drift("route-elsewhere", lead_elsewhere, ("route/private-a-default",)),
]


@pytest.mark.parametrize("drift", every_third(NAT_DRIFTS), ids=lambda drift: drift.name)
def test_drift_around_nat_gateways(aws: Sandbox, deploy: Deploy, drift: Drift) -> None:
    deploy(**NAT)
    drift.spoil(Witness.of(aws))
    assert changed(deploy(**NAT)) == set(drift.named)
    assert_network(aws, nats=NATS)
    assert deploy(**NAT)["changes"] == []


def wait_until_deleted(seen: Witness, nat_id: str) -> None:
    """By asking, as a waiter does."""
    seen.ec2.get_waiter("nat_gateway_deleted").wait(
        NatGatewayIds=[nat_id], WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def test_a_blackhole_and_a_released_address(aws: Sandbox, deploy: Deploy) -> None:
    first = deploy(**NAT)
    seen = Witness.of(aws)
    allocation = seen.addresses["elastic_ip/nat-a"]["AllocationId"]
    delete_nat(seen)
    wait_until_deleted(seen, first["nat_gateway_ids"][0])
    seen.ec2.release_address(AllocationId=allocation)
    dry = deploy(check_mode=True, **NAT)
    reasons = {change["name"]: change["reason"] for change in dry["changes"] if change["kind"] == "route"}
    assert set(reasons) == {"private-a-default", "private-b-default"}
    assert all("blackhole" in reason for reason in reasons.values())
    assert changed(deploy(**NAT)) == {
        "elastic_ip/nat-a",
        "nat_gateway/nat-a",
        "route/private-a-default",
        "route/private-b-default",
    }
    assert_network(aws, nats=NATS)


def test_a_failed_nat_gateway_is_replaced(aws: Sandbox, deploy: Deploy) -> None:
    """It failed because there was no way out when it was made."""
    deploy()
    seen = Witness.of(aws)
    detach_gateway(seen)

    def own(kind: str, address: str) -> list[dict[str, t.Any]]:
        tags = {**OURS, "Resource": address}
        return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]

    allocation = seen.ec2.allocate_address(Domain="vpc", TagSpecifications=own("elastic-ip", "elastic_ip/nat-a"))
    failed = seen.ec2.create_nat_gateway(
        SubnetId=seen.subnets["subnet/public-a"]["SubnetId"],
        AllocationId=allocation["AllocationId"],
        TagSpecifications=own("natgateway", "nat_gateway/nat-a"),
    )["NatGateway"]["NatGatewayId"]
    eventually(
        lambda: seen.ec2.describe_nat_gateways(NatGatewayIds=[failed])["NatGateways"][0]["State"] != "pending",
        what="the end of its creation",
    )
    result = deploy(**NAT)
    assert {"internet_gateway/main", "nat_gateway/nat-a", f"nat_gateway/{failed}"} <= changed(result)
    reason = next(
        change["reason"] for change in result["changes"] if (change["kind"], change["name"]) == ("nat_gateway", "nat-a")
    )
    assert reason.startswith(f"missing: {failed} failed (Gateway.NotAttached")
    assert_network(aws, nats=NATS)
    assert deploy(**NAT)["changes"] == []


# --- tags


def resource_ids(aws: Sandbox) -> dict[str, str]:
    return {item.tags["Resource"]: item.id for item in ours(aws)}


def test_a_changed_name_tag_is_repaired_on_every_kind(aws: Sandbox, deploy: Deploy) -> None:
    deploy(**NAT, tags={"Team": "web"})
    found = resource_ids(aws)
    ec2 = Witness.of(aws).ec2
    ec2.create_tags(
        Resources=list(found.values()), Tags=[{"Key": "Name", "Value": "x"}, {"Key": "Other", "Value": "y"}]
    )
    ec2.delete_tags(Resources=list(found.values()), Tags=[{"Key": "Team"}])
    result = deploy(**NAT, tags={"Team": "web"})
    assert changed(result) == set(found)
    assert {change["action"] for change in result["changes"]} == {"update"}
    assert deploy(**NAT, tags={"Team": "web"})["changes"] == []
    for item in ours(aws):
        assert (item.tags["Team"], item.tags["Other"]) == ("web", "y")
        assert item.tags["Name"] == f"hello-dev-network-{item.tags['Resource'].partition('/')[2]}"


@pytest.mark.parametrize("key", ["Resource", "ManagedBy"])
def test_a_lost_tag_of_ours_makes_no_twin(aws: Sandbox, deploy: Deploy, key: str) -> None:
    """The VPC and the internet gateway are found by these tags alone; what is inside, by what it is as well."""
    deploy(**NAT)
    found = resource_ids(aws)
    kinds = {"subnet", "route_table", "nat_gateway", "elastic_ip", "vpc_endpoint", "security_group"}
    losing = {name: item for name, item in found.items() if name.partition("/")[0] in kinds}
    Witness.of(aws).ec2.delete_tags(Resources=list(losing.values()), Tags=[{"Key": key}])
    assert changed(deploy(**NAT)) == set(losing)
    assert resource_ids(aws) == found
    assert_network(aws, nats=NATS)


def test_an_internet_gateway_without_our_tags_is_named(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    seen = Witness.of(aws)
    gateway = seen.gateway["InternetGatewayId"]
    seen.ec2.delete_tags(Resources=[gateway], Tags=[{"Key": key} for key in (*OURS, "Resource")])
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=gateway):
        deploy()
    assert aws.requests.writes(mark) == []
