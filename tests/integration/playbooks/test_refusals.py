# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbooks refuse: one message with variable and remedy, before the first write."""

from __future__ import annotations

import getpass
import itertools
import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils import lock
from sandbox import Sandbox
from tests.sampling import every_third, first_and_last

from .conftest import Outcome, Playbooks

# Whole deployments, in processes of their own
pytestmark = pytest.mark.timeout(900)

EAST = {"failover_priority": 1, "vpc_cidr": "10.10.0.0/16"}
WEST = {"failover_priority": 2, "vpc_cidr": "10.20.0.0/16"}


def assert_refused(outcome: Outcome, *words: str) -> None:
    assert outcome.rc != 0, outcome.text
    assert outcome.writes == []
    for word in words:
        assert word in outcome.flat()


@pytest.mark.parametrize("playbook", ["site", "destroy"])
def test_an_inventory_without_regions_is_refused(playbooks: Playbooks, playbook: str, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts.yml"
    hosts.write_text("all: {hosts: {us-east-1: {}}}")
    assert_refused(playbooks.run(playbook, inventory=hosts), "group `regions`")


@pytest.mark.parametrize(("playbook", "mode"), every_third(itertools.product(["site", "destroy"], [[], ["--check"]])))
def test_a_wrong_account_is_refused(playbooks: Playbooks, playbook: str, mode: list[str]) -> None:
    outcome = playbooks.run(playbook, "-e", "confirm=dev", *mode, account="staging")
    assert_refused(
        outcome, "app_account_id: dev belongs in account 111111111111", "account 222222222222", "AWS_PROFILE"
    )
    assert {record.operation for record in outcome.calls} <= {"GetCallerIdentity", "DescribeTags"}


@pytest.mark.parametrize(
    ("west", "variables", "words"),
    first_and_last(
        [
            ({**WEST, "failover_priority": 1}, {}, "failover_priority of us-east-1, us-west-1: all are 1"),
            (
                {**WEST, "vpc_cidr": "10.10.4.0/22"},
                {},
                "vpc_cidr of us-east-1, us-west-1: 10.10.0.0/16 and 10.10.4.0/22",
            ),
            ({**WEST, "vpc_cidr": "10.20.0.0/26"}, {}, "vpc_cidr of us-west-1: 10.20.0.0/26 is too small"),
            ({"vpc_cidr": "10.20.0.0/16"}, {}, "failover_priority of us-west-1: is not set"),
            (
                WEST,
                {"app_domain": "dev.example.org"},
                "app_domain: 'dev.example.org' is not below app_parent_domain 'example.com'",
            ),
            (WEST, {"app_name": "a-name-that-is-far-too-long-for-a-stack"}, "app_name: "),
        ]
    ),
)
def test_an_inventory_that_cannot_work_is_refused(
    playbooks: Playbooks, west: dict[str, t.Any], variables: dict[str, str], words: str
) -> None:
    inventory = playbooks.inventory(regions={"us-east-1": EAST, "us-west-1": west}, **variables)
    assert_refused(playbooks.run("site", inventory=inventory), words, "dev was not touched")


@pytest.mark.parametrize("variable", ["app_port", "app_image"])
def test_what_only_the_last_layers_read_is_missed_before_the_first(playbooks: Playbooks, variable: str) -> None:
    assert_refused(
        playbooks.run("site", "-e", json.dumps({variable: None})), f"{variable}: is not set.", "dev was not touched"
    )


def test_a_full_quota_is_refused(playbooks: Playbooks, aws: Sandbox) -> None:
    ec2 = aws.client("ec2", region="us-west-1")
    for number in range(len(ec2.describe_vpcs()["Vpcs"]), 5):
        ec2.create_vpc(CidrBlock=f"10.10{number}.0.0/16")
    assert_refused(playbooks.run("site"), "quota 'VPCs per Region' (L-F678F1CE) in us-west-1")


def test_missing_credentials_are_refused(playbooks: Playbooks, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    environment = {key: value for key, value in playbooks.environment().items() if key not in keys}
    nowhere = str(playbooks.folder / "none")
    environment.update(AWS_SHARED_CREDENTIALS_FILE=nowhere, AWS_CONFIG_FILE=nowhere)
    monkeypatch.setattr(Playbooks, "environment", lambda _self, _account="dev": environment)
    outcome = playbooks.run("site")
    assert_refused(outcome, "credentials: no AWS credentials found. Check the credentials in the environment")
    assert outcome.calls == []


def lock_of_dev(playbooks: Playbooks) -> Path:
    return lock.lock_path(lock.folder(playbooks.folder), "hello", "dev", "111111111111", playbooks.aws.url)


@pytest.mark.parametrize("playbook", ["site", "destroy"])
def test_a_second_run_is_refused_with_a_word_on_who_is_at_it(playbooks: Playbooks, playbook: str) -> None:
    me = lock.this_process(os.getpid(), "drill.yml")
    assert lock.acquire(lock_of_dev(playbooks), me) is None
    outcome = playbooks.run(playbook, "-e", "confirm=dev")
    assert_refused(outcome, f"hello in dev is held by drill.yml, process {os.getpid()} of {getpass.getuser()} on ")
    assert outcome.calls == []
    assert lock.holder_of(lock_of_dev(playbooks)) == me


def test_a_dry_run_beside_a_running_one_is_warned(playbooks: Playbooks) -> None:
    assert lock.acquire(lock_of_dev(playbooks), lock.this_process(os.getpid(), "site.yml")) is None
    outcome = playbooks.ok("site", "--check", "--tags", "route53_zone")
    assert "hello in dev is being changed meanwhile by site.yml" in outcome.flat()


def test_a_lock_ends_with_its_run_and_a_dead_one_is_taken_over(playbooks: Playbooks) -> None:
    gone = lock.Holder(host=lock.this_process(1, "").host, pid=2**22 + 1, started="1", user="a", playbook="x", since=0)
    assert lock.acquire(lock_of_dev(playbooks), gone) is None
    playbooks.ok("site", "--tags", "route53_zone")
    assert json.loads(lock_of_dev(playbooks).read_text())["playbook"] == "site.yml"
    assert lock.holder_of(lock_of_dev(playbooks)) is None


@pytest.mark.parametrize(
    "arguments", every_third([[], ["-e", "confirm=prod"], ["--limit", "us-west-1", "-e", "confirm=us-west-1"]])
)
def test_taking_down_wants_the_environments_name(playbooks: Playbooks, arguments: list[str]) -> None:
    outcome = playbooks.run("destroy", *arguments)
    assert_refused(outcome, "This takes down hello in dev", "repeat the command with -e confirm=dev")
    assert outcome.calls == []
