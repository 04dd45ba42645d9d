# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From EC2's answers, with what they leave out, to values."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources import (
    elastic_ip,
    endpoint,
    internet_gateway,
    nat_gateway,
    route_table,
    subnet,
)

EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def is_open(policy: t.Any) -> bool:
    item = {"VpcEndpointId": "vpce-1", "ServiceName": "s3", "State": "Available", "PolicyDocument": policy}
    return endpoint.parse(item).policy == endpoint.OPEN_POLICY


@pytest.mark.parametrize(
    "statement",
    [
        EVERYTHING,
        {**EVERYTHING, "Sid": "all"},
        {**EVERYTHING, "Action": ["*"], "Resource": ["*"]},
        {**EVERYTHING, "Principal": {"AWS": "*"}},
    ],
)
def test_a_policy_that_allows_everything_in_any_spelling(statement: dict[str, t.Any]) -> None:
    assert is_open(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert is_open(json.dumps({"Version": "2008-10-17", "Statement": statement}))


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [{**EVERYTHING, "Effect": "Deny"}],
        [EVERYTHING, {**EVERYTHING, "Effect": "Deny"}],
        [{**EVERYTHING, "Condition": {"StringEquals": {"aws:PrincipalAccount": "1"}}}],
        [{**EVERYTHING, "Action": ["s3:GetObject"]}],
    ],
)
def test_a_policy_that_does_not(statements: list[dict[str, t.Any]]) -> None:
    assert not is_open(json.dumps({"Statement": statements}))


@pytest.mark.parametrize("document", ["", None, "no JSON", "[]"])
def test_a_policy_that_cannot_be_read_is_another(document: str | None) -> None:
    assert not is_open(document)


def test_a_route_table() -> None:
    table = route_table.parse(
        {
            "RouteTableId": "rtb-1",
            "Routes": [
                {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
                {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"},
                {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"},
            ],
            "Associations": [
                {"RouteTableAssociationId": "a-1", "SubnetId": "subnet-1", "AssociationState": {"State": "associated"}},
                {"RouteTableAssociationId": "a-2", "SubnetId": "subnet-2", "AssociationState": {"State": "failed"}},
                {"RouteTableAssociationId": "a-3", "GatewayId": "igw-1"},
            ],
        }
    )
    assert (table.default_target, table.blackhole, table.main) == ("nat-1", True, False)
    assert [link.subnet_id for link in table.associations] == ["subnet-1"]


@pytest.mark.parametrize(
    "target",
    [
        {"TransitGatewayId": "x"},
        {"VpcPeeringConnectionId": "x"},
        {"GatewayId": "x"},
        {"CoreNetworkArn": "x"},
        {"InstanceId": "x", "NetworkInterfaceId": "eni-1"},
        {"NetworkInterfaceId": "x"},
    ],
)
def test_a_default_route_to_anything(target: dict[str, str]) -> None:
    item = {"RouteTableId": "rtb-1", "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", **target}]}
    assert route_table.parse(item).default_target == "x"


def test_a_default_route_to_something_yet_unheard_of_is_still_a_route() -> None:
    item = {"RouteTableId": "rtb-1", "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "MoonGatewayId": "x"}]}
    assert route_table.parse(item).default_target


def test_a_main_route_table() -> None:
    item = {"RouteTableId": "rtb-1", "Associations": [{"RouteTableAssociationId": "a", "Main": True}]}
    table = route_table.parse(item)
    assert (table.main, table.associations, table.default_target) == (True, (), "")


def test_a_nat_gateway_that_failed() -> None:
    nat = nat_gateway.parse(
        {
            "NatGatewayId": "nat-1",
            "State": "failed",
            "SubnetId": "subnet-1",
            "FailureCode": "Gateway.NotAttached",
            "FailureMessage": "no gateway",
            "NatGatewayAddresses": [{"AllocationId": "eipalloc-1"}],
        }
    )
    assert (nat.failure, nat.usable, nat.allocation_id) == ("Gateway.NotAttached: no gateway", False, "eipalloc-1")


def test_a_nat_gateway_with_secondary_addresses_is_known_by_its_first() -> None:
    addresses = [
        {"AllocationId": "eipalloc-2", "IsPrimary": False, "NetworkInterfaceId": "eni-1"},
        {"AllocationId": "eipalloc-1", "IsPrimary": True, "NetworkInterfaceId": "eni-1"},
    ]
    nat = nat_gateway.parse({"NatGatewayId": "nat-1", "State": "available", "NatGatewayAddresses": addresses})
    assert (nat.allocation_id, nat.interface_ids) == ("eipalloc-1", frozenset({"eni-1"}))


def test_an_address_is_free_when_its_nat_gateway_is_deleted_whatever_was_read_before() -> None:
    """Addresses and NAT gateways are read at the same time: what is deleted in one may be associated in the other."""
    item = {"PublicIp": "198.51.100.1", "AssociationId": "eipassoc-1"}
    held = elastic_ip.parse({**item, "AllocationId": "eipalloc-1", "NetworkInterfaceId": "eni-1"})
    others = elastic_ip.parse({**item, "AllocationId": "eipalloc-2", "NetworkInterfaceId": "eni-2"})
    gone = nat_gateway.parse(
        {
            "NatGatewayId": "nat-1",
            "State": "deleted",
            "NatGatewayAddresses": [{"AllocationId": "eipalloc-1", "NetworkInterfaceId": "eni-1"}],
        }
    )
    assert [address.associated for address in elastic_ip.without_holders([held, others], [gone])] == [False, True]
    assert elastic_ip.without_holders([held, others], []) == (held, others)


@pytest.mark.parametrize(
    ("state", "vpc"), [("available", "vpc-1"), ("attached", "vpc-1"), ("detaching", ""), ("detached", "")]
)
def test_whether_an_internet_gateway_is_attached(state: str, vpc: str) -> None:
    item = {"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": state}]}
    assert internet_gateway.parse(item).vpc_id == vpc


def test_attributes_that_are_not_in_the_answer_are_no_drift() -> None:
    item = {"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/20", "AvailabilityZone": "us-east-1a"}
    assert subnet.parse(item).attributes == subnet.ATTRIBUTES
    spoilt = {**subnet.ATTRIBUTES, "map_public_ip_on_launch": True}
    assert subnet.parse({**item, "MapPublicIpOnLaunch": True}).attributes == spoilt
