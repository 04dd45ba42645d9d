# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.yml where a release with a deployment strategy has left the requests to the service's second target group."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_release.job import JOB as RELEASE
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.playbooks.conftest import Playbooks
from tests.integration.whole_stack import REGIONS, Stack

from .drills import EAST, WEST, drill_report, guardians, journal, policies, until

pytestmark = [pytest.mark.timeout(900), pytest.mark.once, pytest.mark.exhaustive]

GROUP = "hello-dev-hello"
STRATEGY: dict[str, t.Any] = {"type": "blue_green", "bake_time": 0}
EVERYTHING: dict[str, t.Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
VARIABLES: dict[str, t.Any] = {"dns_evaluate_target_health": False, "ecs_service_deployment_strategy": STRATEGY}


def healthy(aws: Sandbox, region: str) -> list[int]:
    """Healthy targets in the first group, and in the second one."""
    elb = aws.client("elbv2", region=region)
    groups = elb.describe_target_groups(Names=[GROUP, f"{GROUP}-alternate"])["TargetGroups"]
    arns = {group["TargetGroupName"]: group["TargetGroupArn"] for group in groups}
    return [
        sum(
            item["TargetHealth"]["State"] == "healthy"
            for item in elb.describe_target_health(TargetGroupArn=arns[name])["TargetHealthDescriptions"]
        )
        for name in sorted(arns)
    ]


def is_well(aws: Sandbox) -> bool:
    return all(healthy(aws, region) == [0, 2] for region in REGIONS)


def test_users_are_sent_away_and_come_back_to_the_second_group(
    playbooks: Playbooks, aws: Sandbox, run_job: RunJob
) -> None:
    """With the published policies and no other right. Afterwards nothing is to be done."""
    aws.restrict("dev", EVERYTHING)
    judged = Stack(run_job, image="hello:1", evaluates=False)
    judged.deploy()
    shifting = dataclasses.replace(judged, strategy=STRATEGY)
    shifting.deploy()
    for region in reversed(REGIONS):
        run_job(RELEASE, name="hello", region=region, image="hello:2", wait_timeout=120)
    inventory = playbooks.inventory(app_image="hello:2", **VARIABLES)
    aws.restrict("dev", *policies("read", "drill"))
    for fault in ("stop_tasks", "block_alb"):
        until("the second groups to serve", lambda: is_well(aws))
        outcome = playbooks.run("drill", "-e", f"fault={fault}", inventory=inventory)
        assert outcome.rc == 0, outcome.text
        report = drill_report(playbooks)
        assert (report["verdict"], report["region"], report["standby"]) == ("passed", EAST, WEST)
        assert set(report["requests"]["by_region"]) == {EAST, WEST}
        assert (journal(playbooks), guardians(playbooks)) == ({}, [])
    until("the second groups to serve", lambda: is_well(aws))
    aws.restrict("dev", EVERYTHING)
    newest = dataclasses.replace(shifting, image="hello:2")
    assert [result["changes"] for result in newest.deploy().values()] == [[]] * len(newest.layers)
