# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""destroy.yml: everything, or one region."""

from __future__ import annotations

import re

import pytest

from sandbox import Sandbox
from sandbox.resources import Resource
from tests.integration.conftest import job_runner
from tests.integration.whole_stack import JOBS, Stack

from .conftest import Outcome, Playbooks, deploy, in_processes_of_their_own
from .test_site import EAST, OREGON, WEST, answers

# Whole deployments, in processes of their own
pytestmark = pytest.mark.timeout(900)

_CONFIRM = ("-e", "confirm=dev")


def standing(aws: Sandbox, region: str) -> list[Resource]:
    """What there is in a region of the account."""
    return [resource for resource in aws.snapshot() if resource.region == region]


@pytest.mark.once
def test_nothing_is_left(playbooks: Playbooks, aws: Sandbox) -> None:
    seed = {resource.key for resource in aws.snapshot()}
    west = deploy(aws)["vpc us-west-1"]
    # A worker that the inventory has no more
    place = {"region": "us-west-1", "subnet_ids": west["private_subnet_ids"]}
    containers = [{"name": "mailer", "image": "mailer:1"}]
    job_runner(aws)(JOBS["ecs_service"], **place, name="mailer", vpc_id=west["vpc_id"], containers=containers)
    deployed = aws.snapshot()

    dry = playbooks.ok("destroy", "--check", "--diff")
    assert dry.writes == []
    assert aws.snapshot() == deployed
    assert "This run would make" in dry.text
    assert "us-west-1 vpc: " in dry.text
    assert "us-west-1 ecs_service mailer: 7 to destroy" in dry.text
    assert re.search(r"^  - vpc/main vpc-\w+ \(state is absent\)$", dry.text, re.MULTILINE)

    done = playbooks.ok("destroy", *_CONFIRM)
    assert {resource.key for resource in aws.snapshot()} == seed
    assert "Nothing is left of hello in dev in us-east-1, us-west-1" in done.flat()
    assert "us-west-1 vpc: 14 destroyed - vpc_endpoint/s3 vpce-" in done.flat()
    assert "route53_zone: 1 destroyed - zone/main Z" in done.flat()
    assert "Changes made: 73 destroyed." in done.flat()
    assert done.writes.index("ChangeResourceRecordSets") < done.writes.index("DeleteLoadBalancer")
    assert playbooks.report["regions"] == {}
    assert "Nothing of hello in dev is deployed." in playbooks.page


@pytest.mark.once
@pytest.mark.exhaustive
def test_once_nothing_is_left_it_is_not_waited_for_and_can_be_deployed_again_at_once(
    playbooks: Playbooks, aws: Sandbox
) -> None:
    deploy(aws)
    Stack(job_runner(aws)).destroy()
    again = playbooks.ok("destroy", *_CONFIRM, "-e", "dns_ttl_wait=600")
    assert set(again.changed.values()) == {0}
    assert again.writes == []
    # No record went.
    assert "TASK [Wait until the records have expired in resolvers]" in again.text
    assert "Pausing" not in again.text
    deploy(aws)
    assert answers(aws) == {"PRIMARY": "us-east-1", "SECONDARY": "us-west-1"}


@pytest.mark.once
def test_a_record_of_others_in_the_zone_is_refused_before_the_first_change(playbooks: Playbooks, aws: Sandbox) -> None:
    playbooks.ok("site", "--tags", "route53_zone")
    record = {"Name": "www.dev.example.com", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"mine"'}]}
    changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
    route53 = aws.client("route53")
    listed = route53.list_hosted_zones_by_name(DNSName="dev.example.com")["HostedZones"]
    zone_id = next(zone["Id"] for zone in listed if not zone["Config"]["PrivateZone"])
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": changes})
    # test_zone.py has a dry run.
    refused = playbooks.run("destroy", *_CONFIRM)
    assert (refused.rc != 0, refused.writes) == (True, [])
    assert "still has records: TXT www.dev.example.com." in refused.flat()


@pytest.mark.once
@pytest.mark.parametrize("arguments", [_CONFIRM, pytest.param(("--check",), marks=pytest.mark.exhaustive)], ids=str)
def test_whatever_blocks_a_removal_is_told_at_once_before_the_first_change(
    playbooks: Playbooks, aws: Sandbox, arguments: tuple[str, ...]
) -> None:
    deployed = deploy(aws)
    ecs = aws.client("ecs")
    (own,) = ecs.describe_services(cluster="hello-dev-hello", services=["hello-dev-hello"])["services"]
    network = own["networkConfiguration"]
    settings = {"cluster": "hello-dev-hello", "taskDefinition": own["taskDefinition"], "launchType": "FARGATE"}
    ecs.create_service(serviceName="theirs", desiredCount=1, networkConfiguration=network, **settings)
    (subnet, *_others) = deployed["vpc us-west-1"]["private_subnet_ids"]
    aws.client("ec2", region="us-west-1").create_network_interface(SubnetId=subnet, Description="theirs")
    protection = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    aws.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=deployed["alb us-east-1"]["load_balancer_arn"], Attributes=protection
    )
    refused = playbooks.run("destroy", *arguments)
    assert (refused.rc != 0, refused.writes) == (True, [])
    assert "is protected against deletion" in refused.flat()
    assert "(site.yml) with deletion_protection (alb_deletion_protection) set to false first" in refused.flat()
    assert "others run in it: service theirs. Delete or stop these" in refused.flat()
    assert (
        "us-west-1 cannot be deleted: it holds what by its tags is not of this stack: network interface"
        in refused.flat()
    )
    # Whatever leaves them alone may go.
    playbooks.ok("destroy", "--tags", "route53_failover", *_CONFIRM)


@pytest.mark.once
@pytest.mark.exhaustive
def test_the_ttl_is_waited_out_when_a_record_went(playbooks: Playbooks, aws: Sandbox) -> None:
    inventory = playbooks.inventory(regions={"us-east-1": EAST})

    seed = {resource.key for resource in aws.snapshot()}

    def destroy(*arguments: str) -> Outcome:
        return playbooks.ok("destroy", *_CONFIRM, *arguments, inventory=inventory)

    deploy(aws, "us-east-1")
    done = destroy("-e", "dns_ttl_wait=1")
    assert "Pausing for 1 seconds" in done.text
    calls = [record for record in done.calls if record.operation in ("ChangeResourceRecordSets", "DeleteLoadBalancer")]
    times = {record.operation: record.time for record in reversed(calls)}
    assert times["DeleteLoadBalancer"] - times["ChangeResourceRecordSets"] >= 1
    # Neither does one that was cut off before the wait, when it is repeated, go on without it.
    deploy(aws, "us-east-1")
    Stack(job_runner(aws), regions=("us-east-1",)).destroy_layer("failover")
    # In processes of their own, modules remove the same: one of the environment, and one of a region.
    alone = in_processes_of_their_own("route53_failover", "vpc", while_true="destroy_removal is not defined")
    repeated = destroy("-e", "dns_ttl_wait=1", *alone)
    assert "Pausing for 1 seconds" in repeated.text
    assert "DeleteLoadBalancer" in repeated.writes
    assert {resource.key for resource in aws.snapshot()} == seed


@pytest.mark.exhaustive
def test_one_region_goes_and_the_others_stay(playbooks: Playbooks, aws: Sandbox) -> None:
    clean = {resource.key for resource in standing(aws, "us-west-1")}
    inventory = playbooks.inventory(regions={"us-east-1": EAST, "us-west-1": WEST, "us-west-2": OREGON})
    deploy(aws, "us-east-1", "us-west-1", "us-west-2")
    east = [resource for resource in standing(aws, "us-east-1") if resource.service != "cloudwatch"]
    done = playbooks.ok("destroy", "--limit", "us-west-1", *_CONFIRM, inventory=inventory)
    assert {resource.key for resource in standing(aws, "us-west-1")} == clean
    assert [resource for resource in standing(aws, "us-east-1") if resource.service != "cloudwatch"] == east
    assert answers(aws) == {"PRIMARY": "us-east-1", "SECONDARY": "us-west-2"}
    assert done.writes.index("ChangeResourceRecordSets") < done.writes.index("DeleteLoadBalancer")
    assert sorted(playbooks.report["regions"]) == ["us-east-1", "us-west-2"]
    rest = playbooks.inventory(regions={"us-east-1": EAST, "us-west-2": OREGON})
    assert set(playbooks.ok("site", inventory=rest).changed.values()) == {0}


@pytest.mark.once
def test_the_region_that_serves_goes_only_when_said_twice(playbooks: Playbooks, aws: Sandbox) -> None:
    deploy(aws)
    before = aws.snapshot()
    refused = playbooks.run("destroy", "--limit", "us-east-1", *_CONFIRM)
    assert refused.rc != 0
    assert "us-east-1 serves the users of hello in dev now." in refused.flat()
    assert "-e confirm_serving=us-east-1" in refused.flat()
    assert refused.writes == []
    assert aws.snapshot() == before
    playbooks.ok("destroy", "--limit", "us-east-1", *_CONFIRM, "-e", "confirm_serving=us-east-1")
    assert set(answers(aws).values()) == {"us-west-1"}


@pytest.mark.once
@pytest.mark.exhaustive
def test_another_region_confirms_nothing_and_a_tag_takes_down_its_layer_and_what_builds_on_it(
    playbooks: Playbooks, aws: Sandbox
) -> None:
    deploy(aws)
    before = aws.snapshot()
    wrong = playbooks.run("destroy", "--limit", "us-east-1", *_CONFIRM, "-e", "confirm_serving=us-west-1")
    assert wrong.rc != 0
    assert aws.snapshot() == before
    playbooks.ok("destroy", "--tags", "ecs_service", *_CONFIRM)
    left = {resource.kind for resource in standing(aws, "us-west-1")}
    assert "services" not in left
    assert {"vpcs", "load_balancers"} <= left
    assert answers(aws) == {}


@pytest.mark.once
@pytest.mark.exhaustive
def test_a_region_that_cannot_be_taken_down_does_not_stop_the_other(playbooks: Playbooks, aws: Sandbox) -> None:
    clean = {resource.key for resource in standing(aws, "us-west-1")}
    deploy(aws)
    with aws.fail("ServerException", service="ecs", operation="DeleteService", region="us-east-1", count=1000):
        outcome = playbooks.run("destroy", *_CONFIRM)
    assert outcome.rc != 0
    assert {resource.key for resource in standing(aws, "us-west-1")} == clean
    assert "only partly taken down" in outcome.flat()


@pytest.mark.exhaustive
def test_the_region_that_serves_stays_if_what_would_be_left_cannot_be_reached(
    playbooks: Playbooks, aws: Sandbox
) -> None:
    deploy(aws)
    before = answers(aws)
    aws.break_region("us-west-1")
    for mode in ((), ("--check",)):
        refused = playbooks.run("destroy", "--limit", "us-east-1", *_CONFIRM, "-e", "confirm_serving=us-east-1", *mode)
        assert refused.rc != 0
        assert "hello in dev would be left in us-west-1, which cannot be reached. Nothing was" in refused.flat()
        assert "- AWS could not be called in us-west-1: " in refused.text
        assert (refused.writes, answers(aws)) == ([], before)


@pytest.mark.once
def test_a_region_that_the_inventory_has_lost_is_not_left_without_a_word(playbooks: Playbooks, aws: Sandbox) -> None:
    deploy(aws)
    rest = playbooks.inventory(regions={"us-east-1": EAST})
    before = aws.snapshot()
    for mode in ((), ("--check",)):
        refused = playbooks.run("destroy", *_CONFIRM, *mode, inventory=rest)
        assert (refused.rc != 0, refused.writes) == (True, [])
        assert "us-west-1 is in the DNS of hello in dev, but not in the inventory" in refused.flat()
        assert "Put it back into the group `regions`" in refused.flat()
    assert aws.snapshot() == before
    playbooks.ok("destroy", *_CONFIRM, "-e", "confirm_left=us-west-1", inventory=rest)
    assert "load_balancers" in {resource.kind for resource in standing(aws, "us-west-1")}
