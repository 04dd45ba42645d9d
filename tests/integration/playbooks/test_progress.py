# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that has to wait says for what, and in the end where its time went. One that doesn't is silent."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.playbook_server import PlaybookServer

from .conftest import Playbooks

pytestmark = [pytest.mark.timeout(900), pytest.mark.once, pytest.mark.worker]

# NAT gateways take 10 seconds and load balancers 15: long enough to be told of, in parts of what it takes AWS.
_FACTOR = 10.5


@pytest.fixture
def slow(tmp_path: Path, playbook_server: PlaybookServer) -> t.Iterator[Playbooks]:
    with Sandbox(timings="aws", speed=_FACTOR) as aws:
        yield Playbooks(aws, tmp_path, playbook_server)


def test_a_deployment_tells_what_it_waits_for_and_where_the_time_went(slow: Playbooks) -> None:
    first = slow.ok("site").flat()
    assert "[us-west-1] vpc: waiting for " in first
    assert "Where the time went (* the critical path: " in first
    timeline = json.loads((slow.folder / "reports" / "dev" / "deployment.json").read_text())["timeline"]
    assert {entry["layer"] for entry in timeline} >= {"vpc", "ecs_service", "route53_failover"}
    assert {entry["region"] for entry in timeline} >= {"us-east-1", "us-west-1", ""}
    assert all(entry["started"] < entry["ended"] for entry in timeline)

    again = slow.ok("site").flat()
    assert "waiting for" not in again
    assert "Where the time went" not in again


@pytest.mark.exhaustive
def test_a_module_in_a_process_of_its_own_tells_too(slow: Playbooks) -> None:
    options = {"stack": "hello", "environment": "dev", "cidr": "10.10.0.0/16", "region": "us-east-1"}
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "everlook_failover_in_worker": False}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": variables,
        "tasks": [{"everlook.failover.vpc": options}],
    }
    path = slow.folder / "play.yml"
    path.write_text(json.dumps([play]))
    assert "[localhost] vpc: waiting for NAT gateway " in slow.ok(str(path.with_suffix(""))).flat()
