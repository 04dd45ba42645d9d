# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.yml against a stack that answers: users are sent away and come back, and every end of a run heals."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.playbook_server import PlaybookServer
from tests.processes import of_folder
from tests.waiting import eventually

from .conftest import ROOT, Outcome, Playbooks, end, interrupt

pytestmark = [pytest.mark.timeout(900), pytest.mark.once]

EAST, WEST = "us-east-1", "us-west-1"
SPEED = 10
GUARDIAN = b"module_utils._failover_drill.guardian"


class Deployed:
    """Whether the stack is there, as site.yml has left it."""

    def __init__(self) -> None:
        self.done = False


@pytest.fixture(scope="module")
def _running() -> t.Iterator[tuple[Sandbox, Deployed]]:
    with Sandbox(plane=True, speed=SPEED) as aws:
        yield aws, Deployed()


@pytest.fixture
def aws(_running: tuple[Sandbox, Deployed]) -> Sandbox:
    """A local AWS that keeps the stack from test to test: every test leaves it as it was, which is what it is about."""
    return _running[0]


@pytest.fixture
def playbooks(
    _running: tuple[Sandbox, Deployed], tmp_path: Path, playbook_server: PlaybookServer
) -> t.Iterator[Playbooks]:
    aws, deployed = _running
    found = Playbooks(aws, tmp_path, playbook_server)
    if not deployed.done:
        aws.reset()
        found.ok("site")
        deployed.done = True
    until("everything to be as it was", lambda: is_well(aws))
    aws.restrict("dev", *policies("read", "drill"))
    yield found
    if journal(found):
        # A test that failed: its guardian would go on trying for an hour, and the next test wants a new stack.
        end(guardians(found), signal.SIGKILL)
        deployed.done = False


def policies(*names: str) -> list[dict[str, t.Any]]:
    return [json.loads((ROOT / "docs" / "iam" / f"{name}.json").read_text()) for name in names]


def until(what: str, condition: t.Callable[[], t.Any], seconds: float = 120) -> t.Any:
    """What the condition is, once it is true."""
    return eventually(condition, seconds=seconds, what=what)


def until_broken(playbooks: Playbooks, run: subprocess.Popen[str]) -> None:
    """Wait for the fault. A run that ends without one says why."""
    until("the fault", lambda: journal(playbooks).get("phase") == "broken" or run.poll() is not None)
    assert run.poll() is None, run.communicate()[0]


def is_well(aws: Sandbox) -> bool:
    """All targets are healthy, and users are sent to the first region."""
    for region in (EAST, WEST):
        elb = aws.client("elbv2", region=region)
        arn = elb.describe_target_groups(Names=["hello-dev-hello"])["TargetGroups"][0]["TargetGroupArn"]
        targets = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        if [item["TargetHealth"]["State"] for item in targets] != ["healthy", "healthy"]:
            return False
    route53 = aws.client("route53")
    zone = route53.list_hosted_zones_by_name(DNSName="dev.example.com")["HostedZones"][0]["Id"]
    answers = [
        route53.test_dns_answer(HostedZoneId=zone, RecordName=name, RecordType="A")["RecordData"]
        for name in ("dev.example.com", f"{EAST}.dev.example.com")
    ]
    return sorted(answers[0]) == sorted(answers[1])


def folder(playbooks: Playbooks) -> Path:
    return playbooks.folder / "reports" / "dev"


def journal(playbooks: Playbooks) -> dict[str, t.Any]:
    """The open journal, empty if there is none."""
    try:
        found: dict[str, t.Any] = json.loads((folder(playbooks) / "drill-journal.json").read_text())
    except FileNotFoundError:
        return {}
    return found


def drill_report(playbooks: Playbooks) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads((folder(playbooks) / "drill.json").read_text())
    return found


def ingress(aws: Sandbox) -> list[t.Any]:
    """Who may reach the load balancer of the region that serves."""
    elb = aws.client("elbv2")
    groups = elb.describe_load_balancers(Names=["hello-dev"])["LoadBalancers"][0]["SecurityGroups"]
    described = aws.client("ec2").describe_security_groups(GroupIds=groups)["SecurityGroups"]
    return [(group["IpPermissions"], sorted(map(str, group["Tags"]))) for group in described]


def processes(playbooks: Playbooks, program: bytes) -> list[int]:
    """Living processes of this test that run the program."""
    return of_folder(playbooks.folder, program)


def guardians(playbooks: Playbooks) -> list[int]:
    return processes(playbooks, GUARDIAN)


def order(report: dict[str, t.Any]) -> list[str]:
    return [event["kind"] for event in report["events"]]


def assert_passed(playbooks: Playbooks, fault: str) -> None:
    report = drill_report(playbooks)
    assert (report["verdict"], report["reasons"]) == ("passed", [])
    assert (report["fault"], report["region"], report["standby"]) == (fault, EAST, WEST)
    kinds = order(report)
    assert kinds.index("ready") < kinds.index("fault") < kinds.index("dns_moved") < kinds.index("traffic_moved")
    assert kinds.index("traffic_moved") < kinds.index("dns_back") <= kinds.index("traffic_back")
    assert kinds.index("traffic_moved") < kinds.index("healed")
    assert kinds[-1] == "ended"
    measured, budget = report["measured"], report["budget"]
    assert all(measured[key] is not None for key in measured if "failed" not in key)
    assert measured["all_traffic_moved_seconds"] * SPEED <= budget["total_seconds"]
    assert set(report["requests"]["by_region"]) == {EAST, WEST}
    assert {item["region"] for item in report["dns_timeline"]} >= {EAST, WEST}
    assert len(list((folder(playbooks) / "drills").glob("*.json"))) == 1
    assert (journal(playbooks), guardians(playbooks)) == ({}, [])


@pytest.mark.parametrize("fault", ["stop_tasks", "unhealthy_app", "switch"])
def test_users_are_sent_away_and_come_back(playbooks: Playbooks, fault: str) -> None:
    """With the published policies and no other right."""
    outcome = playbooks.run("drill", "-e", f"fault={fault}")
    assert outcome.rc == 0, outcome.text
    assert_passed(playbooks, fault)


@pytest.mark.worker
def test_it_says_live_what_it_does(playbooks: Playbooks, aws: Sandbox) -> None:
    before = ingress(aws)
    command, environment = playbooks.command("drill"), {**playbooks.environment(), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if "fault: us-east-1" in line:
                assert journal(playbooks)["phase"] == "broken"
                break
        rest = run.stdout.read()
    assert run.returncode == 0, rest
    assert rest.index("dns_moved") < rest.index("healed") < rest.index("Drill passed")
    assert_passed(playbooks, "block_alb")
    # Nobody gets through, and that is how health checkers and users know.
    assert drill_report(playbooks)["requests"]["failed"] > 0
    assert ingress(aws) == before


def test_as_an_ordinary_module_it_has_a_guardian_too(playbooks: Playbooks, aws: Sandbox) -> None:
    """Then its code is in an archive that goes away with the module's process."""
    before = ingress(aws)
    run = start(playbooks, "-e", "everlook_failover_in_worker=false", "-e", "drill_hold=300")
    until_broken(playbooks, run)
    assert len(guardians(playbooks)) == 1
    end(processes(playbooks, b"AnsiballZ_failover_drill"), signal.SIGKILL)
    run.communicate(timeout=300)
    until("the journal to be closed", lambda: not journal(playbooks))
    until("the guardian to end", lambda: not guardians(playbooks))
    assert ingress(aws) == before


def start(playbooks: Playbooks, *arguments: str) -> subprocess.Popen[str]:
    """A drill in a process group of its own, as a shell starts it."""
    return subprocess.Popen(
        playbooks.command("drill", *arguments),
        cwd=ROOT,
        env=playbooks.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_however_it_ends_it_is_healed(playbooks: Playbooks, aws: Sandbox, number: signal.Signals) -> None:
    before = ingress(aws)
    run = start(playbooks, "-e", "drill_hold=300")
    until_broken(playbooks, run)
    assert ingress(aws) != before
    interrupt(run, number, playbooks.folder)
    run.communicate(timeout=300)
    until("the journal to be closed", lambda: not journal(playbooks))
    until("the guardian to end", lambda: not guardians(playbooks))
    assert ingress(aws) == before


def test_the_next_run_heals_what_no_guardian_has(playbooks: Playbooks, aws: Sandbox) -> None:
    before = ingress(aws)
    run = start(playbooks, "-e", "drill_hold=300")
    until_broken(playbooks, run)
    # Ansible's workers are in sessions of their own. The drill first would wake the guardian, and the other way round.
    ansible = [*processes(playbooks, b"ansible-playbook"), *processes(playbooks, b"AnsiballZ_failover_drill")]
    end(ansible, signal.SIGSTOP)
    end(guardians(playbooks), signal.SIGKILL)
    end(ansible, signal.SIGKILL)
    run.communicate(timeout=300)
    assert journal(playbooks)
    assert ingress(aws) != before
    aws.restrict("dev", *policies("read", "site"))
    looked = playbooks.run("site", "--check")
    assert "has left us-east-1 broken" in looked.flat()
    assert journal(playbooks)
    # The deployer may not take the mark away, which takes the drill's policy.
    aws.restrict("dev", *policies("read", "site", "drill"))
    healed = playbooks.ok("site")
    assert "has its ingress rules again" in healed.flat()
    assert not journal(playbooks)
    assert ingress(aws) == before
    assert "heal_drill.yml" not in playbooks.ok("site").text


def test_a_failover_that_takes_too_long_fails_the_play(playbooks: Playbooks, aws: Sandbox) -> None:
    before = ingress(aws)
    outcome = playbooks.run("drill", "-e", "drill_give_up=1")
    assert outcome.rc != 0
    assert "DNS never settled on us-west-1" in outcome.flat()
    assert drill_report(playbooks)["verdict"] == "failed"
    assert ingress(aws) == before


def test_a_region_that_somebody_else_cuts_off(playbooks: Playbooks, aws: Sandbox) -> None:
    """Not even its API answers: what is measured is measured from outside."""
    breaks, heals = (
        shlex.join([sys.executable, "-c", f"from sandbox import Sandbox; Sandbox.at('{aws.url}').{call}"])
        for call in (f"break_region('{EAST}', 'cut')", f"heal_region('{EAST}')")
    )
    commands = json.dumps({"drill_break_command": breaks, "drill_heal_command": heals})
    outcome = playbooks.run("drill", "-e", "fault=external", "-e", commands)
    aws.heal_region()
    assert outcome.rc == 0, outcome.text
    assert drill_report(playbooks)["verdict"] == "passed"


def refused(outcome: Outcome, said: str) -> None:
    assert outcome.rc != 0
    assert said in outcome.flat()
    assert outcome.writes == []


def test_where_it_is_not_allowed_nothing_is_asked(playbooks: Playbooks) -> None:
    outcome = playbooks.run("drill", inventory=ROOT / "inventories" / "prod", account="prod")
    refused(outcome, "No drill is allowed in prod")
    assert outcome.calls == []


def test_without_a_standby_that_could_take_over_nothing_is_broken(playbooks: Playbooks, aws: Sandbox) -> None:
    ecs = aws.client("ecs", region=WEST)
    aws.restrict("dev", *policies("read", "drill", "site"))
    ecs.update_service(cluster="hello-dev-hello", service="hello-dev-hello", desiredCount=0)
    until("no task", lambda: not ecs.list_tasks(cluster="hello-dev-hello")["taskArns"])
    outcome = playbooks.run("drill")
    ecs.update_service(cluster="hello-dev-hello", service="hello-dev-hello", desiredCount=2)
    refused(outcome, "us-west-1 could not")


def test_a_region_that_does_not_serve_is_not_broken(playbooks: Playbooks) -> None:
    refused(playbooks.run("drill", "-e", f"region={WEST}"), "us-west-1 does not serve, us-east-1 does")


def test_in_check_mode_nothing_is_broken(playbooks: Playbooks) -> None:
    outcome = playbooks.run("drill", "--check")
    assert outcome.rc == 0, outcome.text
    assert outcome.writes == []
