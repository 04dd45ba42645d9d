# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security groups: duplicates, dependencies, characters."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Sandbox
from tests.sandbox.overlay.helpers import create_group, create_subnet, create_vpc, refused


@pytest.fixture
def vpc_id(ec2: Any) -> str:
    return create_vpc(ec2)


def from_group(group_id: str, description: str = "from the load balancer") -> dict[str, Any]:
    pair = {"GroupId": group_id, "Description": description}
    return {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}


def from_network(cidr: str, description: str) -> dict[str, Any]:
    network = {"CidrIp": cidr, "Description": description}
    return {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [network]}


def test_rules_that_differ_in_description_only_are_duplicates(ec2: Any, vpc_id: str) -> None:
    group_id, other_id = create_group(ec2, vpc_id), create_group(ec2, vpc_id, "alb")
    for first, second in (
        (from_group(other_id), from_group(other_id, "again")),
        (from_network("0.0.0.0/0", "one"), from_network("0.0.0.0/0", "two")),
    ):
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[first])
        with refused("InvalidPermission.Duplicate"):
            ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[second])


def test_authorize_adds_all_rules_or_none(ec2: Any, vpc_id: str) -> None:
    group_id = create_group(ec2, vpc_id)
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[from_network("10.0.0.0/8", "")])
    both = [from_network("192.0.2.0/24", ""), from_network("10.0.0.0/8", "")]
    with refused("InvalidPermission.Duplicate"):
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=both)
    filters = [{"Name": "group-id", "Values": [group_id]}]
    rules = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    assert [rule["CidrIpv4"] for rule in rules if not rule["IsEgress"]] == ["10.0.0.0/8"]


def test_authorize_returns_every_new_rule(ec2: Any, vpc_id: str) -> None:
    group_id = create_group(ec2, vpc_id)
    both = [from_network("192.0.2.0/24", ""), from_network("10.0.0.0/8", "")]
    answer = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=both)
    assert [rule["CidrIpv4"] for rule in answer["SecurityGroupRules"]] == ["192.0.2.0/24", "10.0.0.0/8"]


def test_a_rule_for_a_group_has_its_description(ec2: Any, vpc_id: str) -> None:
    group_id, other_id = create_group(ec2, vpc_id), create_group(ec2, vpc_id, "alb")
    permission = from_group(other_id)
    (rule,) = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])["SecurityGroupRules"]
    (found,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])[
        "SecurityGroupRules"
    ]
    assert found["Description"] == "from the load balancer"
    assert found["ReferencedGroupInfo"]["GroupId"] == other_id


def test_a_rule_for_a_prefix_list_has_its_description(ec2: Any, vpc_id: str) -> None:
    group_id = create_group(ec2, vpc_id)
    prefix_list = ec2.describe_managed_prefix_lists()["PrefixLists"][0]["PrefixListId"]

    def rule(text: str) -> dict[str, Any]:
        entry = {"PrefixListId": prefix_list, "Description": text}
        permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "PrefixListIds": [entry]}
        return {"GroupId": group_id, "IpPermissions": [permission]}

    def told() -> list[dict[str, Any]]:
        (group,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
        found: list[dict[str, Any]] = group["IpPermissions"][0]["PrefixListIds"]
        return found

    (new,) = ec2.authorize_security_group_ingress(**rule("Clients"))["SecurityGroupRules"]
    assert (new["PrefixListId"], new["Description"]) == (prefix_list, "Clients")
    assert told() == [{"PrefixListId": prefix_list, "Description": "Clients"}]
    ec2.update_security_group_rule_descriptions_ingress(**rule("Checkers"))
    assert told() == [{"PrefixListId": prefix_list, "Description": "Checkers"}]
    ec2.revoke_security_group_ingress(**rule(""))
    (group,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    assert group["IpPermissions"] == []


def test_a_rule_is_revoked_whatever_its_description(ec2: Any, vpc_id: str) -> None:
    group_id, other_id = create_group(ec2, vpc_id), create_group(ec2, vpc_id, "alb")
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[from_group(other_id)])
    ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=[from_group(other_id, "x")])
    with refused("InvalidPermission.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=[from_group(other_id)])


def test_a_group_that_another_names_stays(ec2: Any, vpc_id: str) -> None:
    group_id, other_id = create_group(ec2, vpc_id), create_group(ec2, vpc_id, "alb")
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[from_group(other_id)])
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[from_group(group_id)])
    with refused("DependencyViolation", other_id):
        ec2.delete_security_group(GroupId=other_id)
    ec2.delete_security_group(GroupId=group_id)
    ec2.delete_security_group(GroupId=other_id)


def test_a_group_of_an_interface_stays(ec2: Any, vpc_id: str) -> None:
    group_id = create_group(ec2, vpc_id)
    made = ec2.create_network_interface(SubnetId=create_subnet(ec2, vpc_id), Groups=[group_id])
    with refused("DependencyViolation", group_id):
        ec2.delete_security_group(GroupId=group_id)
    ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterface"]["NetworkInterfaceId"])
    ec2.delete_security_group(GroupId=group_id)


def test_the_default_group_stays(ec2: Any, vpc_id: str) -> None:
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}]
    (group,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    with refused("CannotDelete", "default"):
        ec2.delete_security_group(GroupId=group["GroupId"])


@pytest.mark.parametrize("text", ["it's", "größer", "x" * 256])
def test_characters_that_aws_refuses(ec2: Any, vpc_id: str, text: str) -> None:
    with refused("InvalidParameterValue"):
        ec2.create_security_group(GroupName="app", Description=text, VpcId=vpc_id)
    group_id = create_group(ec2, vpc_id)
    with refused("InvalidParameterValue", "rule description"):
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[from_network("10.0.0.0/8", text)])


def test_a_name_cannot_look_like_an_id(ec2: Any, vpc_id: str) -> None:
    with refused("InvalidParameterValue", "sg-"):
        ec2.create_security_group(GroupName="sg-app", Description="app", VpcId=vpc_id)


def test_egress_too_adds_all_rules_or_none(ec2: Any, vpc_id: str) -> None:
    group_id = create_group(ec2, vpc_id)
    ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[from_network("10.0.0.0/8", "")])
    both = [from_network("192.0.2.0/24", ""), from_network("10.0.0.0/8", "")]
    with refused("InvalidPermission.Duplicate"):
        ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=both)
    filters = [{"Name": "group-id", "Values": [group_id]}]
    rules = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    assert {rule["CidrIpv4"] for rule in rules} == {"0.0.0.0/0", "10.0.0.0/8"}


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_every_region_has_the_list_of_route_53s_health_checkers(aws: Sandbox, region: str) -> None:
    ec2 = aws.client("ec2", region=region)
    name = f"com.amazonaws.{region}.route53-healthchecks"
    filters = [{"Name": "prefix-list-name", "Values": [name]}]
    (found,) = ec2.describe_managed_prefix_lists(Filters=filters)["PrefixLists"]
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=found["PrefixListId"])["Entries"]
    assert (found["OwnerId"], found["AddressFamily"]) == ("AWS", "IPv4")
    assert [entry["Cidr"] for entry in entries] == ["15.177.0.0/18"]
