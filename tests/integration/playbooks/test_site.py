# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml: the whole stack, dry runs, single regions and layers."""

from __future__ import annotations

import collections
import json
import re
import typing as t

import pytest

from sandbox import Sandbox

from .conftest import Outcome, Playbooks, deploy, in_worker, kinds

# Whole deployments, in processes of their own
pytestmark = pytest.mark.timeout(900)

SECRET = "correct-horse-battery-staple"
EAST = {"failover_priority": 1, "vpc_cidr": "10.10.0.0/16"}
WEST = {"failover_priority": 2, "vpc_cidr": "10.20.0.0/16"}
OREGON = {"failover_priority": 3, "vpc_cidr": "10.30.0.0/16"}


def answers(aws: Sandbox, name: str = "dev.example.com.") -> dict[str, str]:
    """The load balancers that the failover pair of a name points to: PRIMARY and SECONDARY → region or name."""
    route53 = aws.client("route53")
    zones = [zone for zone in route53.list_hosted_zones()["HostedZones"] if zone["Name"] == "dev.example.com."]
    (zone,) = [zone for zone in zones if not zone["Config"]["PrivateZone"]]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    pairs = [record for record in records if record["Name"] == name and "Failover" in record]
    return {record["Failover"]: _where(record["AliasTarget"]["DNSName"]) for record in pairs}


def _where(name: str) -> str:
    match = re.search(r"\.(us-\w+-\d)\.elb\.amazonaws\.com\.$", name)
    return match[1] if match else name


def planned(playbooks: Playbooks) -> set[tuple[str, ...]]:
    changes = json.loads((playbooks.folder / "reports" / "dev" / "plan.json").read_text())["changes"]
    return {(c["region"], c["layer"], c["action"], c["kind"], c["name"]) for c in changes}


def test_the_whole_life_of_a_deployment(playbooks: Playbooks, aws: Sandbox) -> None:
    """Dry run, deployment, nothing to do, dry run: in one test, because each rests on the one before."""
    before = aws.snapshot()
    dry = playbooks.run("site", "--check", "--diff", "-e", "detailed_exitcode=true")
    assert (dry.rc != 0, dry.writes) == (True, []), dry.text
    assert aws.snapshot() == before
    assert "hello in dev does not answer yet." in dry.text
    assert {path.name for path in (playbooks.folder / "reports" / "dev").iterdir()} == {"plan.json", "plan.md"}
    expected = planned(playbooks)
    assert len(re.findall(r"^  [+~] \S+/\S+ ", dry.text, re.MULTILINE)) == len(expected)
    adds = sum(change[2] == "create" for change in expected)
    assert f"This run would make changes: {adds} to add, {len(expected) - adds} to change." in dry.text
    assert "+++ after: us-west-1 vpc" in dry.text
    assert f"hello in dev differs from the inventory: {adds} to add, " in dry.flat()

    first = playbooks.ok("site")
    report = playbooks.report
    assert "hello in dev answers at http://dev.example.com/ from us-east-1." in first.text
    assert all(first.changed[region] > 0 for region in ("us-east-1", "us-west-1"))
    assert answers(aws) == {"PRIMARY": "us-east-1", "SECONDARY": "us-west-1"}
    made = {(c["region"], c["layer"], c["action"], c["kind"], c["name"]) for c in report["changes"]}
    assert expected == made == planned(playbooks)
    for layer in ("route53_zone", "route53_zone_delegation", "vpc", "alb", "ecs_service", "route53_failover"):
        assert layer in {change["layer"] for change in report["changes"]}
    assert_the_report_says_what_stands_where(playbooks, aws)

    again = playbooks.ok("site", "-vvv")
    assert set(again.changed.values()) == {0}
    assert again.writes == []
    # Without app_repositories nobody asks for repositories.
    assert [call.operation for each in (dry, first, again) for call in each.calls if call.service == "ecr"] == []
    # What one role has read another one reads again: they are tasks of their own.
    assert len(again.calls) <= 100
    assert (" EXEC /bin/sh " in again.text) is not in_worker(), "modules run in the worker, unless it is off"
    assert "Changes made: none." in again.text

    dry_again = playbooks.ok("site", "--check", "--diff", "-e", "detailed_exitcode=true")
    assert set(dry_again.changed.values()) == {0}
    assert dry_again.writes == []
    assert "Nothing would change." in dry_again.text
    if in_worker():
        assert_it_reads_ahead_and_changes_what_stands(playbooks, aws, again)


def assert_it_reads_ahead_and_changes_what_stands(playbooks: Playbooks, aws: Sandbox, again: Outcome) -> None:
    """What the run with nothing to do has asked is asked again, and a drift of since then is set right."""
    reads = json.loads((playbooks.folder / "reports" / "dev" / "reads.json").read_text())
    noted = collections.Counter(read["operation"].replace("_", "") for task in reads["tasks"] for read in task["reads"])
    # The parent zone's role, with which the reader reads there
    assert collections.Counter(call.operation.lower() for call in again.calls) - noted == {"assumerole": 1}
    ahead = playbooks.ok("site")
    assert (set(ahead.changed.values()), ahead.writes) == ({0}, [])
    assert len(ahead.calls) <= len(again.calls)

    elbv2 = aws.client("elbv2", region="us-west-1")
    (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    arn = balancer["LoadBalancerArn"]
    elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "7"}]
    )
    repaired = playbooks.ok("site")
    assert any("ModifyLoadBalancerAttributes" in write for write in repaired.writes), repaired.writes
    found = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    assert {"Key": "idle_timeout.timeout_seconds", "Value": "7"} not in found
    assert playbooks.ok("site").writes == []


def assert_the_report_says_what_stands_where(playbooks: Playbooks, aws: Sandbox) -> None:
    assert 'aria-label="us-east-1: Serves now"' in playbooks.page
    assert "Management account <b>999999999999</b>" in playbooks.page
    assert "Not measured in AWS" in playbooks.page
    report = playbooks.report
    assert report["service"] == {
        "record": "dev.example.com",
        "url": "http://dev.example.com/",
        "serving_region": "us-east-1",
    }
    for region in ("us-east-1", "us-west-1"):
        (balancer,) = aws.client("elbv2", region=region).describe_load_balancers()["LoadBalancers"]
        found = report["regions"][region]
        assert found["alb"]["dns_name"] == balancer["DNSName"]
        assert found["vpc"]["vpc_id"] == balancer["VpcId"]
        assert found["ecs_service"]["running_count"] == 2
        assert found["failures"] == []
    assert (report["account_id"], report["problems"]) == ("111111111111", [])


@pytest.mark.exhaustive
@pytest.mark.once
def test_values_of_the_container_appear_nowhere(playbooks: Playbooks) -> None:
    inventory = playbooks.inventory(
        app_variables={"PASSWORD": SECRET},
        app_notify={"urls": [f"https://hooks.example.com/{SECRET}?token={SECRET}"]},
        app_smoke_test=f"test {SECRET}",
    )
    for arguments in (["--check", "--diff", "-vvv"], ["--diff", "-vvv"], ["--diff", "-vvv"]):
        outcome = playbooks.ok("site", "--limit", "us-east-1", *arguments, inventory=inventory)
        assert SECRET not in outcome.text
        assert "local/111111111111/not/a/secret" not in outcome.text
    assert SECRET not in json.dumps(playbooks.report)


@pytest.mark.exhaustive
def test_one_region_alone_and_the_other_one_later(playbooks: Playbooks, aws: Sandbox) -> None:
    first = playbooks.ok("site", "--limit", "us-west-1")
    assert first.writes_in("us-east-1") == []
    assert list(first.changed) == ["us-west-1"]
    assert set(answers(aws).values()) == {"us-west-1"}
    assert "answers at http://dev.example.com/ from us-west-1" in first.text
    west = playbooks.report["regions"]["us-west-1"]

    second = playbooks.ok("site", "--limit", "us-east-1")
    assert not set(second.writes_in("us-west-1")) - {"PutMetricAlarm", "PutMetricData", "TagResource"}
    assert answers(aws) == {"PRIMARY": "us-east-1", "SECONDARY": "us-west-1"}
    assert playbooks.report["regions"]["us-west-1"]["alb"] == west["alb"]
    assert set(playbooks.ok("site").changed.values()) == {0}


@pytest.mark.parametrize(
    ("tag", "there", "not_there"),
    [
        # With "alb" the network comes as well.
        pytest.param("vpc", {"vpcs": 2}, {"load_balancers", "services"}, marks=pytest.mark.exhaustive),
        ("alb", {"vpcs": 2, "load_balancers": 2}, {"services"}),
        ("route53_zone", {"zones": 1}, {"vpcs", "load_balancers", "services"}),
    ],
)
def test_a_tag_runs_its_layer_and_those_it_builds_on(
    playbooks: Playbooks, aws: Sandbox, tag: str, there: dict[str, int], not_there: set[str]
) -> None:
    before = kinds(aws)
    playbooks.ok("site", "--tags", tag, "--limit", "us-east-1,us-west-1")
    more = kinds(aws) - before
    assert {kind: more[kind] for kind in there} == there
    assert not not_there & set(more)


@pytest.mark.exhaustive
def test_a_region_that_fails_does_not_stop_the_others(playbooks: Playbooks, aws: Sandbox) -> None:
    with aws.fail("ServerException", service="ecs", operation="CreateService", region="us-west-1", count=1000):
        outcome = playbooks.run("site")
    assert outcome.rc != 0
    assert sum(outcome.failed.values()) == 1
    assert set(answers(aws).values()) == {"us-east-1"}
    assert "Users of hello in dev are still served from us-east-1 by hello-dev-hello:1." in outcome.text
    assert "us-west-1 could not be deployed: ecs_service failed, as said above." in outcome.text
    assert "Unknown error" not in outcome.text
    assert outcome.flat().count("CreateService in us-west-1") <= 2  # as Ansible shows any task that failed
    assert any("us-west-1" in problem and "CreateService" in problem for problem in playbooks.report["problems"])
    playbooks.ok("site")
    assert answers(aws) == {"PRIMARY": "us-east-1", "SECONDARY": "us-west-1"}

    # The first region may be the one that fails.
    standing = answers(aws)
    inventory = playbooks.inventory(app_cpu=512, app_memory=1024)
    with aws.fail("ServerException", service="ecs", operation="RegisterTaskDefinition", region="us-east-1", count=1000):
        outcome = playbooks.run("site", inventory=inventory)
    assert outcome.rc != 0
    assert sum(outcome.failed.values()) == 1
    assert answers(aws) == standing
    assert "RegisterTaskDefinition" in " ".join(playbooks.report["problems"])
    # With all of them failed the report still says what users have.
    with aws.fail("ServerException", service="ecs", operation="RegisterTaskDefinition", count=1000):
        outcome = playbooks.run("site", inventory=inventory)
    assert outcome.rc != 0
    assert "Users of hello in dev are still served from us-east-1 by hello-dev-hello:1." in outcome.text
    # Without a report the run fails all the same.
    with aws.fail("ServerException", service="ecs", operation="RegisterTaskDefinition", count=1000):
        outcome = playbooks.run("site", "--tags", "ecs_service", inventory=inventory)
    assert outcome.rc != 0
    assert "us-east-1 could not be deployed, as said above." in outcome.flat()


@pytest.mark.once
@pytest.mark.exhaustive
def test_a_third_region_comes_as_one_more_line_and_stands_when_that_is_gone(playbooks: Playbooks, aws: Sandbox) -> None:
    deploy(aws)
    inventory = playbooks.inventory(regions={"us-east-1": EAST, "us-west-1": WEST, "us-west-2": OREGON})
    outcome = playbooks.ok("site", inventory=inventory)
    # The new switch there gets its alarm, and a 0 as its first data point.
    assert not set(outcome.writes_in("us-east-1")) - {"PutMetricAlarm", "PutMetricData", "TagResource"}
    assert answers(aws) == {"PRIMARY": "us-east-1", "SECONDARY": "standby-1.dev.example.com."}
    assert answers(aws, "standby-1.dev.example.com.") == {"PRIMARY": "us-west-1", "SECONDARY": "us-west-2"}
    assert set(playbooks.ok("site", inventory=inventory).changed.values()) == {0}

    before = aws.snapshot()
    outcome = playbooks.ok("site", inventory=playbooks.inventory(regions={"us-east-1": EAST, "us-west-1": WEST}))
    assert "us-west-2 is no longer in the inventory, but still exists." in outcome.flat()
    assert "destroy.yml --limit us-west-2" in outcome.flat()
    assert aws.snapshot() == before
    assert outcome.writes == []


@pytest.mark.once
@pytest.mark.exhaustive
def test_two_stacks_share_an_account(playbooks: Playbooks, aws: Sandbox) -> None:
    """What one deploys is nothing to the other."""
    playbooks.ok("site", "--tags", "vpc")
    assert playbooks.ok("site", "--tags", "vpc").writes == []
    before = {resource.key: resource for resource in aws.snapshot()}
    other: dict[str, t.Any] = {"app_name": "other"}
    playbooks.ok("site", "--tags", "vpc", inventory=playbooks.inventory(**other))
    after = {resource.key: resource for resource in aws.snapshot()}
    assert {key: after[key] for key in before} == before
