# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run says that users get an answer only if they do: where the listener is, checkers ask and the URL leads."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.playbook_server import PlaybookServer
from tests.waiting import eventually

from .conftest import Playbooks
from .test_site import EAST

pytestmark = [pytest.mark.timeout(900), pytest.mark.once]


@pytest.fixture
def alive(tmp_path: Path, playbook_server: PlaybookServer) -> t.Iterator[Playbooks]:
    with Sandbox(plane=True, checkers_per_region=1, speed=10) as aws:
        yield Playbooks(aws, tmp_path, playbook_server)


def test_without_a_delegation_nobody_is_served_and_the_run_says_so(alive: Playbooks) -> None:
    one = alive.inventory(regions={"us-east-1": EAST})
    outcome = alive.run("site", "-e", "app_parent_domain=", "-e", "dns_delegation_role_arn=", inventory=one)
    assert outcome.rc != 0
    assert "Users cannot resolve dev.example.com (dev.example.com has no name servers in DNS" in outcome.flat()
    assert "Enter the name servers of dev.example.com (ns-" in outcome.flat()
    assert "answers at" not in outcome.text


@pytest.mark.exhaustive
def test_the_port_of_the_listener_is_one_fact_and_nobody_healthy_is_a_failure(alive: Playbooks) -> None:
    one = alive.inventory(regions={"us-east-1": EAST}, alb_listener_port=8080)
    first = alive.ok("site", inventory=one)
    assert "answers at http://dev.example.com:8080/ from us-east-1" in first.flat()
    assert "does not serve" not in first.text
    assert "requested from here" not in first.text
    assert "DNS:" not in first.text

    alive.aws.break_region("dns")
    closed = alive.ok("site", inventory=one)
    alive.aws.heal_region("dns")
    assert "answers at http://dev.example.com:8080/ from us-east-1" in closed.flat()
    assert "DNS: queried over HTTPS (http://127." in closed.flat()

    some = json.dumps({"alb_ingress_cidrs": ["0.0.0.0/1", "128.0.0.0/1"]})
    restricted = alive.ok("site", "-e", some, inventory=one)
    assert "Its URL was not requested from here, because alb_ingress_cidrs" in restricted.flat()

    endpoint = json.dumps({"app_endpoint_health_check": {"port": 81}, "route53_failover_wait_timeout": 10})
    # What a run has changed itself, checkers may not have seen yet when it ends.
    lost = eventually(lambda: alive.run("site", "-e", endpoint, inventory=one), lambda found: found.rc != 0)
    assert "No region is healthy, so that http://dev.example.com:81/ does not answer" in lost.flat()
    assert "Unknown error" not in lost.text
    # Its security group drops what is not for the port of the listener.
    assert "us-east-1: health checkers fail: Connection timed out" in lost.flat()
    # On every run, also one that changes nothing.
    again = alive.run("site", "-e", endpoint, inventory=one)
    assert (again.rc != 0, again.writes) == (True, [])
