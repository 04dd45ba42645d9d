# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What health checks make of what they see: the rules of the Developer Guide, by DNS queries over real endpoints."""

from __future__ import annotations

import dataclasses
import typing as t
from functools import partial

import pytest

from sandbox import Sandbox
from tests.integration.plane.pairs import NAME, seen
from tests.integration.plane.visitor import Visitor
from tests.sandbox.plane.dns_client import Dns
from tests.sandbox.plane.endpoints import Endpoint
from tests.sandbox.plane.zones import Zone, delegated, endpoint_check, make_check
from tests.waiting import eventually

pytestmark = pytest.mark.once

PRIMARY, SECONDARY = "192.0.2.1", "192.0.2.2"
REGIONS = (
    "us-east-1", "us-west-1", "us-west-2", "eu-west-1",
    "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Record:
    """A pair whose primary carries one check; the secondary is always well."""

    zone: Zone
    names: Dns

    def carry(self, check: str) -> None:
        """Have the primary carry this check."""
        self.zone.put(NAME, "A", PRIMARY, Failover="PRIMARY", SetIdentifier="first", HealthCheckId=check)
        self.zone.put(NAME, "A", SECONDARY, Failover="SECONDARY", SetIdentifier="second")

    def answers(self, value: str) -> bool:
        """Whether DNS says so."""
        return self.names.values(NAME) == [value]

    def saw(self, check: str, word: str) -> bool:
        """Whether every checker last saw that."""
        return seen(self.zone.route53, check) == [word] * 16


@pytest.fixture
def record(aws: Sandbox, visitor: Visitor) -> Record:
    return Record(delegated(aws, NAME), visitor.names)


@pytest.fixture
def endpoint() -> t.Iterator[Endpoint]:
    with Endpoint.with_status(200) as running:
        yield running


def test_more_than_eighteen_percent_of_the_checkers_must_see_it_well(
    aws: Sandbox, record: Record, endpoint: Endpoint
) -> None:
    check = endpoint_check(aws, endpoint.port, FailureThreshold=1)
    record.carry(check)
    eventually(partial(record.saw, check, "Success"))
    for lost, region in enumerate(REGIONS, start=1):
        aws.lose_checkers(region)
        eventually(lambda lost=lost: seen(record.zone.route53, check).count("Failure") == 2 * lost)  # type: ignore[misc]
        # Two of eight regions are 25 %; one is 12.5 %.
        eventually(partial(record.answers, PRIMARY if lost <= 6 else SECONDARY), what=f"{lost} regions lost")
    aws.find_checkers()
    eventually(partial(record.answers, PRIMARY))


@pytest.mark.parametrize(
    ("threshold", "dead", "healthy"),
    [
        (0, 2, True),  # always healthy
        (1, 0, True),
        (1, 1, True),
        (1, 2, False),
        (2, 0, True),
        (2, 1, False),
        (3, 0, False),  # more than there are: always unhealthy
    ],
)
def test_a_calculated_check_counts_its_children(
    aws: Sandbox, record: Record, endpoint: Endpoint, dead_port: int, threshold: int, dead: int, healthy: bool
) -> None:
    ports = [dead_port] * dead + [endpoint.port] * (2 - dead)
    children = [endpoint_check(aws, port, FailureThreshold=1) for port in ports]
    record.carry(make_check(aws, Type="CALCULATED", ChildHealthChecks=children, HealthThreshold=threshold))
    for child, word in zip(children, ["Failure"] * dead + ["Success"] * (2 - dead), strict=True):
        eventually(partial(record.saw, child, word))
    assert record.answers(PRIMARY if healthy else SECONDARY)


@pytest.mark.parametrize(
    ("settings", "well", "healthy"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"Inverted": True}, True, False),
        ({"Inverted": True}, False, True),
    ],
)
def test_an_inverted_check_says_the_opposite(
    aws: Sandbox,
    record: Record,
    endpoint: Endpoint,
    dead_port: int,
    settings: dict[str, t.Any],
    well: bool,
    healthy: bool,
) -> None:
    check = endpoint_check(aws, endpoint.port if well else dead_port, FailureThreshold=1, **settings)
    record.carry(check)
    eventually(partial(record.saw, check, "Success" if well else "Failure"))
    assert record.answers(PRIMARY if healthy else SECONDARY)


def test_a_disabled_check_is_always_healthy_so_inverting_sends_traffic_away(
    aws: Sandbox, record: Record, dead_port: int
) -> None:
    check = endpoint_check(aws, dead_port, FailureThreshold=1)
    record.carry(check)
    eventually(partial(record.answers, SECONDARY))
    record.zone.route53.update_health_check(HealthCheckId=check, Disabled=True)
    assert record.answers(PRIMARY)
    record.zone.route53.update_health_check(HealthCheckId=check, Inverted=True)
    assert record.answers(SECONDARY)


def test_the_interval_and_the_threshold_bound_how_long_it_takes(
    aws: Sandbox, record: Record, endpoint: Endpoint
) -> None:
    """No stopwatch: the number of requests that an endpoint got before it was given up, and before it was believed."""
    check = endpoint_check(aws, endpoint.port, FailureThreshold=3)
    record.carry(check)
    eventually(partial(record.saw, check, "Success"))
    for status, value in ((503, SECONDARY), (200, PRIMARY)):
        endpoint.set(status)
        before = len(endpoint.requests)
        eventually(partial(record.answers, value))
        asked = len(endpoint.requests) - before
        # All but two checkers (well: three of them) look three times; nobody needs a fifth look.
        fewest = 3 * 14 if status == 503 else 3 * 3
        assert fewest <= asked <= 4 * 16 + 16, f"{asked} requests"


@pytest.mark.parametrize(
    ("insufficient", "first", "after_a_point"),
    [
        ("LastKnownStatus", PRIMARY, SECONDARY),  # healthy when new; then where the last point has put it
        ("Healthy", PRIMARY, PRIMARY),
        ("Unhealthy", SECONDARY, SECONDARY),
    ],
)
def test_without_enough_data_the_setting_decides(
    aws: Sandbox, record: Record, insufficient: str, first: str, after_a_point: str
) -> None:
    cloudwatch = aws.client("cloudwatch", region="us-west-1")
    metric = {"Namespace": "everlook.failover/hello-dev", "MetricName": "Evict"}
    rule = {"Statistic": "Maximum", "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}
    cloudwatch.put_metric_alarm(AlarmName="switch", **metric, **rule, Period=60, EvaluationPeriods=1)
    alarm = {"Region": "us-west-1", "Name": "switch"}
    settings: dict[str, t.Any] = {"InsufficientDataHealthStatus": insufficient, "AlarmIdentifier": alarm}
    record.carry(make_check(aws, Type="CLOUDWATCH_METRIC", **settings))
    assert record.answers(first)
    # Not the state of the alarm but the data points are followed.
    cloudwatch.set_alarm_state(AlarmName="switch", StateValue="ALARM", StateReason="test")
    assert record.answers(first)
    cloudwatch.put_metric_data(
        Namespace=metric["Namespace"], MetricData=[{"MetricName": metric["MetricName"], "Value": 1.0}]
    )
    eventually(partial(record.answers, SECONDARY))
    # Two periods later the point is old.
    eventually(partial(record.answers, after_a_point))
