# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.yml against a stack that answers: users are sent away and come back, unless it refuses to break anything."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import typing as t

import pytest

from sandbox import Sandbox
from tests.integration.playbooks.conftest import ROOT, Outcome, Playbooks
from tests.sampling import every_third

from .drills import EAST, SPEED, WEST, drill_report, folder, guardians, ingress, journal, policies, until

pytestmark = [pytest.mark.timeout(900), pytest.mark.once]


# The next test has block_alb.
FAULTS = ["switch", "stop_tasks", "unhealthy_app"]


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


@pytest.mark.parametrize("fault", every_third(["switch", "stop_tasks", "unhealthy_app"]))
def test_users_are_sent_away_and_come_back(playbooks: Playbooks, fault: str) -> None:
    """With the published policies and no other right."""
    outcome = playbooks.run("drill", "-e", f"fault={fault}")
    assert outcome.rc == 0, outcome.text
    assert_passed(playbooks, fault)


@pytest.mark.exhaustive
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


@pytest.mark.exhaustive
def test_a_failover_that_takes_too_long_fails_the_play(playbooks: Playbooks, aws: Sandbox) -> None:
    before = ingress(aws)
    outcome = playbooks.run("drill", "-e", "drill_give_up=1")
    assert outcome.rc != 0
    assert "DNS never settled on us-west-1" in outcome.flat()
    assert drill_report(playbooks)["verdict"] == "failed"
    assert ingress(aws) == before


@pytest.mark.exhaustive
def test_a_region_that_somebody_else_cuts_off(playbooks: Playbooks, aws: Sandbox) -> None:
    """Not even its API answers: what is measured is measured from outside."""
    breaks, heals = (
        shlex.join(
            [sys.executable, "-c", f"from sandbox import Sandbox; Sandbox.at('{aws.url}', '{aws.token}').{call}"]
        )
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
    aws.restrict("dev", *policies("read", "drill", "site", "network"))
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
