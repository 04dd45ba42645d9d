# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What protects an environment sits where the write is: leaving out the tasks before it leaves out nothing."""

from __future__ import annotations

import json
import os

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils import lock
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.whole_stack import REGIONS, Stack
from tests.sampling import first_and_last

from .conftest import Playbooks, deploy
from .test_refusals import assert_refused, lock_of_dev
from .test_site import answers

# Whole deployments, in processes of their own
pytestmark = pytest.mark.timeout(900)

_FROM_THE_NETWORK = ("--start-at-task", "everlook.failover.vpc : Converge the network of the region")
_FROM_THE_SERVICE = ("--start-at-task", "everlook.failover.ecs_service : Converge the services of the region")
_WITHOUT_PREFLIGHT = ("--skip-tags", "always")


@pytest.mark.parametrize("way", [_FROM_THE_NETWORK, _WITHOUT_PREFLIGHT], ids=["start", "skip"])
def test_no_way_around_preflight_leads_into_another_account(playbooks: Playbooks, way: tuple[str, ...]) -> None:
    outcome = playbooks.run("site", *way, account="staging")
    assert_refused(outcome, "account_id: ", "111111111111", "222222222222")


@pytest.mark.once
def test_nothing_is_taken_down_without_its_confirmation_or_in_part(
    playbooks: Playbooks, aws: Sandbox, run_job: RunJob
) -> None:
    """In one test, because all of it needs a deployment that stands."""
    Stack(run_job).deploy()
    before = aws.snapshot()
    for arguments in (_WITHOUT_PREFLIGHT, _FROM_THE_SERVICE):
        assert_refused(playbooks.run("destroy", *arguments), "confirm: ")
    assert_refused(playbooks.run("destroy", *_FROM_THE_NETWORK), "still")  # in use
    # The confirmation is for the whole removal: a run that starts below the records, or skips them, has none.
    for arguments in (("--skip-tags", "always,route53_failover"), _FROM_THE_SERVICE):
        assert_refused(playbooks.run("destroy", "-e", "confirm=dev", *arguments), "confirm: ")
    assert aws.snapshot() == before
    assert answers(aws) == {"PRIMARY": "us-east-1", "SECONDARY": "us-west-1"}


@pytest.mark.once
@pytest.mark.parametrize("layer", first_and_last(["vpc", "alb", "ecs_service", "route53_failover", "route53_zone"]))
def test_nothing_is_taken_down_without_one_of_its_layers(playbooks: Playbooks, layer: str) -> None:
    refused = playbooks.run("destroy", "-e", "confirm=dev", "--skip-tags", layer)
    assert_refused(refused, f"--skip-tags {layer} would leave something behind", "Nothing was changed.")
    assert refused.calls == []


@pytest.mark.parametrize("way", [_FROM_THE_NETWORK, _WITHOUT_PREFLIGHT], ids=["start", "skip"])
def test_no_way_around_preflight_leads_around_the_lock(playbooks: Playbooks, way: tuple[str, ...]) -> None:
    assert lock.acquire(lock_of_dev(playbooks), lock.this_process(os.getpid(), "drill.yml")) is None
    outcome = playbooks.run("site", *way)
    assert_refused(outcome, "hello in dev is held by drill.yml")
    assert outcome.calls == []


@pytest.mark.exhaustive
def test_in_the_right_account_a_run_without_preflight_works(playbooks: Playbooks, aws: Sandbox) -> None:
    """Ansible cannot end a role there: it would stop with an unexpected exception."""
    outcome = playbooks.ok("site", "--check", *_WITHOUT_PREFLIGHT)
    assert outcome.writes == []
    assert "does not answer yet" in outcome.text
    playbooks.ok("site", *_WITHOUT_PREFLIGHT)
    assert answers(aws) == {"PRIMARY": "us-east-1", "SECONDARY": "us-west-1"}


@pytest.mark.exhaustive
def test_another_domain_is_refused_before_the_first_change(playbooks: Playbooks, aws: Sandbox) -> None:
    deploy(aws)
    for mode in ([], ["--check"]):
        outcome = playbooks.run("site", *mode, inventory=playbooks.inventory(app_domain="shop.example.com"))
        assert outcome.rc != 0
        assert "hello in dev serves its users at dev.example.com, and shop.example.com (app_domain" in outcome.flat()
        assert not {*outcome.writes} - {"PutParameter", "DeleteParameter"}


@pytest.mark.exhaustive
def test_what_aws_cannot_change_is_refused_before_the_first_change(playbooks: Playbooks, aws: Sandbox) -> None:
    """In all regions at once: a layer would refuse it when the others have been changed."""
    results = deploy(aws)
    about = {"stack": "hello", "environment": "dev", "account_id": "111111111111"}
    layers = ("vpc", "ecs_service")
    regions = {region: {layer: results[f"{layer} {region}"] for layer in layers} for region in REGIONS}
    folder = playbooks.folder / "reports" / "dev"
    folder.mkdir(parents=True)
    (folder / "deployment.json").write_text(json.dumps({**about, "regions": regions}))
    moved = {
        "us-east-1": {"failover_priority": 1, "vpc_cidr": "10.10.0.0/16"},
        "us-west-1": {"failover_priority": 2, "vpc_cidr": "10.99.0.0/16"},
    }
    inventory = playbooks.inventory(regions=moved, ecs_service_target_protocol="HTTPS")
    outcome = playbooks.run("site", inventory=inventory)
    assert outcome.rc != 0
    assert "dev was not touched" in outcome.text
    assert outcome.writes == []
    assert "vpc_cidr of us-west-1: is 10.99.0.0/16, but vpc-" in outcome.flat()
    assert "Write 10.20.0.0/16, or destroy this region and deploy it again." in outcome.flat()
    assert "ecs_service_target_protocol" in outcome.flat()
    print(outcome.text)
