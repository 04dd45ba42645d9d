# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health as AWS judges it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.health_checks import Check
from ansible_collections.everlook.failover.plugins.module_utils._route53 import health
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.resources import (
    health_check_config as configs,
)
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.spec import CHECKER_REGIONS, Endpoint

GOOD = {"StatusReport": {"Status": "Success: HTTP Status Code 200, OK"}}
BAD = {"StatusReport": {"Status": "Failure: Connection timed out."}}


@pytest.mark.parametrize(
    ("good", "bad", "healthy"),
    [(0, 0, True), (16, 0, True), (0, 16, False), (3, 13, True), (2, 14, False), (18, 82, False)],
)
def test_more_than_18_percent_of_the_checkers_decide(good: int, bad: int, healthy: bool) -> None:
    assert health.is_healthy([GOOD] * good + [BAD] * bad) is healthy


@pytest.mark.parametrize(
    ("config", "seen", "healthy"),
    [
        ({"Inverted": True}, [GOOD], False),
        ({"Inverted": True}, [BAD], True),
        ({"Disabled": True}, [BAD], True),
        ({"Disabled": True, "Inverted": True}, [GOOD], False),
    ],
)
def test_disabled_is_healthy_and_inverted_turns_round(
    config: dict[str, bool], seen: list[dict[str, t.Any]], healthy: bool
) -> None:
    assert health.is_healthy(seen, config) is healthy


@pytest.mark.parametrize(
    ("children", "config", "healthy"),
    [
        (2, {"HealthThreshold": 2}, True),
        (1, {"HealthThreshold": 2}, False),
        (0, {"HealthThreshold": 0}, True),
        (2, {"HealthThreshold": 3}, False),
        (1, {"HealthThreshold": 2, "Disabled": True}, True),
        (2, {"HealthThreshold": 2, "Inverted": True}, False),
    ],
)
def test_calculated(children: int, config: dict[str, t.Any], healthy: bool) -> None:
    assert health.is_calculated_healthy(children, config) is healthy


def targets(*states: str) -> list[dict[str, t.Any]]:
    return [{"TargetHealth": {"State": state, "Reason": "Target.Timeout"}} for state in states]


@pytest.mark.parametrize(
    ("groups", "problem"),
    [
        ({}, "no target is registered with its load balancer"),
        ({"a": []}, "no target is registered with its load balancer"),
        ({"a": targets("healthy")}, ""),
        ({"a": targets("unhealthy", "healthy"), "b": []}, ""),
        (
            {"a": targets("healthy"), "b": targets("unhealthy", "initial")},
            "no healthy target in target group b: initial Target.Timeout, unhealthy Target.Timeout",
        ),
    ],
)
def test_every_target_group_with_targets_needs_a_healthy_one(
    groups: dict[str, list[dict[str, t.Any]]], problem: str
) -> None:
    assert health.problem_of_targets(groups) == problem


def test_a_new_check_reads_back_as_it_was_made() -> None:
    wanted = configs.endpoint_values(Endpoint(), "us-east-1.dev.example.com.")
    made = configs.config_of_new(wanted)
    assert "Regions" not in made
    assert "SearchString" not in made
    everywhere = {**made, "Regions": list(CHECKER_REGIONS)}
    for answer in (made, everywhere):
        read = configs.read(Check(id="c-1", region="us-east-1", role="endpoint", reference="", config=answer))
        assert {key: read[key] for key in wanted} == wanted


def test_an_update_names_nothing_that_cannot_be_changed() -> None:
    wanted = configs.endpoint_values(
        Endpoint(checker_regions=frozenset(CHECKER_REGIONS[:3])), "us-east-1.dev.example.com."
    )
    assert not set(configs.config_of_update(wanted)) & set(field.write(configs.IMMUTABLE, wanted))
    assert "ResetElements" not in configs.config_of_update(wanted)
    without = configs.endpoint_values(Endpoint(), "us-east-1.dev.example.com.")
    assert configs.config_of_update(without)["ResetElements"] == ["Regions"]


@pytest.mark.parametrize(
    "other",
    [Endpoint(interval=30), Endpoint(protocol="HTTPS"), Endpoint(search_string="x"), Endpoint(measure_latency=True)],
)
def test_what_wants_a_new_check(other: Endpoint) -> None:
    name = "us-east-1.dev.example.com."
    assert not configs.fits(configs.endpoint_values(other, name), configs.endpoint_values(Endpoint(), name))
    assert configs.fits(configs.endpoint_values(Endpoint(port=81), name), configs.endpoint_values(Endpoint(), name))
