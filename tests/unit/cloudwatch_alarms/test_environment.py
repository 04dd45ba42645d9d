# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms of the environment: what Route 53 sees of its regions."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.dashboard_body import body
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.failover_alarms import fewer_than_two
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.spec import Spec, parse
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain import drill_points
from sandbox.overlay.composite_alarms import rings

EMPTY = Snapshot(account="111111111111")
REGIONS = [
    {"name": name, "health_check_id": f"id-{name}", "endpoint_health_check_id": f"endpoint-{name}", "place": place}
    for place, name in enumerate(("us-east-1", "us-west-1"), start=1)
]


def spec(region: str = "us-east-1", **params: t.Any) -> Spec:
    options = {
        "stack": "hello",
        "environment": "dev",
        "scope": "environment",
        "notify": {"email": ["ops@example.com"]},
        "failover_regions": REGIONS,
    }
    validated = ArgumentSpecValidator(LAYER.job.argument_spec).validate({**options, **params})
    assert not validated.error_messages
    return parse(validated.validated_parameters, region)


def planned(**params: t.Any) -> dict[str, dict[str, t.Any]]:
    return {
        change.name: dict(change.after)
        for change in plan(spec(**params), EMPTY).changes
        if change.kind.endswith("alarm")
    }


def test_each_region_has_its_checks_and_the_environment_one_alarm() -> None:
    found = planned()
    assert set(found) == {
        *("us-east-1-health", "us-east-1-checkers", "us-west-1-health", "us-west-1-checkers", "no-standby"),
    }
    (health,) = found["us-west-1-health"]["metrics"]
    assert (health["metric_name"], health["dimensions"]) == ("HealthCheckStatus", {"HealthCheckId": "id-us-west-1"})
    (checkers,) = found["us-west-1-checkers"]["metrics"]
    assert checkers["dimensions"] == {"HealthCheckId": "endpoint-us-west-1"}
    names = [f'ALARM("hello-dev-failover-alarm-{region["name"]}-health")' for region in REGIONS]
    assert found["no-standby"]["rule"] == f"({names[0]} OR {names[1]})"
    assert all("Runbook: When an alarm rings, " in alarm["description"] for alarm in found.values())


@pytest.mark.parametrize(
    ("threshold", "gone"),
    [
        ({"route53_health": False}, set()),
        ({"route53_checkers": 0}, {"us-east-1-checkers", "us-west-1-checkers"}),
        ({"no_standby": False}, {"no-standby"}),
        ({"route53_health": False, "no_standby": False}, {"us-east-1-health", "us-west-1-health", "no-standby"}),
    ],
)
def test_each_can_be_left_out(threshold: dict[str, t.Any], gone: set[str]) -> None:
    assert set(planned()) - set(planned(thresholds=threshold)) == gone


def test_an_alarm_that_is_there_for_another_tells_nobody() -> None:
    found = planned(thresholds={"route53_health": False})
    assert (found["us-east-1-health"]["alarm_actions"], found["us-east-1-health"]["ok_actions"]) == ([], [])
    assert found["no-standby"]["alarm_actions"] != []


def test_one_region_has_no_standby_that_could_be_missed() -> None:
    assert "no-standby" not in planned(failover_regions=REGIONS[:1])


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_the_rule_is_that_fewer_than_two_are_healthy(number: int) -> None:
    names = [f"region-{place}" for place in range(number)]
    for states in itertools.product(("OK", "ALARM", "INSUFFICIENT_DATA"), repeat=number):
        expected = states.count("ALARM") >= number - 1
        assert rings(fewer_than_two(names), dict(zip(names, states, strict=True))) == expected


def test_the_rule_fits_for_every_region_there_is() -> None:
    assert len(fewer_than_two([f"{'n' * 108}-{place}" for place in range(16)])) <= 10240


NAMES = ("us-east-1", "us-west-1", "eu-west-1", "ap-south-1")


def widgets(number: int) -> dict[str, t.Any]:
    """What the dashboard of so many regions shows, by the beginning of the title."""
    regions = [{"name": name, "health_check_id": name, "endpoint_health_check_id": "x"} for name in NAMES[:number]]
    shown = body(spec(failover_regions=regions, dashboard=True, services={}), {}, "{region}{name}", ())
    return {str(widget["properties"].get("title", "text")).partition(" (")[0]: widget for widget in shown["widgets"]}


def serving(metrics: list[list[t.Any]], health: tuple[int, ...]) -> list[str]:
    """The regions for which the graph says 1, with that health."""
    known = {metric[-1]["id"]: value for metric, value in zip(metrics, health, strict=False)}
    expressions = [metric[0] for metric in metrics if "expression" in metric[0]]
    for each in reversed(expressions):
        known[each["id"]] = eval(each["expression"], {}, known)
    assert {value for name, value in known.items() if name.startswith("s")} <= {0, 1}
    return [each["label"] for each in expressions if known[each["id"]]]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_dashboard_shows_the_region_that_route_53_answers_with(number: int) -> None:
    metrics = widgets(number)["Who serves, by health"]["properties"]["metrics"]
    for health in itertools.product((0, 1), repeat=number):
        first = health.index(1) if any(health) else 0
        # A region alone is healthy or not.
        assert serving(metrics, health) == ([NAMES[first]] if any(health) or number > 1 else [])


def test_the_dashboard_shows_drills_where_they_are_published() -> None:
    metrics = widgets(2)["Drills"]["properties"]["metrics"]
    for metric, region in zip(metrics, NAMES, strict=False):
        point = drill_points.data_point(spec().owner, region)
        (datum,) = point["MetricData"]
        dimensions = [part for each in datum["Dimensions"] for part in (each["Name"], each["Value"])]
        assert metric == [point["Namespace"], datum["MetricName"], *dimensions, {"region": region, "label": region}]


def test_a_topic_of_another_region_is_left_out() -> None:
    topics = [f"arn:aws:sns:{region}:111111111111:chat" for region in ("us-east-1", "us-west-1")]
    assert spec(notify={"topic_arns": topics}).topic_arns == (topics[0],)


@pytest.mark.parametrize(
    ("option", "params"),
    [
        ("region", {"region": "us-west-1"}),
        ("failover_regions", {"failover_regions": None}),
        ("failover_regions", {"failover_regions": [{"name": "us-east-1"}]}),
        ("thresholds.route53_checkers", {"thresholds": {"route53_checkers": 101}}),
    ],
)
def test_what_cannot_work_is_refused_by_its_name(option: str, params: dict[str, t.Any]) -> None:
    with pytest.raises(SpecError) as raised:
        spec(**params)
    assert raised.value.option == option
