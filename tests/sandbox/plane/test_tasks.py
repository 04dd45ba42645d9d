# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks are processes: started, replaced, drained, and gone with the server however it ends."""

from __future__ import annotations

import functools
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.process import Process
from tests.sandbox.plane.stacks import NAME, SERVICE, Stack, ask, children, processes
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def stack(plane: Sandbox) -> Stack:
    return Stack(plane).set_up()


def pid_of(aws: Sandbox, task: dict[str, Any]) -> int:
    """The process id of a task that runs the built-in app."""
    number = task["taskArn"].rpartition("/")[2]
    (found,) = [pid for pid, words in processes(aws).items() if f"--task={number}" in words]
    return found


def test_a_service_runs_its_desired_count(stack: Stack) -> None:
    stack.serve("hello:7", desired=3)
    answers = [stack.get().facts for _ in range(6)]
    assert {answer["region"] for answer in answers} == {stack.region}
    assert {answer["version"] for answer in answers} == {"7"}
    running = {task["taskArn"].rpartition("/")[2] for task in stack.tasks()}
    assert {answer["task"] for answer in answers} == running
    assert len(running) == len(processes(stack.aws)) == 3


def test_a_task_that_dies_is_replaced(stack: Stack) -> None:
    stack.serve()
    victim = stack.tasks()[0]
    os.kill(pid_of(stack.aws, victim), signal.SIGKILL)
    (stopped,) = eventually(lambda: stack.tasks("STOPPED"))
    assert stopped["taskArn"] == victim["taskArn"]
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["stoppedReason"] == "Essential container in task exited"
    assert stopped["containers"][0]["exitCode"] == 137
    eventually(stack.states, lambda found: found == ["healthy", "healthy"])
    assert victim["taskArn"] not in [task["taskArn"] for task in stack.tasks()]
    assert stack.service()["runningCount"] == 2


def test_a_task_that_is_stopped_drains_before_it_ends(stack: Stack) -> None:
    stack.serve(desired=1)
    (task,) = stack.tasks()
    pid = pid_of(stack.aws, task)
    stack.client("ecs").stop_task(cluster=NAME, task=task["taskArn"])
    assert "draining" in stack.states()
    eventually(lambda: pid not in processes(stack.aws))
    eventually(stack.states, lambda found: found == ["healthy"])


def test_scaling_starts_and_ends_processes(stack: Stack) -> None:
    stack.serve()
    for desired in (4, 1, 0):
        stack.client("ecs").update_service(**SERVICE, desiredCount=desired)
        eventually(lambda: (len(processes(stack.aws)), stack.states()), (desired, ["healthy"] * desired).__eq__)
    assert stack.get().status == 503


def test_a_new_version_takes_over_without_a_failed_request(stack: Stack) -> None:
    stack.serve("hello:1")
    stack.client("ecs").update_service(**SERVICE, taskDefinition=stack.define("hello:2"))
    seen = []
    while stack.rollout()["rolloutState"] != "COMPLETED":
        seen.append(stack.get())
    assert {answer.status for answer in seen} == {200}
    assert stack.get().facts["version"] == "2"
    eventually(lambda: processes(stack.aws), lambda found: len(found) == 2)


def test_a_broken_version_is_rolled_back(stack: Stack) -> None:
    stack.serve("hello:1")
    deployment = stack.client("ecs").update_service(**SERVICE, taskDefinition=stack.define("hello:broken"))
    assert deployment["service"]["deployments"][0]["rolloutState"] == "IN_PROGRESS"

    def newest() -> str:
        found = stack.client("ecs").list_service_deployments(**SERVICE)["serviceDeployments"]
        return str(found[0]["status"])

    assert (
        eventually(newest, lambda found: found not in ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS")) == "ROLLBACK_SUCCESSFUL"
    )
    eventually(lambda: {stack.get().facts["version"] for _ in range(4)}, lambda found: found == {"1"})
    failed = [task for task in stack.tasks("STOPPED") if "failed ELB health checks" in task["stoppedReason"]]
    assert len(failed) >= 3
    assert any("codes: [500]" in event["message"] for event in stack.service()["events"])


def test_tasks_that_become_unwell_are_replaced_before_they_go(stack: Stack) -> None:
    """The health check path of a running service changes to one that is not there, and back."""
    stack.serve()
    before = {task["taskArn"] for task in stack.tasks()}
    elb = stack.client("elbv2")
    elb.modify_target_group(TargetGroupArn=stack.target_group, HealthCheckPath="/none")
    eventually(lambda: before - {task["taskArn"] for task in stack.tasks()}, lambda gone: gone == before)
    # It fails open: all targets are unwell, and requests go to all of them.
    assert stack.get().status == 200
    assert stack.service()["runningCount"] >= 2
    elb.modify_target_group(TargetGroupArn=stack.target_group, HealthCheckPath="/health")
    eventually(stack.states, lambda found: found == ["healthy", "healthy"])
    assert stack.rollout()["rolloutState"] == "COMPLETED"


def test_a_command_runs_instead_of_the_image(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "health").write_text("fine")
    (tmp_path / "greeting").write_text("hello")
    script = f'cd {tmp_path} && {sys.executable} -m http.server "$PORT" --bind "$HOST"; exit 9'
    stack.serve(desired=1, command=["sh", "-c", script])
    assert stack.get("/greeting").body == b"hello"
    (runner,) = processes(stack.aws)
    (shell,) = children(runner)
    stack.client("ecs").update_service(**SERVICE, desiredCount=0)
    eventually(lambda: not processes(stack.aws))
    eventually(lambda: not _runs(shell))


def test_a_command_runs_only_where_it_may(tmp_path: Path) -> None:
    with Sandbox(plane=True, speed=20) as aws:
        stack = Stack(aws).set_up()
        stack.serve(desired=1, command=["sh", "-c", f"touch {tmp_path}/ran"])
        assert stack.get().facts["region"] == stack.region, "the built-in app replaces it"
        (definition,) = aws.api.get("plane")["refused_commands"]
        assert aws._output
        said = aws._output.read_text()
    assert not (tmp_path / "ran").exists()
    assert f"task definition {definition}: its command (sh) is not run" in said
    assert "python -m sandbox up --allow-commands" in said


def test_a_command_that_cannot_run_fails_the_rollout(stack: Stack) -> None:
    stack.create(command=["sh", "-c", "exit 4"])
    rollout = eventually(stack.rollout, lambda found: found["rolloutState"] != "IN_PROGRESS")
    assert rollout["rolloutState"] == "FAILED"
    eventually(lambda: not processes(stack.aws))
    assert {task["containers"][0].get("exitCode") for task in stack.tasks("STOPPED")} >= {4}


def test_a_run_of_a_command_has_its_exit_code(stack: Stack) -> None:
    ecs = stack.client("ecs")
    definition = stack.define(command=["sh", "-c", 'test "$GREETING" = hi && exit 3'], portMappings=[])
    override = {"containerOverrides": [{"name": "app", "environment": [{"name": "GREETING", "value": "hi"}]}]}
    ecs.run_task(cluster=NAME, taskDefinition=definition, networkConfiguration=stack.network, overrides=override)
    (task,) = eventually(lambda: stack.tasks("STOPPED"))
    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", 3)


def test_a_reset_ends_every_process(stack: Stack) -> None:
    stack.serve()
    assert len(processes(stack.aws)) == 2
    stack.aws.reset()
    eventually(lambda: not processes(stack.aws))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_processes_end_with_the_server_however_it_ends(ending: signal.Signals, tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    with Sandbox(plane=True, speed=20, allow_commands=True) as aws:
        stack = Stack(aws).set_up()
        ecs = stack.client("ecs")
        script = f"sleep 600 & echo $! > {pidfile}.new && mv {pidfile}.new {pidfile}; wait"
        definition = stack.define(command=["sh", "-c", script], portMappings=[])
        ecs.run_task(cluster=NAME, taskDefinition=definition, networkConfiguration=stack.network)
        ecs.run_task(cluster=NAME, taskDefinition=stack.define(), networkConfiguration=stack.network)
        pids = [
            *eventually(lambda: processes(aws), lambda found: len(found) == 2),
            int(eventually(pidfile.exists) and pidfile.read_text()),
        ]
        process = aws._process
        assert isinstance(process, Process)
        os.kill(process.pid, ending)
        eventually(lambda: not process.owns_pid() or _is_zombie(process.pid))
        eventually(lambda: not [pid for pid in pids if _runs(pid)])


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def test_the_app_answers_by_itself() -> None:
    """Paths and methods, without a sandbox around it."""
    app = ROOT / "sandbox" / "plane" / "app.py"
    facts = [sys.executable, "-I", "-S", str(app), "--host=127.0.0.1", "--region=r", "--task=t"]
    for version, expected in (
        ("1", {"/": 200, "/health": 200, "/health?x=1": 200, "/other": 404}),
        ("broken", {"/": 500}),
    ):
        port = _free_port()
        child = subprocess.Popen(
            [*facts, f"--ports={port}", f"--version={version}"], stdin=subprocess.PIPE, start_new_session=True
        )
        try:
            eventually(functools.partial(ask, "127.0.0.1", port, "/", "GET", 5), lambda found: found.status > 0)
            found = {path: ask("127.0.0.1", port, path, "GET", 5).status for path in expected}
            assert found == expected
            assert ask("127.0.0.1", port, "/", "HEAD", 5).body == b""
            assert ask("127.0.0.1", port, "/", "POST", 5, body=b"x" * 1000).facts["version"] == version
        finally:
            child.communicate(timeout=30)


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
