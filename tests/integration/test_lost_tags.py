# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A resource that has lost all of its tags is known by what it is, or named with what to do. Never is a second made."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._engine.job import Job
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.lost_tags import Tagged, everything
from tests.integration.whole_stack import SERVICE, Result, Stack, changes, tally

pytestmark = pytest.mark.once

LAYERS = {
    # By their address, or else their component.
    "zone/main": "zone",
    "log_group/query-logging": "zone",
    "certificate/main": "acm_certificate us-east-1",
    "alarms": "cloudwatch_alarms us-east-1",
    "failover-alarms": "failover_alarms",
    "repositories": "ecr us-east-1",
    "network": "vpc us-east-1",
    "entrance": "alb us-east-1",
    SERVICE: "ecs_service us-east-1",
    "dns": "failover",
}
# Known without tags: by their CallerReference, by what they are in or belong to, by their mark.
KNOWN = {"zone", "health_check", "metric_alarm", "composite_alarm", "elastic_ip", "nat_gateway", "listener"}
REVISION = "task_definition"
# They go with what they are in.
INSIDE = {"listener"}


@pytest.fixture
def stack(run_job: RunJob) -> Stack:
    def run(job: Job, **params: t.Any) -> Result:
        # Of the two kinds of NAT gateways the one that has an address; the other one has a test of its own.
        more: Result = {"flow_logs": "all", "nat_gateways": "per_zone"} if "cidr" in params else {}
        return run_job(job, **{**params, **more})

    return Stack(run, full=True)


def layer_of(item: Tagged) -> str:
    return LAYERS.get(item.address) or LAYERS[item.component]


@pytest.mark.exhaustive
def test_every_kind_is_repaired_or_named_with_what_to_do(aws: Sandbox, stack: Stack) -> None:
    results = stack.deploy()
    assert changes(stack.deploy(check_mode=True)) == []
    before, found = tally(aws), everything(aws)
    for item in found:
        with item.without_tags(aws):
            mark = aws.requests.mark()
            assert_deployed(item, stack, results)
            assert bool(aws.requests.writes(mark)) == (kind_of(item) in KNOWN), item
        with item.without_tags(aws):
            assert_told_by_removal(item, stack)
    assert tally(aws) == before
    assert changes(stack.deploy(check_mode=True)) == []


def kind_of(item: Tagged) -> str:
    return item.address.partition("/")[0]


def assert_deployed(item: Tagged, stack: Stack, results: dict[str, Result]) -> None:
    """Its tags are repaired; or a revision, of which there is no twin, is replaced; or it is named, with its tags."""
    if kind_of(item) in (*KNOWN, REVISION):
        # A rollout takes its time, and that one follows is seen in a dry run.
        result = stack.deploy_layer(layer_of(item), results, check_mode=kind_of(item) == REVISION)
        assert [change["action"] for change in result["changes"]] == ["update"] * len(result["changes"])
        assert item.address in addresses(result)
        return
    with pytest.raises(ConflictError) as caught:
        stack.deploy_layer(layer_of(item), results)
    text = str(caught.value)
    assert item.id in text, text
    assert (
        f"tag it again: ManagedBy=everlook.failover, Stack=hello, Environment=dev, Component={item.component}" in text
    )
    assert f"Resource={item.address}. If it does not, " in text


def assert_told_by_removal(item: Tagged, stack: Stack) -> None:
    """It goes all the same; or the removal keeps from beginning, and names it; or it says that it stays."""
    refused = ""
    result: Result = {"changes": [], "untagged": []}
    try:
        result = stack.destroy_layer(layer_of(item), check_mode=True)
    except ConflictError as error:
        refused = str(error)
    if refused:
        assert item.id in refused
        assert "ManagedBy=everlook.failover" in refused
        return
    left = [(each["kind"], each["name"]) for each in result["untagged"] if item.id in each["id"]]
    kind, _slash, name = item.address.partition("/")
    assert item.address in addresses(result) or kind in INSIDE or left == [(kind, name)], result


def addresses(result: Result) -> set[str]:
    return {f"{change['kind']}/{change['name']}" for change in result["changes"]}


TOGETHER = [("nat_gateway/nat-a", "elastic_ip/nat-a"), ("vpc/main", "internet_gateway/main")]


def test_what_loses_its_tags_together_gets_no_twin(aws: Sandbox, stack: Stack) -> None:
    """Each is known by the other, as long as only one of them has lost its tags."""
    stack = dataclasses.replace(stack, full=False)
    results = stack.region("us-east-1")
    before, found = tally(aws), {item.address: item for item in everything(aws) if item.component == "network"}
    for first, second in TOGETHER:
        mark = aws.requests.mark()
        with found[first].without_tags(aws), found[second].without_tags(aws):
            with pytest.raises(ConflictError) as deploying:
                stack.deploy_layer("vpc us-east-1", results)
            with pytest.raises(ConflictError) as removing:
                stack.destroy_layer("vpc us-east-1")
        assert f"Component=network, Resource={first}. If it does not, " in str(deploying.value)
        assert all(found[first].id in str(error.value) for error in (deploying, removing))
        assert {call.operation for call in aws.requests.writes(mark)} == {"CreateTags", "DeleteTags"}
    assert tally(aws) == before
    assert changes({"": stack.deploy_layer("vpc us-east-1", results, check_mode=True)}) == []
