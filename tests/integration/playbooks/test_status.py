# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""status.yml: who serves and why, for a stack that answers and for every way in which it may not."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_info.job import JOB as INFO
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.playbook_server import PlaybookServer
from tests.waiting import eventually

from .conftest import ROOT, Outcome, Playbooks, deploy

EAST, WEST = "us-east-1", "us-west-1"
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
pytestmark = [pytest.mark.timeout(600), pytest.mark.once]


@pytest.fixture(scope="module")
def _sandbox() -> t.Iterator[Sandbox]:
    with Sandbox(plane=True, speed=10) as running:
        yield running


@pytest.fixture(scope="module")
def _deployed(
    _sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory, playbook_server: PlaybookServer
) -> Playbooks:
    """One deployment for all tests: each of them breaks something and puts it right again."""
    playbooks = Playbooks(_sandbox, tmp_path_factory.mktemp("status"), playbook_server)
    deploy(_sandbox)
    return playbooks


@pytest.fixture
def aws(_sandbox: Sandbox) -> Sandbox:
    return _sandbox


@dataclasses.dataclass(frozen=True)
class Stack:
    """What is deployed. `ask` is what failover_info finds: a cheap way of waiting."""

    aws: Sandbox
    playbooks: Playbooks
    run_job: RunJob

    def ask(self) -> dict[str, t.Any]:
        regions = [{"name": EAST}, {"name": WEST}]
        more: dict[str, t.Any] = {"parent_zone": "example.com", "dns": True, "observations": True, "best_effort": True}
        return self.run_job(INFO, zone="dev.example.com", services=["hello"], regions=regions, **more)

    def until(self, come_true: t.Callable[[dict[str, t.Any]], bool], seconds: float = 120) -> None:
        """Wait for something that failover_info finds. Fails when it does not in time."""
        eventually(self.ask, come_true, seconds=seconds, pause=1)

    def once_it_says(self, beginning: str) -> dict[str, t.Any]:
        """The status whose sentence begins so. A checker that a busy machine has disturbed may come before it."""
        return eventually(self.status, lambda found: found["sentence"].startswith(beginning), what=beginning)

    def status(self, *arguments: str) -> dict[str, t.Any]:
        """What status.yml writes, without a look for drift unless asked."""
        outcome = self.playbooks.ok("status", *(arguments or ("-e", "drift=false")))
        assert outcome.writes == []
        return self.written()

    def written(self) -> dict[str, t.Any]:
        """The last status."""
        path = self.playbooks.folder / "reports" / "dev" / "status.json"
        found: dict[str, t.Any] = json.loads(path.read_text())
        return found


@pytest.fixture
def stack(aws: Sandbox, _deployed: Playbooks, run_job: RunJob, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Stack]:
    for name, value in aws.network().items():
        monkeypatch.setenv(name, value)
    deployed = Stack(aws, _deployed, run_job)
    yield deployed
    aws.heal_region()
    aws.find_checkers()
    aws.restrict("dev", EVERYTHING)
    deployed.until(is_well)


def is_well(found: dict[str, t.Any]) -> bool:
    """Both regions are healthy to every checker, and the first one serves."""
    checkers = all(
        r["endpoint"]["checkers"] == r["endpoint"]["healthy_checkers"] for r in found["regions"] if r["endpoint"]
    )
    return bool(checkers and serves(EAST)(found) and all(region["healthy"] for region in found["regions"]))


def serves(region: str) -> t.Callable[[dict[str, t.Any]], bool]:
    """DNS answers the region, and health says so too."""
    return lambda found: found["serving"] == found["dns"]["region"] == region


def _everybody_has_looked(stack: Stack) -> bool:
    """Whether all sixteen checkers of each endpoint have reported; the first of them do earlier."""
    route53 = stack.aws.client("route53")
    checks = [item for item in route53.list_health_checks()["HealthChecks"] if "Port" in item["HealthCheckConfig"]]
    seen = [route53.get_health_check_status(HealthCheckId=item["Id"])["HealthCheckObservations"] for item in checks]
    return all(len(reports) == 16 for reports in seen)


@pytest.mark.exhaustive
def test_with_the_read_policy_alone_it_tells_that_all_is_well(stack: Stack) -> None:
    eventually(lambda: _everybody_has_looked(stack))
    stack.aws.restrict("dev", json.loads((ROOT / "docs" / "iam" / "read.json").read_text()))

    def status() -> Outcome:
        outcome = stack.playbooks.ok("status")
        assert outcome.writes == []
        assert set(outcome.changed.values()) == {0}
        return outcome

    # On a busy machine one of the checkers times out now and then.
    outcome = eventually(status, lambda seen: seen.flat().count("16 of 16") == 2, what="all checkers well")
    assert "us-east-1 1 serves healthy 2 of 2 2 of 2 16 of 16" in outcome.flat()
    found = stack.written()
    assert found["sentence"] in outcome.flat()
    assert (found["serving"], found["expected"]) == (EAST, EAST)
    assert found["delegation"]["delegated"] is True
    assert len(found["delegation"]["parent_answers"]) == 4
    assert found["drift"] == {"summary": "none", "changes": []}
    assert found["images"]["same"] is True
    assert found["switch"] == {"position": "auto", "evicted": {}}
    for region in found["regions"]:
        well: dict[str, t.Any] = {"rollout": "", "problem": "", "missing": "", "most_source": "Container Insights"}
        well |= {"minimum": None, "maximum": None, "fargate": [{"maximum": 2, "cpu": 256, "strategy": []}]}
        assert region["tasks"] == {"desired": 2, "running": 2, "pending": 0, "most": 2, **well}
        assert {item["status"] for item in region["endpoint"]["observations"]} == {"Success: HTTP Status Code 200, OK"}
        assert len(region["zones"]) == 2
    assert [region["fargate_quotas"] for region in found["regions"]] == [{}, {"L-3032A538": 6.0}]
    assert (stack.playbooks.folder / "reports" / "dev" / "index.html").exists()


@pytest.mark.exhaustive
def test_without_container_insights_the_load_balancer_says_how_many_tasks_there_were(stack: Stack) -> None:
    ecs, setting = stack.aws.client("ecs"), {"name": "containerInsights", "value": "disabled"}
    ecs.update_cluster(cluster="hello-dev-hello", settings=[setting])
    asked: dict[str, t.Any] = {
        "zone": "dev.example.com",
        "services": ["hello"],
        "regions": [{"name": EAST}],
        "tasks": True,
    }

    def source() -> tuple[int, str]:
        tasks = stack.run_job(INFO, **asked)["regions"][0]["tasks"]
        return tasks["most"], tasks["most_source"]

    # CloudWatch has nothing of the last minutes before somebody asks: it is the local one.
    eventually(source, lambda found: found == (2, "the load balancer"), seconds=60)
    ecs.update_cluster(cluster="hello-dev-hello", settings=[{**setting, "value": "enabled"}])


def test_site_takes_no_tasks_from_a_standby_that_needs_them(stack: Stack) -> None:
    stack.aws.restrict("dev", json.loads((ROOT / "docs" / "iam" / "read.json").read_text()))
    outcome = stack.playbooks.run("site", "-e", "standby_capacity=full", "-e", "app_desired_count=1")
    assert (outcome.rc != 0, outcome.writes) == (True, [])
    assert (
        "app_desired_count of us-west-1: 1 would take tasks from a standby: it needs 2 and would run 1 without load "
        "(us-east-1 runs 2). Raise it, or say in standby_capacity what is enough." in outcome.flat()
    )


@pytest.mark.exhaustive
def test_where_port_53_is_closed_it_says_how_it_asked(stack: Stack) -> None:
    stack.aws.break_region("dns")
    outcome = stack.playbooks.ok("status", "-e", "drift=false")
    assert "dns queried over HTTPS (http://127." in outcome.flat()
    found = stack.written()
    assert (found["serving"], found["answer"]["region"], found["answer"]["differing"]) == (EAST, EAST, [])
    assert found["delegation"]["delegated"] is True


@pytest.mark.exhaustive
def test_drift_is_told_in_a_word(stack: Stack) -> None:
    client = stack.aws.client("elbv2")
    (group,) = client.describe_target_groups()["TargetGroups"]
    arn, before = group["TargetGroupArn"], group["HealthyThresholdCount"]
    client.modify_target_group(TargetGroupArn=arn, HealthyThresholdCount=7)
    found = stack.status("-e", "drift=true")
    assert found["drift"]["summary"] == "1 change"
    assert [(change["region"], change["kind"]) for change in found["drift"]["changes"]] == [(EAST, "target_group")]
    assert "Something differs from the inventory (target_group)" in " ".join(found["problems"])
    client.modify_target_group(TargetGroupArn=arn, HealthyThresholdCount=before)
    # Services are those that the inventory has, whether they decide the failover or not.
    renamed = '{"ecs_service_name": "web", "route53_failover_services": ["hello"]}'
    found = stack.status("-e", "drift=true", "-e", renamed)
    assert any(problem.startswith("The service hello is in us-east-1 and us-west-1") for problem in found["problems"])
    assert stack.status("-e", "drift=true")["drift"]["summary"] == "none"


def test_one_region_then_both_are_dead(stack: Stack) -> None:
    stack.aws.break_region(EAST)
    stack.until(serves(WEST))
    one = stack.status("-e", "drift=true")
    assert one["sentence"].startswith("The API of us-east-1 does not answer")
    assert "us-west-1 serves because us-east-1 is unhealthy (health checkers fail: Conn" in " ".join(one["problems"])
    # It does not wait for the layers of what does not answer.
    assert one["drift"]["summary"] == "not checked"
    stack.aws.break_region(WEST)
    # DNS follows the checkers when they have failed often enough, their last observations are there at once.
    stack.until(lambda found: serves(EAST)(found) and not any(region["healthy"] for region in found["regions"]))
    both = stack.status()
    assert both["sentence"].startswith(
        "No region is healthy (us-east-1: health checkers fail: Connection timed out; us-west"
    )
    assert both["serving"] == both["expected"] == EAST


def test_a_delegation_that_is_gone(stack: Stack) -> None:
    route53 = stack.aws.client("route53", account="management")
    listed = route53.list_hosted_zones()["HostedZones"]
    parent = next(zone["Id"] for zone in listed if zone["Name"] == "example.com." and not zone["Config"]["PrivateZone"])
    records = route53.list_resource_record_sets(HostedZoneId=parent)["ResourceRecordSets"]
    ours = next(record for record in records if (record["Name"], record["Type"]) == ("dev.example.com.", "NS"))
    start_of_authority = next(record for record in records if record["Type"] == "SOA")

    def change(action: str, record: dict[str, t.Any]) -> None:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=parent, ChangeBatch=batch)

    # So long resolvers remember that there is nothing.
    change("UPSERT", {**start_of_authority, "TTL": 10})
    change("DELETE", ours)
    found = stack.status("-e", "drift=true")
    assert found["sentence"].startswith("example.com does not delegate dev.example.com")
    assert (found["serving"], found["answer"]["response_code"]) == (None, "NXDOMAIN")
    assert [item["kind"] for item in found["drift"]["changes"]] == ["delegation"]
    change("CREATE", {**ours, "ResourceRecords": [{"Value": "ns-1.example.net."}]})
    assert "to name servers that are not the zone's own (ns-1.example.net)" in stack.status()["sentence"]
    stack.playbooks.ok("site", "--tags", "route53_zone")
    assert stack.ask()["delegation"]["delegated"] is True
    change("UPSERT", start_of_authority)


@pytest.mark.exhaustive
def test_a_standby_at_zero_tasks(stack: Stack) -> None:
    ecs = stack.aws.client("ecs", region=WEST)
    ecs.update_service(cluster="hello-dev-hello", service="hello-dev-hello", desiredCount=0)
    stack.until(lambda found: found["regions"][1]["targets"]["total"] == 0)
    found = stack.once_it_says("us-west-1 could not take over, because it has no healthy target (0 of 0 tasks")
    assert found["serving"] == EAST
    ecs.update_service(cluster="hello-dev-hello", service="hello-dev-hello", desiredCount=2)


@pytest.mark.exhaustive
def test_a_checker_region_is_lost(stack: Stack) -> None:
    stack.aws.lose_checkers("eu-west-1")
    stack.until(lambda found: {region["endpoint"]["healthy_checkers"] for region in found["regions"]} == {14})
    told = "Route 53's health checkers in eu-west-1 do not reach us-east-1 and us-west-1"
    found = eventually(stack.status, lambda seen: told in " ".join(seen["problems"]), what=told)
    assert (found["serving"], found["expected"]) == (EAST, EAST)
    assert all(region["healthy"] for region in found["regions"])


@pytest.mark.exhaustive
def test_a_primary_that_comes_and_goes(stack: Stack) -> None:
    stack.aws.break_region(EAST, "error")
    stack.until(serves(WEST))
    stack.aws.heal_region(EAST)
    stack.until(is_well)
    found = stack.once_it_says("us-east-1 is healthy, but failed at")
    assert "hold traffic in us-west-1 with switch.yml -e to=us-west-1" in found["sentence"]
    assert found["serving"] == EAST


def test_without_route_53s_api_it_still_tells_who_serves(stack: Stack) -> None:
    stack.aws.break_region("global")
    found = stack.status("-e", "drift=true")
    assert found["sentence"].startswith("Route 53's API does not answer, and us-east-1 serves")
    assert (found["serving"], found["expected"], found["switch"]) == (EAST, None, None)
    assert found["regions"][0]["targets"]["healthy"] == 2


@pytest.mark.exhaustive
def test_what_may_not_be_read_is_no_drift(stack: Stack) -> None:
    """And a switch's alarm that is gone is no reason to say that nothing would change."""
    stack.aws.client("cloudwatch").delete_alarms(AlarmNames=[f"hello-dev-switch-{WEST}"])
    message = "User: ci is not authorized to perform: cloudwatch:DescribeAlarms on resource: *"
    with stack.aws.fail("AccessDenied", message, operation="DescribeAlarms", region=EAST, count=1000):
        found = stack.status("-e", "drift=true")
        strict = stack.playbooks.run("status", "-e", "strict=true")
        dry = stack.playbooks.run("site", "--check")
    missing = (
        "Grant the deployer cloudwatch:DescribeAlarms on *. The minimal policy is in docs/iam.md: statement Read of "
        "docs"
    )
    assert found["sentence"].startswith(
        f"Not everything in {EAST} could be read, because a permission is missing (Desc"
    )
    assert missing in found["sentence"]
    assert found["drift"]["summary"] == "unknown"
    assert strict.rc != 0
    assert dry.rc != 0
    assert missing in dry.flat()
    assert "Nothing would change." not in dry.text
    assert dry.writes == []
    stack.playbooks.ok("site")


def test_credentials_of_another_account_are_refused(stack: Stack) -> None:
    outcome = stack.playbooks.run("status", account="staging")
    assert outcome.rc != 0
    assert "account_id: is 111111111111, and the credentials are those of" in outcome.flat()


def test_an_open_journal_comes_first(stack: Stack) -> None:
    path = stack.playbooks.folder / "reports" / "dev" / "drill-journal.json"
    journal = {"text": "port 80 of us-east-1 is closed", "by_hand": "aws ec2 authorize-security-group-ingress"}
    path.write_text(json.dumps(journal))
    found = stack.status()
    path.unlink()
    assert found["sentence"].startswith("A drill is in progress or was interrupted: port 80 of us-east-1 is closed")
    assert found["journal"] == journal
