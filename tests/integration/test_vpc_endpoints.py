# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interface endpoints, and the policy of endpoints, of the layer vpc against the local AWS, seen with boto3."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ConflictError,
    SpecError,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.kill import kill_after
from tests.integration.vpc_witness import Item, Witness, address, others, ours
from tests.sampling import first_and_last

pytestmark = pytest.mark.once

POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*"}]}
# Of adding two: security group, its default rule, its own rule, the endpoints
WRITES = 5


class Deploy(t.Protocol):
    def __call__(self, *endpoints: str, **options: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def deploy(run_job: RunJob) -> Deploy:
    def run(*endpoints: str, **options: t.Any) -> dict[str, t.Any]:
        defaults = {"cidr": "10.10.0.0/16", "nat_gateways": "none", "interface_endpoints": list(endpoints)}
        return run_job(LAYER.job, **{**defaults, **options})

    return run


def changed(result: dict[str, t.Any]) -> dict[str, str]:
    return {f"{change['kind']}/{change['name']}": change["action"] for change in result["changes"]}


def endpoints(aws: Sandbox) -> dict[str, Item]:
    found = Witness.of(aws).find("describe_vpc_endpoints", "VpcEndpoints")
    return {address(item): item for item in found if item["State"] != "deleting"}


def group(aws: Sandbox) -> Item:
    filters = [{"Name": "group-name", "Values": ["hello-dev-network-endpoints"]}]
    (found,) = Witness.of(aws).ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    return dict(found)


def assert_reachable(aws: Sandbox, *names: str) -> None:
    """Each is there, available, in all private subnets, with a private name, behind a group that admits the VPC."""
    found, seen = endpoints(aws), Witness.of(aws)
    private = {item["SubnetId"] for name, item in seen.subnets.items() if "private" in name}
    assert set(found) == {"vpc_endpoint/s3", *(f"interface_endpoint/{name}" for name in names)}
    for name in names:
        item = found[f"interface_endpoint/{name}"]
        assert (item["ServiceName"], item["State"]) == (f"com.amazonaws.us-east-1.{name}", "available")
        assert (set(item["SubnetIds"]), item["PrivateDnsEnabled"]) == (private, True)
        assert [each["GroupId"] for each in item["Groups"]] == [group(aws)["GroupId"]]
    if names:
        (rule,) = group(aws)["IpPermissions"]
        assert (rule["FromPort"], rule["ToPort"]) == (443, 443)
        assert [each["CidrIp"] for each in rule["IpRanges"]] == ["10.10.0.0/16"]
        assert group(aws)["IpPermissionsEgress"] == []


def test_they_are_made_and_then_left_alone(aws: Sandbox, deploy: Deploy) -> None:
    dry = deploy("ecr.api", "logs", check_mode=True)
    first = deploy("ecr.api", "logs")
    assert changed(dry) == changed(first)
    assert changed(first).items() >= {"interface_endpoint/logs": "create", "security_group/endpoints": "create"}.items()
    assert_reachable(aws, "ecr.api", "logs")
    found = endpoints(aws)
    assert first["interface_endpoint_ids"] == {
        name: found[f"interface_endpoint/{name}"]["VpcEndpointId"] for name in ("ecr.api", "logs")
    }
    mark = aws.requests.mark()
    assert deploy("ecr.api", "logs")["changes"] == []
    # As many calls as without them
    assert (aws.requests.writes(mark), len(aws.requests.since(mark)) <= 11) == ([], True)


def test_they_come_and_go_one_by_one(aws: Sandbox, deploy: Deploy) -> None:
    deploy("logs")
    assert changed(deploy("logs", "ssm")) == {"interface_endpoint/ssm": "create"}
    assert changed(deploy("ssm")) == {"interface_endpoint/logs": "delete"}
    assert_reachable(aws, "ssm")
    assert changed(deploy()) == {"interface_endpoint/ssm": "delete", "security_group/endpoints": "delete"}
    assert_reachable(aws)
    mark = aws.requests.mark()
    assert deploy()["changes"] == []
    assert len(aws.requests.since(mark)) <= 11


def test_there_is_a_way_out_all_the_time(aws: Sandbox, deploy: Deploy) -> None:
    """From a NAT gateway to endpoints, and back."""
    deploy(nat_gateways="single")
    mark = aws.requests.mark()
    deploy("logs")
    made = [record.operation for record in aws.requests.writes(mark)]
    assert made.index("CreateVpcEndpoint") < made.index("DeleteRoute") < made.index("DeleteNatGateway")
    mark = aws.requests.mark()
    deploy(nat_gateways="single")
    made = [record.operation for record in aws.requests.writes(mark)]
    assert made.index("CreateRoute") < made.index("DeleteVpcEndpoints")


def modify(aws: Sandbox, **changes: t.Any) -> None:
    found = endpoints(aws)["interface_endpoint/logs"]["VpcEndpointId"]
    Witness.of(aws).ec2.modify_vpc_endpoint(VpcEndpointId=found, **changes)


def open_group(aws: Sandbox) -> None:
    Witness.of(aws).ec2.authorize_security_group_ingress(
        GroupId=group(aws)["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )


def default_group(aws: Sandbox) -> None:
    modify(aws, AddSecurityGroupIds=[Witness.of(aws).default_group["GroupId"]])
    modify(aws, RemoveSecurityGroupIds=[group(aws)["GroupId"]])


def retag(aws: Sandbox) -> None:
    found = endpoints(aws)["interface_endpoint/logs"]["VpcEndpointId"]
    Witness.of(aws).ec2.delete_tags(Resources=[found], Tags=[{"Key": "ManagedBy"}])


def drop(aws: Sandbox) -> None:
    found = endpoints(aws)["interface_endpoint/logs"]["VpcEndpointId"]
    Witness.of(aws).ec2.delete_vpc_endpoints(VpcEndpointIds=[found])


DRIFTS: dict[str, tuple[t.Callable[[Sandbox], None], str]] = {
    "private DNS": (lambda aws: modify(aws, PrivateDnsEnabled=False), "interface_endpoint/logs"),
    "policy": (lambda aws: modify(aws, PolicyDocument=json.dumps(POLICY)), "interface_endpoint/logs"),
    "policy of the gateway": (
        lambda aws: Witness.of(aws).ec2.modify_vpc_endpoint(
            VpcEndpointId=Witness.of(aws).ec2.describe_vpc_endpoints(
                Filters=[{"Name": "vpc-endpoint-type", "Values": ["Gateway"]}]
            )["VpcEndpoints"][0]["VpcEndpointId"],
            PolicyDocument=json.dumps(POLICY),
        ),
        "vpc_endpoint/s3",
    ),
    "subnets": (
        lambda aws: modify(aws, RemoveSubnetIds=[Witness.of(aws).subnets["subnet/private-a"]["SubnetId"]]),
        "interface_endpoint/logs",
    ),
    "groups": (default_group, "interface_endpoint/logs"),
    "tags": (retag, "interface_endpoint/logs"),
    "deleted": (drop, "interface_endpoint/logs"),
    "rules": (open_group, "security_group/endpoints"),
}


def test_drift_is_named_and_repaired_alone(aws: Sandbox, deploy: Deploy) -> None:
    deploy("logs")
    for name, (spoil, named) in DRIFTS.items():
        spoil(aws)
        assert set(changed(deploy("logs", check_mode=True))) == {named}, name
        assert set(changed(deploy("logs"))) == {named}, name
        assert_reachable(aws, "logs")
    assert deploy("logs")["changes"] == []


def test_a_policy_is_that_of_all_endpoints_in_any_spelling(aws: Sandbox, deploy: Deploy) -> None:
    deploy("ecr.api", endpoint_policy=json.dumps(POLICY))
    documents = [json.loads(item["PolicyDocument"]) for item in endpoints(aws).values()]
    assert [document["Statement"] for document in documents] == [POLICY["Statement"]] * 2
    listed = {**POLICY["Statement"][0], "Action": ["ecr:*"], "Principal": {"AWS": "*"}, "Sid": "Ecr"}
    other = {"Version": "2012-10-17", "Statement": listed}
    assert deploy("ecr.api", endpoint_policy=json.dumps(other))["changes"] == []
    both = {"vpc_endpoint/s3": "update", "interface_endpoint/ecr.api": "update"}
    assert changed(deploy("ecr.api")) == both


def test_zones_come_and_go_with_their_subnets(aws: Sandbox, deploy: Deploy) -> None:
    deploy("logs", zone_count=3)
    assert_reachable(aws, "logs")
    found = changed(deploy("logs", zones=["us-east-1a", "us-east-1b"]))
    assert found.items() >= {"interface_endpoint/logs": "update", "subnet/private-c": "delete"}.items()
    assert_reachable(aws, "logs")


def test_destroying_leaves_nothing(aws: Sandbox, deploy: Deploy) -> None:
    before = others(aws)
    deploy("ecr.api", "logs")
    dry = deploy(state="absent", check_mode=True)
    assert changed(deploy(state="absent")) == changed(dry)
    assert (ours(aws), others(aws)) == ([], before)


def test_what_another_endpoint_answers_for_is_refused(aws: Sandbox, deploy: Deploy) -> None:
    vpc_id = deploy()["vpc_id"]
    foreign = Witness.of(aws).ec2.create_vpc_endpoint(
        VpcEndpointType="Interface", VpcId=vpc_id, ServiceName="com.amazonaws.us-east-1.logs", PrivateDnsEnabled=True
    )["VpcEndpoint"]["VpcEndpointId"]
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=rf"{foreign} .* take logs out of interface_endpoints"):
        deploy("logs")
    assert aws.requests.writes(mark) == []


def test_a_service_that_there_is_not_is_refused_before_the_first_change(aws: Sandbox, deploy: Deploy) -> None:
    mark = aws.requests.mark()
    with pytest.raises(SpecError, match=r"interface_endpoints: ecr.apis is not an interface endpoint service"):
        deploy("ecr.api", "ecr.apis")
    assert aws.requests.writes(mark) == []


@pytest.mark.parametrize("nth", first_and_last([1, 3, WRITES]))
def test_a_killed_run_is_finished_by_the_next(aws: Sandbox, deploy: Deploy, nth: int) -> None:
    deploy()
    kill_after(aws, nth, lambda: deploy("ecr.api", "logs"))
    deploy("ecr.api", "logs")
    assert_reachable(aws, "ecr.api", "logs")
    kill_after(aws, min(nth, 3), lambda: deploy(state="absent"))
    deploy(state="absent")
    assert ours(aws) == []


def test_a_lost_answer_makes_no_twin(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    with aws.cut(after=True, operation="CreateVpcEndpoint") as fault:
        deploy("logs")
        assert fault.fired == 1
    assert_reachable(aws, "logs")


def test_without_waiting_it_is_left_for_later(aws: Sandbox, deploy: Deploy) -> None:
    assert "interface_endpoint_available/logs" in deploy("logs", wait=False)["pending"]
    assert deploy("logs")["pending"] == []
    assert_reachable(aws, "logs")
