# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollouts that alarms roll back: what cloudwatch_alarms and ecs_service make of one service together."""

from __future__ import annotations

import concurrent.futures
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.layer import JOB as ALARMS
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.waiting import eventually

from .world import NAME, Deploy, Surroundings, break_service, container, rolled_out, service_of

pytestmark = pytest.mark.once

NAMES = [f"hello-dev-alarm-web-{what}" for what in ("latency", "target-errors", "unhealthy-hosts")]
ADDRESS = ("deployment_alarms", "web")


def watched(aws: Sandbox) -> list[str]:
    alarms = service_of(aws)["deploymentConfiguration"].get("alarms") or {}
    return sorted(alarms.get("alarmNames") or ()) if alarms.get("enable") and alarms.get("rollback") else []


def test_an_alarm_that_rings_while_a_rollout_lasts_rolls_it_back(
    aws: Sandbox, deploy: Deploy, run_job: RunJob, surroundings: Surroundings
) -> None:
    aws.client("elbv2").create_load_balancer(Name="hello-dev", Subnets=list(surroundings.subnet_ids))

    def tell(email: str = "ops@example.com", *, check_mode: bool = False) -> list[tuple[str, str]]:
        notify = {"email": [email] if email else []}
        result = run_job(
            ALARMS,
            check_mode=check_mode,
            notify=notify,
            services={"web": 2},
            certificate_arns=[],
            rollback_on_alarms=True,
        )
        return [(item["kind"], item["name"]) for item in result["changes"]]

    def run(**params: t.Any) -> dict[str, t.Any]:
        return deploy(rollback_on_alarms=True, **params)

    assert ADDRESS in tell(check_mode=True)
    run()
    rolled_out(aws)
    assert ADDRESS in tell()
    assert watched(aws) == NAMES
    assert (run()["changes"], tell()) == ([], [])
    # What changes beside them leaves them, and what somebody else has changed is put right.
    assert run(maximum_percent=150)["changes"]
    assert watched(aws) == NAMES
    break_service(deploymentConfiguration={"alarms": {"alarmNames": ["x"], "enable": True, "rollback": False}})(aws)
    assert run()["changes"]
    assert tell() == [ADDRESS]

    cloudwatch, ecs = aws.client("cloudwatch"), aws.client("ecs")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        release = pool.submit(run, containers=[container(image="nginx:1.28")])
        listed = {"cluster": NAME, "service": NAME}
        eventually(lambda: len(ecs.list_service_deployments(**listed)["serviceDeployments"]) == 2)
        cloudwatch.set_alarm_state(AlarmName=NAMES[1], StateValue="ALARM", StateReason="errors")
        with pytest.raises(FailoverError, match=rf"was rolled back: the alarm {NAMES[1]} rang"):
            release.result()
    assert service_of(aws)["taskDefinition"].endswith(":1")

    assert tell("") != []
    assert watched(aws) == []
    tell()
    assert deploy()["changes"]
    assert watched(aws) == []
