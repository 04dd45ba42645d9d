# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime as dt
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources import (
    service_deployments_calls,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_rollout import Rollout
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_rollout_calls import (
    wait_rollout,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import WaitError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Wait
from tests.unit.ecs_service.script import REGION, Script, context

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
WANTED = "arn:aws:ecs:us-east-1:111111111111:task-definition/hello-dev:2"
FORMER = "arn:aws:ecs:us-east-1:111111111111:task-definition/hello-dev:1"


def rollout(*, follows: bool = True, load_balanced: bool = True) -> Wait:
    data = Rollout(
        service="hello-dev",
        port=8080 if load_balanced else None,
        follows=follows,
        task_definition_arn=WANTED,
    )
    return Wait(kind="rollout", name="main", what="tasks", timeout=60, data=data)


def service(**changes: t.Any) -> dict[str, t.Any]:
    found = {
        "serviceName": "hello-dev",
        "status": "ACTIVE",
        "taskDefinition": WANTED,
        "desiredCount": 2,
        "runningCount": 2,
        "pendingCount": 0,
        "events": [],
        "deployments": [{"status": "PRIMARY", "taskDefinition": WANTED, "rolloutState": "COMPLETED"}],
        **changes,
    }
    return {"services": [found]}


def listed(*arns: str, created: dt.datetime = NOW) -> dict[str, t.Any]:
    """Newest first, a minute apart."""
    return {
        "serviceDeployments": [
            {"serviceDeploymentArn": arn, "status": "IN_PROGRESS", "createdAt": created - dt.timedelta(minutes=number)}
            for number, arn in enumerate(arns)
        ]
    }


def described(status: str, **more: t.Any) -> dict[str, t.Any]:
    return {"serviceDeployments": [{"serviceDeploymentArn": "new", "status": status, **more}]}


def targets(*states: str) -> dict[str, t.Any]:
    return {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in states]}


def wait_for(script: Script, *, follows: bool = True, **noted: str) -> tuple[str | None, Known]:
    known = Known(REGION)
    known.put("rollout/main", **noted)
    known.put("target_group/main", id="tg")
    return wait_rollout(context(script), rollout(follows=follows), known), known


def test_a_rollout_is_done_when_it_succeeded_and_every_target_is_healthy() -> None:
    script = Script(
        describe_services=service(),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("SUCCESSFUL"),
        describe_target_health=targets("healthy", "healthy"),
    )
    state, known = wait_for(script)
    assert state is None
    assert (known.get("service/main", "desired"), known.get("service/main", "running")) == ("2", "2")


@pytest.mark.parametrize(
    ("states", "text"),
    [
        (("healthy", "initial"), "1 of 2 targets healthy (1 initial)"),
        (("healthy", "draining", "draining"), "1 of 2 targets healthy (2 draining)"),
        ((), "0 of 2 targets healthy"),
    ],
)
def test_a_successful_rollout_with_sick_targets_is_not_done(states: tuple[str, ...], text: str) -> None:
    script = Script(
        describe_services=service(),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("SUCCESSFUL"),
        describe_target_health=targets(*states),
    )
    assert wait_for(script)[0] == text


def test_why_a_target_is_sick_is_told() -> None:
    health = {"State": "unhealthy", "Description": "Health checks failed with these codes: [503]"}
    script = Script(
        describe_services=service(desiredCount=1, runningCount=1),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("SUCCESSFUL"),
        describe_target_health={"TargetHealthDescriptions": [{"TargetHealth": health}]},
    )
    assert wait_for(script)[0] == ("0 of 1 targets healthy (1 unhealthy): Health checks failed with these codes: [503]")


def test_a_service_event_without_a_text_says_nothing() -> None:
    script = Script(
        describe_services=service(events=[{"id": "1"}]),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("IN_PROGRESS"),
    )
    assert "last event" not in str(wait_for(script)[0])


def test_without_tasks_no_target_is_asked_for() -> None:
    script = Script(
        describe_services=service(desiredCount=0, runningCount=0),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("SUCCESSFUL"),
    )
    assert wait_for(script)[0] is None


def test_a_worker_is_done_when_its_rollout_succeeded_and_no_target_is_asked_for() -> None:
    script = Script(
        describe_services=service(),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("SUCCESSFUL"),
    )
    assert wait_rollout(context(script), rollout(load_balanced=False), Known(REGION)) is None


def test_the_first_tasks_of_a_worker_have_to_stay() -> None:
    """A task that ends after a second runs for a second: only ECS says whether its tasks do."""
    script = Script(
        describe_services=service(),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("IN_PROGRESS", targetServiceRevision={"runningTaskCount": 2}),
    )
    known = known_creation(made=False)
    assert wait_rollout(context(script), rollout(load_balanced=False), known) is not None


def test_a_rollout_under_way_says_how_far_it_is() -> None:
    script = Script(
        describe_services=service(events=[{"message": "(service hello-dev) has started 1 tasks"}]),
        list_service_deployments=listed("new"),
        describe_service_deployments=described(
            "IN_PROGRESS",
            targetServiceRevision={"runningTaskCount": 1, "requestedTaskCount": 2},
            deploymentCircuitBreaker={"failureCount": 1},
        ),
    )
    assert wait_for(script)[0] == (
        "in progress, 1 of 2 new tasks run, 1 failed; last event: (service hello-dev) has started 1 tasks"
    )


def test_one_that_shifts_traffic_says_its_stage_and_its_share() -> None:
    revision = {"runningTaskCount": 2, "requestedTaskCount": 2, "requestedProductionTrafficWeight": 12.5}
    script = Script(
        describe_services=service(),
        list_service_deployments=listed("new"),
        describe_service_deployments=described(
            "IN_PROGRESS", targetServiceRevision=revision, lifecycleStage="PRODUCTION_TRAFFIC_SHIFT"
        ),
    )
    assert wait_for(script)[0] == (
        "in progress, 2 of 2 new tasks run, production traffic shift: 12.5 % of the requests go to them"
    )


def test_the_tasks_of_one_that_shifts_traffic_are_in_either_target_group() -> None:
    balancer = {"targetGroupArn": "tg", "advancedConfiguration": {"alternateTargetGroupArn": "other"}}
    script = Script(
        describe_services=service(loadBalancers=[balancer]),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("SUCCESSFUL"),
        describe_target_health=(targets(), targets("healthy", "healthy")),
    )
    assert wait_for(script)[0] is None
    assert [request["TargetGroupArn"] for request in script.of("describe_target_health")] == ["tg", "other"]


@pytest.mark.parametrize(
    ("states", "failures", "expected"),
    [
        (("healthy", "healthy"), 0, None),
        (("healthy", "initial"), 0, "1 of 2 targets healthy (1 initial)"),
        (("healthy", "healthy"), 1, "in progress, 2 of 2 new tasks run, 1 failed"),
    ],
)
def test_a_first_rollout_is_through_when_its_tasks_are_healthy(
    states: tuple[str, ...], failures: int, expected: str | None
) -> None:
    """ECS calls it completed a while later. Once a task has failed, its verdict counts."""
    script = Script(
        describe_services=service(),
        list_service_deployments=listed("new"),
        describe_service_deployments=described(
            "IN_PROGRESS",
            targetServiceRevision={"runningTaskCount": 2, "requestedTaskCount": 2},
            deploymentCircuitBreaker={"failureCount": failures},
        ),
        describe_target_health=targets(*states),
    )
    assert wait_rollout(context(script), rollout(), known_creation(made=True)) == expected


@pytest.mark.parametrize("status", ["PENDING", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED"])
def test_what_is_under_way_is_waited_for(status: str) -> None:
    script = Script(
        describe_services=service(),
        list_service_deployments=listed("new"),
        describe_service_deployments=described(status),
    )
    state, _known = wait_for(script)
    assert state is not None
    assert state.startswith(status.lower().replace("_", " "))


def test_a_first_rollout_that_ecs_has_given_up_but_goes_on_listing_fails() -> None:
    failed = {"status": "PRIMARY", "rolloutState": "FAILED", "rolloutStateReason": "tasks failed to start."}
    script = Script(
        describe_services=service(runningCount=0, deployments=[failed]),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("IN_PROGRESS"),
        list_tasks={"taskArns": []},
    )
    known = Known(REGION)
    assert wait_rollout(context(script), rollout(), known) is not None, "a rollback may be about to begin"
    with pytest.raises(WaitError, match="failed: tasks failed to start"):
        wait_rollout(context(script), rollout(), known)


def test_a_deployment_that_is_not_listed_yet_is_waited_for_and_a_former_one_is_not_taken_for_it() -> None:
    script = Script(describe_services=service(), list_service_deployments=listed("former"))
    assert wait_for(script, former='["former"]')[0] == "the deployment is not listed yet"


def test_deployments_of_a_former_service_of_the_same_name_are_not_taken_for_ours() -> None:
    script = Script(
        describe_services=service(), list_service_deployments=listed("old", created=NOW - dt.timedelta(hours=1))
    )
    assert wait_for(script, since=NOW.isoformat())[0] == "the deployment is not listed yet"


def test_the_newest_of_the_new_is_ours_and_is_looked_up_once() -> None:
    script = Script(
        describe_services=service(),
        list_service_deployments=listed("new", "newish", "former"),
        describe_service_deployments=described("IN_PROGRESS"),
    )
    known = Known(REGION)
    known.put("rollout/main", former='["former"]')
    for _ in range(2):
        wait_rollout(context(script), rollout(), known)
    assert [request["serviceDeploymentArns"] for request in script.of("describe_service_deployments")] == [["new"]] * 2
    assert len(script.of("list_service_deployments")) == 1


def test_a_deployment_is_found_on_whatever_page_it_is_listed() -> None:
    """ECS keeps the deployments of 90 days, and promises no order."""
    first = {**listed("old", created=NOW - dt.timedelta(days=1)), "nextToken": "more"}
    script = Script(
        describe_services=service(),
        list_service_deployments=(first, listed("new")),
        describe_service_deployments=described("IN_PROGRESS"),
    )
    _state, known = wait_for(script, former='["old"]')
    assert known.get("rollout/main") == "new"
    assert [request.get("nextToken") for request in script.of("list_service_deployments")] == [None, "more"]


FAILURES = [
    ("ROLLBACK_SUCCESSFUL", "was rolled back"),
    ("ROLLBACK_FAILED", "failed, and so did rolling it back"),
    ("STOPPED", "was stopped"),
]


@pytest.mark.parametrize(("status", "text"), FAILURES)
def test_a_rollout_that_ended_otherwise_fails_with_all_that_ecs_knows(status: str, text: str) -> None:
    task = {
        "taskDefinitionArn": WANTED,
        "stoppedReason": "Essential container in task exited",
        "containers": [{"name": "app", "exitCode": 137, "reason": "OutOfMemoryError"}],
    }
    former = {"taskDefinitionArn": FORMER, "stoppedReason": "Scaling activity initiated by (deployment x)"}
    script = Script(
        describe_services=service(
            taskDefinition=FORMER, events=[{"message": f"event {number}."} for number in range(9)]
        ),
        list_service_deployments=listed("new"),
        describe_service_deployments=described(status, statusReason="the circuit breaker was triggered."),
        list_tasks={"taskArns": ["t"]},
        describe_tasks={"tasks": [task, former]},
    )
    with pytest.raises(WaitError) as failed:
        wait_for(script)
    message = str(failed.value)
    assert f"service hello-dev in {REGION} {text}: the circuit breaker was triggered." in message
    assert "at hello-dev:1, 2 of 2 tasks run" in message
    assert "event 0; event 1; event 2; event 3; event 4; event 5; event 6; event 7. " in message
    assert "event 8" not in message
    assert "Scaling" not in message
    assert ".." not in message
    assert "Essential container in task exited (app: exit code 137, OutOfMemoryError)" in message


def test_the_cause_is_what_the_health_check_saw() -> None:
    unhealthy = "(service hello-dev) (task 1) (port 80) is unhealthy in (target-group {}) due to (reason {})."
    group = "arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/hello-dev/3118fe5745330ea5"
    reasons = ("Request timed out", "Health checks failed with these codes: [500]")
    events = [{"message": unhealthy.format(group, reason)} for reason in reasons]
    script = Script(
        describe_services=service(taskDefinition=FORMER, events=[*events, *({"message": "x"} for _ in range(9))]),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("ROLLBACK_SUCCESSFUL"),
        list_tasks={"taskArns": []},
    )
    with pytest.raises(WaitError) as failed:
        wait_for(script)
    message = str(failed.value)
    assert message.startswith(f"{REGION} is still at hello-dev:1, 2 of 2 tasks run: the rollout of service hello-dev")
    assert "The cause: the container answers its health check with 500. Last events: " in message
    assert "(target-group hello-dev)" in message
    assert message.count("; x") == 1


UNKNOWN_ROLE = {
    "message": "(service hello-dev) failed to launch a task with (error ECS was unable to assume the role)."
}


def known_creation(*, made: bool) -> Known:
    """What is known once this run has created the service, and its roles or not."""
    known = Known(REGION)
    known.put("rollout/main", since=NOW.isoformat())
    known.put("target_group/main", id="tg")
    known.put("iam_role/execution", **({"made": "now"} if made else {"id": "there before"}))
    return known


def test_a_first_rollout_that_came_before_iam_knew_the_new_roles_is_tried_again_once() -> None:
    script = Script(
        describe_services=service(events=[UNKNOWN_ROLE]),
        list_service_deployments=(listed("new"), listed("new"), listed("again", "new")),
        describe_service_deployments=described("STOPPED", statusReason="the circuit breaker was triggered."),
        list_tasks={"taskArns": []},
        update_service={"service": {}},
    )
    known = known_creation(made=True)
    assert "IAM" in str(wait_rollout(context(script), rollout(), known))
    forced = {"cluster": "hello-dev", "service": "hello-dev", "forceNewDeployment": True}
    assert script.of("update_service") == [forced]
    with pytest.raises(WaitError, match="unable to assume"):
        wait_rollout(context(script), rollout(), known)
    assert script.of("update_service") == [forced]
    assert script.of("describe_service_deployments")[-1] == {"serviceDeploymentArns": ["again"]}


def test_a_first_rollout_that_is_given_up_for_new_roles_is_tried_again_too() -> None:
    failed = {"status": "PRIMARY", "rolloutState": "FAILED", "rolloutStateReason": "tasks failed to start."}
    script = Script(
        describe_services=service(runningCount=0, deployments=[failed], events=[UNKNOWN_ROLE]),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("IN_PROGRESS"),
        list_tasks={"taskArns": []},
        update_service={"service": {}},
    )
    known = known_creation(made=True)
    wait_rollout(context(script), rollout(), known)
    assert not script.of("update_service")
    assert "retried, because IAM" in str(wait_rollout(context(script), rollout(), known))
    assert len(script.of("update_service")) == 1


@pytest.mark.parametrize(("made", "event"), [(False, UNKNOWN_ROLE), (True, {"message": "Essential container exited."})])
def test_a_first_rollout_that_failed_for_another_reason_is_not_tried_again(made: bool, event: dict[str, str]) -> None:
    script = Script(
        describe_services=service(events=[event]),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("STOPPED"),
        list_tasks={"taskArns": []},
    )
    with pytest.raises(WaitError, match="was stopped"):
        wait_rollout(context(script), rollout(), known_creation(made=made))


def test_the_reason_of_a_rollback_is_found_where_ecs_puts_it() -> None:
    script = Script(
        describe_services=service(),
        list_service_deployments=listed("new"),
        describe_service_deployments=described("ROLLBACK_SUCCESSFUL", rollback={"reason": "alarms"}),
        list_tasks={"taskArns": []},
    )
    with pytest.raises(WaitError, match="was rolled back: alarms"):
        wait_for(script)


def test_the_deployment_of_another_run_that_wants_the_same_is_followed() -> None:
    script = Script(
        describe_services=service(),
        list_service_deployments=(listed("new"), listed("newer", "new")),
        describe_service_deployments=described("STOPPED"),
    )
    state, known = wait_for(script)
    assert state == "another deployment of the same task definition took over"
    assert known.get("rollout/main") == "newer"


def test_the_deployment_of_another_run_that_wants_something_else_is_a_failure() -> None:
    script = Script(
        describe_services=service(taskDefinition=FORMER),
        list_service_deployments=(listed("new"), listed("newer", "new")),
        describe_service_deployments=described("STOPPED"),
        list_tasks={"taskArns": []},
    )
    with pytest.raises(WaitError, match="was stopped: ECS gives no reason"):
        wait_for(script)


@pytest.mark.parametrize(
    ("primary", "message"),
    [
        ({"rolloutState": "FAILED", "rolloutStateReason": "no tasks"}, "failed: no tasks"),
        (
            {"taskDefinition": FORMER, "rolloutState": "IN_PROGRESS"},
            "was replaced or rolled back: .*:1 runs now",
        ),
        ({"rolloutState": "IN_PROGRESS", "loadBalancers": [{"containerPort": 80}]}, "rolled back: port 80 serves"),
    ],
)
def test_a_rollout_that_others_started_fails_where_it_does_not_end_as_wanted(
    primary: dict[str, t.Any], message: str
) -> None:
    balancers = primary.get("loadBalancers", [{"containerPort": 8080}])
    deployment = {"status": "PRIMARY", "taskDefinition": WANTED, **primary}
    described = service(deployments=[deployment], loadBalancers=balancers)
    script = Script(describe_services=described, list_tasks={"taskArns": []})
    with pytest.raises(WaitError, match=message):
        wait_for(script, follows=False)


def test_a_rollout_that_others_started_is_waited_for() -> None:
    deployment = {"status": "PRIMARY", "taskDefinition": WANTED, "rolloutState": "IN_PROGRESS"}
    script = Script(describe_services=service(runningCount=1, deployments=[deployment]))
    assert wait_for(script, follows=False)[0] == "1 of 2 tasks run"


def test_tasks_are_counted_where_nothing_is_rolled_out() -> None:
    script = Script(
        describe_services=(service(runningCount=3, desiredCount=4, pendingCount=1), service()),
        describe_target_health=targets("healthy", "healthy"),
    )
    assert wait_for(script, follows=False)[0] == "3 of 4 tasks run"
    assert wait_for(script, follows=False)[0] is None


def test_a_service_that_is_not_listed_yet_is_waited_for() -> None:
    assert wait_for(Script(describe_services={"services": []}))[0] == "the service is not listed yet"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (
            "CannotPullContainerError: failed to resolve ref a:1: dial tcp: i/o timeout.",
            "see vpc_nat_gateways, or vpc_in",
        ),
        ("ResourceInitializationError: unable to pull secrets or registry auth: i/o timeout", "vpc_s3_endpoint"),
        ("You've reached the limit on the number of vCPUs", "request an increase in Service Quotas"),
        ("CannotPullContainerError: a:1: not found", ""),
    ],
)
def test_what_ecs_says_comes_with_what_to_do(text: str, remedy: str) -> None:
    said = service_deployments_calls.sentence(text)
    assert remedy in said
    assert ("(" in said) == bool(remedy)
