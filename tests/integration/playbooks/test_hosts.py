# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every layer gives the same results in the worker and as a module."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

import pytest

from sandbox import Sandbox
from tests.playbook_server import PlaybookServer

from .conftest import Playbooks, in_processes_of_their_own, printing

# They compare the two, and choose by the variable.
pytestmark = [pytest.mark.timeout(900), pytest.mark.worker]

ROLES = ("route53_zone", "vpc", "alb", "ecs_service", "route53_failover")
LAYERS = {f"everlook.failover.{module}" for module in (*ROLES, "route53_zone_delegation")}
PREFLIGHT = "everlook.failover.preflight"

# What AWS decides, another value for each resource that is made.
_IDS = (
    (re.compile(r"\b(vpc|subnet|igw|rtb|sg|nat|eipalloc|vpce)-[0-9a-f]{8,}"), r"<\1>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"/[0-9a-f]{16,32}\b"), "/<id>"),
    (re.compile(r"\bhello-dev-\d+\."), "hello-dev-<id>."),
    (re.compile(r"\bZ[A-Z0-9]{12,32}\b"), "<zone>"),
    (re.compile(r"\bns-\d+\.awsdns-\d+\.[a-z.]+"), "<server>"),
    (re.compile(r"\b\d+\.\d+\.\d+\.\d+(?!/)\b"), "<address>"),
)
# Times of day and of answers, and how many checkers have reported so far.
_OF_THE_MOMENT = {"timeline", "attempts", "milliseconds", "checkers", "healthy_checkers"}
_OF_THE_HOST = {"invocation", "warnings", "deprecations", "ansible_facts", "_ansible_no_log", "action"}

_ALONE = ("-e", '{"everlook_failover_in_worker": false}')
Results = dict[str, list[t.Any]]


def plain(value: t.Any) -> t.Any:
    """The value without ids."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in _OF_THE_HOST | _OF_THE_MOMENT}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str):
        for pattern, name in _IDS:
            value = pattern.sub(name, value)
    return value


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[PlaybookServer]:
    with printing("ansible.posix.json", tmp_path_factory.mktemp("local")) as server:
        yield server


def deploy(playbooks: Playbooks, *arguments: str) -> Results:
    """Results of a run of site.yml by module, in the order of the tasks and regions."""
    # One region has every module in it, and a module in a process of its own takes a while.
    text = playbooks.ok("site", "--limit", "us-east-1", *arguments).text
    results: Results = {}
    for play in json.JSONDecoder().raw_decode(text, text.index("{"))[0]["plays"]:
        for task in play["tasks"]:
            for host in sorted(task["hosts"]):
                for action, result in by_module(task["hosts"][host]):
                    results.setdefault(action, []).append((host, plain(result)))
    return results


def by_module(result: dict[str, t.Any]) -> list[tuple[str, dict[str, t.Any]]]:
    """(module, result) of a task, one for each item of a loop."""
    return [(result.get("action", ""), item) for item in result.get("results", [result])]


@pytest.mark.parametrize(
    ("check", "alone", "asked"),
    [
        # Preflight only reads, in both.
        pytest.param(
            *(("--check",), in_processes_of_their_own(*ROLES), LAYERS), id="dry run", marks=pytest.mark.exhaustive
        ),
        pytest.param(*((), _ALONE, LAYERS | {PREFLIGHT}), id="deployment"),
    ],
)
@pytest.mark.exhaustive
def test_both_hosts_give_the_same_results(
    playbooks: Playbooks,
    server: PlaybookServer,
    aws: Sandbox,
    check: tuple[str, ...],
    alone: tuple[str, ...],
    asked: set[str],
) -> None:
    printed = dataclasses.replace(playbooks, server=server)
    worker = deploy(printed, *check)
    aws.reset()
    module = deploy(printed, *check, *alone)
    assert worker.keys() >= asked
    for action in sorted(asked):
        assert module[action] == worker[action], action
        if action in LAYERS:
            assert all(result["changes"] for _host, result in worker[action]), action


@pytest.mark.parametrize("in_worker", [True, False], ids=["worker", "module"])
def test_a_bad_parameter_does_not_show_the_others(playbooks: Playbooks, in_worker: bool) -> None:
    container = {"name": "api", "image": "api:1", "environment": {"PASSWORD": "correct-horse"}}
    options = {"stack": "hello", "environment": "dev", "name": "api", "state": "bogus", "containers": [container]}
    variables = {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "everlook_failover_in_worker": in_worker,
    }
    task = {"everlook.failover.ecs_service": {**options, "region": "us-east-1"}}
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": [task]}
    done = playbooks.run(write(playbooks, play), "-vvv")
    assert done.rc != 0
    assert "bogus" in done.text
    assert "correct-horse" not in done.text


def test_a_default_of_all_modules_does_not_move_a_region(playbooks: Playbooks) -> None:
    variables = {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "vpc_stack": "hello",
        "vpc_environment": "dev",
        "vpc_region": "us-west-1",
        "vpc_cidr": "10.20.0.0/16",
    }
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": variables,
        "module_defaults": {"group/everlook.failover.aws": {"region": "us-east-1"}},
        "tasks": [{"ansible.builtin.include_role": {"name": "everlook.failover.vpc"}}],
    }
    done = playbooks.ok(write(playbooks, play), "--check")
    assert {call.region for call in done.calls} == {"us-west-1"}


def write(playbooks: Playbooks, play: dict[str, t.Any]) -> str:
    """A playbook of this play; its path without suffix."""
    path = playbooks.folder / "play.yml"
    path.write_text(json.dumps([play]))
    return str(path.with_suffix(""))
