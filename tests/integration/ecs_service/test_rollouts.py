# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollouts: waited for, rolled back, left alone, met by another run."""

from __future__ import annotations

import concurrent.futures
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from sandbox import Sandbox

from .world import (
    NAME,
    PARAMETER,
    ROLES,
    SECRET,
    SERVICE,
    Deploy,
    break_service,
    changed,
    container,
    definition_of,
    everything,
    healthy,
    identities,
    reasons,
    rolled_out,
    service_of,
)

pytestmark = pytest.mark.once


def test_a_new_image_is_a_new_revision_rolled_out(aws: Sandbox, deploy: Deploy) -> None:
    first = deploy()
    second = deploy(containers=[container(image="nginx:1.28")])
    assert changed(second) == {SERVICE, ("task_definition", "main")}
    assert reasons(second)["task_definition"] == "differs in containers.app.image"
    assert first["task_definition_arn"].endswith(":1")
    assert second["task_definition_arn"].endswith(":2")
    assert definition_of(aws)["containerDefinitions"][0]["image"] == "nginx:1.28"
    assert healthy(aws) == 2
    assert [item["status"] for item in service_of(aws)["deployments"]] == ["PRIMARY"]


def test_permissions_of_the_former_tasks_last_until_they_are_gone(aws: Sandbox, deploy: Deploy) -> None:
    deploy(containers=[container(secrets={"A": SECRET})])
    mark = aws.requests.mark()
    result = deploy(containers=[container(secrets={"A": PARAMETER})])
    assert ("iam_role_trim", "execution") in changed(result)
    order = [call.operation for call in aws.requests.writes(mark)]
    assert order[0] == "PutRolePolicy"
    assert order[-1] == "PutRolePolicy"
    assert order.count("PutRolePolicy") == 2
    policy = aws.client("iam").get_role_policy(RoleName=ROLES[0], PolicyName="execution")["PolicyDocument"]
    assert SECRET not in json.dumps(policy)
    assert PARAMETER in json.dumps(policy)


def test_values_of_the_environment_appear_nowhere(deploy: Deploy) -> None:
    first = deploy(containers=[container(environment={"PASSWORD": "hunter2-first"})])
    second = deploy(containers=[container(environment={"PASSWORD": "hunter2-second"})])
    with pytest.raises(FailoverError) as failed:
        deploy(containers=[container(image="nginx:broken", environment={"PASSWORD": "hunter2-third"})])
    assert "hunter2" not in json.dumps([first, second]) + str(failed.value)
    assert reasons(second)["task_definition"] == "differs in containers.app.environment.PASSWORD"


def test_a_rollout_that_is_rolled_back_fails_and_is_tried_again(aws: Sandbox, deploy: Deploy) -> None:
    first = deploy()
    rolled_out(aws)
    broken = [container(image="nginx:broken")]
    with pytest.raises(FailoverError) as failed:
        deploy(containers=broken)
    message = str(failed.value)
    assert "was rolled back" in message
    assert "circuit breaker" in message
    assert "Last events: (service hello-dev-web)" in message
    assert f"at {NAME}:1" in message
    assert service_of(aws)["taskDefinition"] == first["task_definition_arn"]
    # The same image again is a new try of the same revision, and says so.
    again = deploy(check_mode=True, containers=broken)
    assert changed(again) == {SERVICE}
    assert f"{NAME}:2 was registered before but is not what runs; it is tried again" in reasons(again)["service"]
    with pytest.raises(FailoverError, match="was rolled back"):
        deploy(containers=broken)
    # The former image is what runs.
    assert deploy()["changes"] == []
    assert healthy(aws) == 2
    fixed = deploy(containers=[container(image="nginx:1.28")])
    assert fixed["task_definition_arn"].endswith(":3")


def test_a_first_rollout_that_fails_is_forced_again(aws: Sandbox, deploy: Deploy) -> None:
    broken = [container(image="nginx:broken")]
    with pytest.raises(FailoverError, match="Last events"):
        deploy(containers=broken)
    mark = aws.requests.mark()
    again = deploy(check_mode=True, containers=broken)
    assert changed(again) == {SERVICE}
    assert "its last rollout failed" in reasons(again)["service"]
    with pytest.raises(FailoverError, match="Last events"):
        deploy(containers=broken)
    assert [call.operation for call in aws.requests.writes(mark)] == ["UpdateService"]


def test_a_first_rollout_that_failed_is_mended_by_a_good_image(aws: Sandbox, deploy: Deploy) -> None:
    with pytest.raises(FailoverError):
        deploy(containers=[container(image="nginx:broken")])
    assert deploy()["running_count"] == 2
    assert healthy(aws) == 2
    assert deploy()["changes"] == []


def test_a_count_that_is_not_asked_for_is_left_to_whoever_scales(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    break_service(desiredCount=3)(aws)
    result = deploy()
    assert result["changes"] == []
    assert (result["desired_count"], result["running_count"]) == (3, 3)
    result = deploy(containers=[container(image="nginx:1.28")])
    assert result["desired_count"] == 3
    result = deploy(containers=[container(image="nginx:1.28")], desired_count=1)
    assert reasons(result) == {"service": "differs in desired_count"}
    assert (result["desired_count"], result["running_count"]) == (1, 1)


def test_without_waiting_the_rollout_is_left_for_later(deploy: Deploy) -> None:
    result = deploy(wait=False)
    assert result["pending"] == ["rollout/main"]
    assert deploy()["changes"] == []


def test_two_runs_at_once_end_converged(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]]
) -> None:
    before = everything(aws)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for run in [pool.submit(deploy) for _ in range(2)]:
            run.result()
        assert deploy()["changes"] == []
        # Each may have registered a revision: those are never used twice.
        found = [item for item in identities(aws) if item[-1] != "task_definition/main"]
        assert len(set(found)) == len(found)
        for run in [pool.submit(destroy) for _ in range(2)]:
            run.result()
    assert everything(aws) == before


def test_a_run_that_meets_an_unfinished_rollout_waits_for_it(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    deploy(wait=False, containers=[container(image="nginx:1.28")])
    result = deploy(containers=[container(image="nginx:1.28")])
    assert result["changes"] == []
    assert service_of(aws)["deployments"][0]["rolloutState"] == "COMPLETED"
    assert healthy(aws) == 2


def test_a_run_that_meets_an_unfinished_rollout_which_fails_says_so(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    rolled_out(aws)
    broken = [container(image="nginx:broken")]
    deploy(wait=False, containers=broken)
    with pytest.raises(FailoverError, match="rolled back"):
        deploy(containers=broken)


def test_the_service_linked_role_of_a_new_account_is_made(aws: Sandbox, deploy: Deploy) -> None:
    refusal = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
    with aws.fail("InvalidParameterException", refusal, operation="CreateService", count=1) as fault:
        assert deploy()["running_count"] == 2
        assert fault.fired == 1
