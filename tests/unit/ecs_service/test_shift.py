# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services whose releases shift requests between two target groups: without AWS."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.paired import paired_tag
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_fields import FIELDS
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec import Spec
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec_target_group import (
    DNS_COUNT,
    DNS_PERCENTAGE,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action
from tests.unit.ecs_service.support import RULE, TARGET_GROUP, applied, role_of, spec_of

from .plans import EMPTY, addresses, change_of, waits, with_service

OTHER_GROUP = TARGET_GROUP.replace("/0123456789abcdef", "-alternate/0123456789abcdef")
BLUE_GREEN = {"type": "blue_green"}
CANARY = {"type": "canary", "percent": 10, "interval": 2, "bake_time": 3}
STEPS = {"canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 2}}


def shifting(strategy: t.Mapping[str, t.Any] | None = BLUE_GREEN, **params: t.Any) -> Spec:
    return spec_of(**{"decides_failover": False, "deployment_strategy": strategy, **params})


def paired(spec: Spec, weights: tuple[int, int] = (1, 0)) -> Snapshot:
    """The account with the spec applied, and a pair of target groups."""
    seen = applied(spec)
    assert seen.target_group is not None
    assert seen.service is not None
    role = role_of(spec.wanted.roles.shift)
    pair = {"alternate": OTHER_GROUP, "rule": RULE, "role": role.arn}
    groups = zip((TARGET_GROUP, OTHER_GROUP), weights, strict=True)
    tuples = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
    action = json.dumps([{"Type": "forward", "ForwardConfig": {"TargetGroups": tuples}}])
    balancers = [{**item, "shifts_traffic": pair} for item in seen.service.values["load_balancers"]]
    first, tags = seen.target_group, spec.owner.tags("target_group/alternate")
    return dataclasses.replace(
        seen,
        target_group=dataclasses.replace(first, tags={**first.tags, **paired_tag(True)}),
        alternate_group=dataclasses.replace(first, arn=OTHER_GROUP, tags=tags),
        shift_role=role,
        rule_arn=RULE,
        rules=tuple(dataclasses.replace(rule, values={**rule.values, "action": action}) for rule in seen.rules),
        service=dataclasses.replace(seen.service, values={**seen.service.values, "load_balancers": balancers}),
    )


@pytest.mark.parametrize("weights", [(1, 0), (0, 100), (90, 10)])
def test_whichever_group_has_the_requests_is_no_drift(weights: tuple[int, int]) -> None:
    spec = shifting(CANARY)
    assert addresses(plan(spec, paired(spec, weights))) == []


def test_a_new_service_has_both_groups_the_role_and_its_strategy() -> None:
    found = plan(shifting(CANARY), EMPTY)
    assert {"target_group/main", "target_group/alternate", "iam_role/shift", "listener_rule/main"} < set(
        addresses(found)
    )
    assert "deployment_strategy/main" not in addresses(found)
    values = change_of(found, "service/main").data.values
    request = field.write_new(FIELDS, values)
    config = request["deploymentConfiguration"]
    assert (config["strategy"], config["bakeTimeInMinutes"]) == ("CANARY", 3)
    assert config["canaryConfiguration"] == STEPS["canaryConfiguration"]
    assert set(request["loadBalancers"][0]["advancedConfiguration"]) == {
        "alternateTargetGroupArn",
        "productionListenerRule",
        "roleArn",
    }
    needs = change_of(found, "service/main").needs
    assert {"iam_role/shift", "listener_rule/main"} <= needs
    assert {"target_group/main", "target_group/alternate"} <= change_of(found, "listener_rule/main").needs


def test_a_rolling_service_gets_the_pair_by_a_rolling_release_and_its_strategy_then() -> None:
    rolling = spec_of(decides_failover=False)
    found = plan(shifting(CANARY), applied(rolling))
    assert addresses(found) == [
        "deployment_strategy/main",
        "iam_role/shift",
        "listener_rule/main",
        "service/main",
        "target_group/alternate",
        "target_group/main",
    ]
    assert set(change_of(found, "service/main").data.values) == {"load_balancers"}
    assert waits(found) == ["rollout/main"]
    last = change_of(found, "deployment_strategy/main")
    assert {"service/main", "rollout/main"} <= last.needs
    config = field.write(FIELDS, last.data.values)["deploymentConfiguration"]
    assert (config["strategy"], config["bakeTimeInMinutes"]) == ("CANARY", 3)
    assert config["canaryConfiguration"] == STEPS["canaryConfiguration"]


def test_the_way_back_changes_the_strategy_alone_and_keeps_both_groups() -> None:
    found = plan(shifting(None), paired(shifting(CANARY), (0, 100)))
    assert addresses(found) == ["deployment_strategy/main"]
    config = field.write(FIELDS, change_of(found, "deployment_strategy/main").data.values)["deploymentConfiguration"]
    assert (config["strategy"], config["bakeTimeInMinutes"]) == ("ROLLING", 0)


def test_another_share_waits_for_a_deployment_that_is_under_way() -> None:
    seen = paired(shifting(CANARY))
    assert seen.service is not None
    assert seen.service.deployment is not None
    busy = with_service(seen, deployment=dataclasses.replace(seen.service.deployment, rollout="IN_PROGRESS"))
    found = plan(shifting({**CANARY, "percent": 20}), busy)
    assert addresses(found) == ["deployment_strategy/main"]
    assert change_of(found, "deployment_strategy/main").needs == {"rollout/main"}


def test_both_are_removed_and_the_one_that_tells_of_the_other_goes_last() -> None:
    spec = shifting(CANARY)
    found = plan(spec_of(state="absent"), dataclasses.replace(paired(spec), current=None))
    gone = {change.address for change in found.changes if change.action is Action.DELETE}
    assert {"target_group/main", "target_group/alternate", "iam_role/shift"} <= gone
    assert {"target_group/alternate", "iam_role/shift"} <= change_of(found, "target_group/main").needs


DECIDES: t.Final[dict[str, t.Any]] = {"decides_failover": True, "evaluate_target_health": False}


def test_a_service_that_decides_needs_a_record_that_does_not_ask_for_targets() -> None:
    spec = shifting(CANARY, **DECIDES)
    assert spec.routing
    assert {spec.routing.target_group.values[name] for name in (DNS_COUNT, DNS_PERCENTAGE)} == {"off"}
    assert not spec.warnings
    assert addresses(plan(spec, paired(spec))) == []
    with pytest.raises(SpecError, match="evaluate_target_health to false, so that the endpoint's health check"):
        shifting(CANARY, decides_failover=True)


def test_a_service_with_two_groups_never_decides_by_its_targets() -> None:
    with pytest.raises(SpecError, match=r"decides_failover.*two target groups.*dns_evaluate_target_health"):
        plan(spec_of(), paired(shifting(CANARY)))
    # Without the strategy one of the groups stays empty.
    shifted = shifting(CANARY, **DECIDES)
    assert addresses(plan(spec_of(evaluate_target_health=False), paired(shifted, (0, 100)))) == [
        "deployment_strategy/main"
    ]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"decides_failover": True}, "would take the region out of the DNS"),
        ({"container_port": None, "listener_arn": None, "alb_security_group_id": None}, "gets none"),
        ({"scaling": {"minimum": 1, "maximum": 2, "requests": 9}, "desired_count": None}, "two take turns"),
        ({"deployment_strategy": {**BLUE_GREEN, "bake_time": 1441}}, "deployment_strategy.bake_time"),
        ({"deployment_strategy": {**BLUE_GREEN, "percent": 5}}, "has no effect with the type blue_green"),
        ({"deployment_strategy": {"type": "canary", "percent": 0.05}}, "0.1 to 100, in tenths"),
        ({"deployment_strategy": {"type": "linear", "percent": 2}}, "3 to 100, in tenths"),
        ({"deployment_strategy": {"type": "linear", "percent": 3, "interval": -1}}, "deployment_strategy.interval"),
    ],
)
def test_what_cannot_work_is_refused(params: dict[str, t.Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        shifting(**{"strategy": params.pop("deployment_strategy", BLUE_GREEN), **params})


def test_a_release_that_outlasts_its_wait_is_refused() -> None:
    times = {"type": "linear", "percent": 10, "interval": 6, "bake_time": 5}
    with pytest.raises(SpecError, match=r"wait_timeout.*come to 59 minutes.*4140 or more"):
        spec_of_waiting(times, wait=True, wait_timeout=900)
    assert spec_of_waiting(times, wait=False, wait_timeout=900).shift
    assert spec_of_waiting(times, wait=True, wait_timeout=4140).shift


def spec_of_waiting(strategy: dict[str, t.Any], **params: t.Any) -> Spec:
    return shifting(strategy, **params)
