# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a first run makes, what a second and a dry run do, and waits."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ApplyError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown
from sandbox import Sandbox
from tests.integration.conftest import RunJob, job_runner

from .world import COMPLETE, NAME, OURS, Deploy, Network, Stack, changes, make_network

pytestmark = pytest.mark.once


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
        "retiring_listener_arn": "",
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
