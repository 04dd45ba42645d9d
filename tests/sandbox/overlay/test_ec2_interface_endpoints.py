# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interface endpoints take their time, keep what they are in, and have a private name that is theirs alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import create_group, create_subnet, create_vpc, refused

LOGS = "com.amazonaws.us-west-1.logs"


@pytest.fixture
def request_of(ec2: Any) -> dict[str, Any]:
    """What an endpoint is asked for with."""
    vpc_id = create_vpc(ec2)
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    subnets = [create_subnet(ec2, vpc_id, 0), create_subnet(ec2, vpc_id, 1, "us-west-1b")]
    return {
        "VpcId": vpc_id,
        "VpcEndpointType": "Interface",
        "ServiceName": LOGS,
        "SubnetIds": subnets,
        "SecurityGroupIds": [create_group(ec2, vpc_id)],
        "PrivateDnsEnabled": True,
    }


def create(ec2: Any, request: dict[str, Any], **more: Any) -> str:
    return str(ec2.create_vpc_endpoint(**{**request, **more})["VpcEndpoint"]["VpcEndpointId"])


def describe(ec2: Any, identifier: str) -> Any:
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[identifier])["VpcEndpoints"]
    return found


def interfaces(ec2: Any) -> list[Any]:
    found: list[Any] = ec2.describe_network_interfaces()["NetworkInterfaces"]
    return found


def test_pending_then_available_then_deleting_then_gone(local: Local, ec2: Any, request_of: dict[str, Any]) -> None:
    identifier = create(ec2, request_of)
    assert describe(ec2, identifier)["State"] == "pending"
    with refused("IncorrectState"):
        ec2.modify_vpc_endpoint(VpcEndpointId=identifier, PrivateDnsEnabled=False)
    local.passes("endpoint_create", 1.1)
    assert describe(ec2, identifier)["State"] == "available"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[identifier])
    assert describe(ec2, identifier)["State"] == "deleting"
    local.passes("endpoint_delete", 1.1)
    with refused("InvalidVpcEndpointId.NotFound"):
        describe(ec2, identifier)
    assert interfaces(ec2) == []


def test_it_keeps_subnets_and_security_group_until_it_is_gone(
    local: Local, ec2: Any, request_of: dict[str, Any]
) -> None:
    identifier = create(ec2, request_of)
    found = interfaces(ec2)
    assert {item["SubnetId"] for item in found} == set(request_of["SubnetIds"])
    assert {(item["InterfaceType"], item["RequesterManaged"]) for item in found} == {("vpc_endpoint", True)}
    assert sorted(item["NetworkInterfaceId"] for item in found) == sorted(
        describe(ec2, identifier)["NetworkInterfaceIds"]
    )
    ec2.delete_vpc_endpoints(VpcEndpointIds=[identifier])
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=request_of["SubnetIds"][0])
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=request_of["SecurityGroupIds"][0])
    local.passes("endpoint_delete", 1.1)
    ec2.delete_subnet(SubnetId=request_of["SubnetIds"][0])
    ec2.delete_security_group(GroupId=request_of["SecurityGroupIds"][0])


def test_a_private_name_is_that_of_one_endpoint(local: Local, ec2: Any, request_of: dict[str, Any]) -> None:
    identifier = create(ec2, request_of)
    with refused("InvalidParameter", "conflicting DNS domain"):
        create(ec2, request_of)
    other = create(ec2, request_of, PrivateDnsEnabled=False)
    local.passes("endpoint_create", 1.1)
    with refused("InvalidParameter", "conflicting DNS domain"):
        ec2.modify_vpc_endpoint(VpcEndpointId=other, PrivateDnsEnabled=True)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[identifier])
    with refused("InvalidParameter", "conflicting DNS domain"):  # as long as it is being deleted
        create(ec2, request_of)
    local.passes("endpoint_delete", 1.1)
    ec2.modify_vpc_endpoint(VpcEndpointId=other, PrivateDnsEnabled=True)
    assert describe(ec2, other)["PrivateDnsEnabled"] is True


def test_what_it_cannot_be(ec2: Any, request_of: dict[str, Any]) -> None:
    with refused("InvalidServiceName"):
        create(ec2, request_of, ServiceName=f"{LOGS}s")
    with refused("DuplicateSubnetsInSameZone"):
        twin = create_subnet(ec2, request_of["VpcId"], 2)
        create(ec2, request_of, SubnetIds=[*request_of["SubnetIds"], twin])
    ec2.modify_vpc_attribute(VpcId=request_of["VpcId"], EnableDnsHostnames={"Value": False})
    with refused("InvalidParameter", "enableDnsHostnames"):
        create(ec2, request_of)


def test_subnets_and_groups_come_and_go(local: Local, ec2: Any, request_of: dict[str, Any]) -> None:
    first, second = request_of["SubnetIds"]
    identifier = create(ec2, request_of, SubnetIds=[first])
    local.passes("endpoint_create", 1.1)
    other = create_group(ec2, request_of["VpcId"], "other")
    ec2.modify_vpc_endpoint(
        VpcEndpointId=identifier,
        AddSubnetIds=[second],
        RemoveSubnetIds=[first],
        AddSecurityGroupIds=[other],
        RemoveSecurityGroupIds=request_of["SecurityGroupIds"],
    )
    found = describe(ec2, identifier)
    assert (found["SubnetIds"], [group["GroupId"] for group in found["Groups"]]) == ([second], [other])
    local.passes("endpoint_delete", 1.1)
    assert [(item["SubnetId"], item["Groups"][0]["GroupId"]) for item in interfaces(ec2)] == [(second, other)]


def test_services_are_found_by_name_and_type(ec2: Any) -> None:
    def names(*values: str, kind: str = "Interface") -> list[str]:
        filters = [{"Name": "service-name", "Values": [*values]}, {"Name": "service-type", "Values": [kind]}]
        answer = ec2.describe_vpc_endpoint_services(Filters=filters)
        return [item["ServiceName"] for item in answer["ServiceDetails"]]

    assert names(LOGS, "com.amazonaws.us-west-1.nothing") == [LOGS]
    assert names(LOGS, kind="Gateway") == []
