# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probers of target groups: what DescribeTargetHealth answers is what they saw."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.sandbox.overlay.helpers import create_target_group
from tests.sandbox.plane.stacks import NAME, PORT, Stack
from tests.waiting import eventually

# Answers /health with the status code in a file, and not at all while there is none.
_PROGRAM = """
import os, pathlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Told(BaseHTTPRequestHandler):
    def do_GET(self):
        place = pathlib.Path(os.environ["STATUS"])
        with open(os.environ["SEEN"], "a") as seen:
            seen.write(f"{self.path} {self.headers['User-Agent']}" + chr(10))
        if not place.exists():
            self.connection.recv(1)  # until the prober gives up
            return
        self.send_response(int(place.read_text()))
        self.end_headers()

ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Told).serve_forever()
"""


class Told:
    """A service of one task that answers what the test wants."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.status, self.seen = folder / "status", folder / "seen"
        program = folder / "program.py"
        program.write_text(_PROGRAM)
        self.answers(200)
        environment = [{"name": "STATUS", "value": str(self.status)}, {"name": "SEEN", "value": str(self.seen)}]
        definition = stack.define(command=["python3", str(program)], environment=environment)
        # A task that nobody replaces: what its prober thinks of it can be watched.
        (task,) = stack.client("ecs").run_task(
            cluster=NAME, taskDefinition=definition, networkConfiguration=stack.network
        )["tasks"]
        (details,) = [known["details"] for known in task["attachments"]]
        self.address = next(item["value"] for item in details if item["name"] == "privateIPv4Address")
        eventually(stack.tasks, lambda found: [known["lastStatus"] for known in found] == ["RUNNING"])
        stack.client("elbv2").register_targets(TargetGroupArn=stack.target_group, Targets=[{"Id": self.address}])

    def answers(self, status: int | None) -> None:
        """Answer with this status from now on; None: with nothing."""
        if status is None:
            self.status.unlink()
        else:
            self.status.with_suffix(".new").write_text(str(status))
            self.status.with_suffix(".new").rename(self.status)

    def becomes(self, state: str) -> tuple[str, str]:
        """Wait for a state; its reason and description."""
        found = eventually(lambda: self.stack.targets()[self.address], lambda seen: seen[0] == state)
        return found[1:]


@pytest.fixture
def stack(plane: Sandbox) -> Stack:
    return Stack(plane).set_up()


@pytest.fixture
def told(stack: Stack, tmp_path: Path) -> Told:
    return Told(stack, tmp_path)


def test_a_target_is_initial_until_it_is_judged_then_what_it_answers(told: Told) -> None:
    first = told.stack.targets()[told.address]
    assert first in [("initial", "Elb.InitialHealthChecking", "Initial health checks in progress"), ("healthy", "", "")]
    assert told.becomes("healthy") == ("", "")
    told.answers(503)
    assert told.becomes("unhealthy") == (
        "Target.ResponseCodeMismatch",
        "Health checks failed with these codes: [503]",
    )
    told.answers(200)
    assert told.becomes("healthy") == ("", "")
    asked = {tuple(line.split(" ", 1)) for line in told.seen.read_text().splitlines()}
    assert asked == {("/health", "ELB-HealthChecker/2.0")}


def test_no_answer_in_time_is_a_timeout(told: Told) -> None:
    told.becomes("healthy")
    told.answers(None)
    assert told.becomes("unhealthy") == ("Target.Timeout", "Request timed out")


def test_a_refused_connection_is_a_failed_check(stack: Stack) -> None:
    stack.client("elbv2").register_targets(TargetGroupArn=stack.target_group, Targets=[{"Id": "10.10.0.200"}])
    found = eventually(lambda: stack.targets()["10.10.0.200"], lambda seen: seen[0] != "initial")
    assert found == ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")


def test_changed_settings_of_the_group_count_from_the_next_probe(told: Told) -> None:
    elb, group = told.stack.client("elbv2"), told.stack.target_group
    told.becomes("healthy")
    told.answers(301)
    told.becomes("unhealthy")
    elb.modify_target_group(TargetGroupArn=group, Matcher={"HttpCode": "200-399"}, HealthCheckPath="/else")
    told.becomes("healthy")
    assert told.seen.read_text().splitlines()[-1].startswith("/else ")
    elb.modify_target_group(TargetGroupArn=group, HealthCheckPort=str(PORT + 1))
    assert told.becomes("unhealthy")[0] == "Target.FailedHealthChecks"


def test_a_target_that_comes_back_is_judged_anew(told: Told) -> None:
    elb, group = told.stack.client("elbv2"), told.stack.target_group
    told.answers(500)
    told.becomes("unhealthy")
    elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": told.address}])
    assert told.becomes("draining")[0] == "Target.DeregistrationInProgress"
    told.answers(200)
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": told.address}])
    # One good answer is enough for a new target.
    assert told.stack.targets()[told.address][0] in ("initial", "healthy")
    told.becomes("healthy")


def test_a_group_without_a_load_balancer_is_not_probed(told: Told) -> None:
    elb = told.stack.client("elbv2")
    unused = create_target_group(elb, told.stack.vpc_id, "unused", Port=PORT, HealthCheckPath="/unused")
    elb.register_targets(TargetGroupArn=unused, Targets=[{"Id": told.address}])
    told.becomes("healthy")
    (described,) = elb.describe_target_health(TargetGroupArn=unused)["TargetHealthDescriptions"]
    assert described["TargetHealth"]["State"] == "unused"
    assert "/unused" not in told.seen.read_text()


def test_what_a_test_says_of_a_target_counts_more_than_what_is_seen(told: Told) -> None:
    told.becomes("healthy")
    told.stack.aws.observe("target", told.address, "unhealthy")
    assert told.stack.targets()[told.address][0] == "unhealthy"
    told.stack.aws.observe("target", told.address, None)
    assert told.stack.targets()[told.address][0] == "healthy"
