# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checkers at work: what they see of real endpoints, and what becomes of it in DNS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.api import ControlError
from tests.sandbox.plane.dns_client import Dns
from tests.sandbox.plane.endpoints import Endpoint
from tests.sandbox.plane.stacks import Stack
from tests.sandbox.plane.zones import Zone, delegated, endpoint_check, make_check
from tests.waiting import eventually

NAME = "dev.example.com."
PRIMARY, SECONDARY = "192.0.2.1", "192.0.2.2"
THREE = ["us-east-1", "eu-west-1", "sa-east-1"]


@dataclass(frozen=True, slots=True)
class Watched:
    """A failover pair whose primary carries a check, seen through DNS and through the API."""

    names: Dns
    zone: Zone

    def carry(self, check_id: str) -> None:
        self.zone.put(NAME, "A", PRIMARY, Failover="PRIMARY", SetIdentifier="first", HealthCheckId=check_id)
        self.zone.put(NAME, "A", SECONDARY, Failover="SECONDARY", SetIdentifier="second")

    def answers(self, value: str) -> bool:
        return self.names.values(NAME) == [value]

    def statuses(self, check_id: str) -> dict[str, list[str]]:
        """What the checkers last saw, by region."""
        seen = self.zone.route53.get_health_check_status(HealthCheckId=check_id)["HealthCheckObservations"]
        return by_region(seen)

    def failures(self, check_id: str) -> dict[str, list[str]]:
        """Why they last said no, by region."""
        answer = self.zone.route53.get_health_check_last_failure_reason(HealthCheckId=check_id)
        return by_region(answer["HealthCheckObservations"])


def by_region(observations: list[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for observation in observations:
        found.setdefault(observation["Region"], []).append(observation["StatusReport"]["Status"])
    return found


def flat(by_region: dict[str, list[str]]) -> list[str]:
    return [text for texts in by_region.values() for text in texts]


@pytest.fixture
def watched(plane: Sandbox, names: Dns) -> Watched:
    return Watched(names, delegated(plane))


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint.with_status(200) as running:
        yield running


def test_traffic_leaves_and_comes_back(plane: Sandbox, watched: Watched, endpoint: Endpoint) -> None:
    check = endpoint_check(plane, endpoint.port)
    watched.carry(check)
    assert watched.answers(PRIMARY)
    eventually(lambda: flat(watched.statuses(check)) == ["Success: HTTP Status Code 200, OK"] * 16)
    endpoint.set(503)
    eventually(lambda: watched.answers(SECONDARY))
    text = "Failure: HTTP Status Code 503, Service Unavailable. Resolved IP: 127.0.0.1"
    eventually(lambda: flat(watched.statuses(check)) == [text] * 16)
    assert {len(reports) for reports in watched.statuses(check).values()} == {2}
    assert len(watched.statuses(check)) == 8
    endpoint.set(200)
    eventually(lambda: watched.answers(PRIMARY))
    assert flat(watched.failures(check)) == [text] * 16  # why it last failed is still there


def test_a_checker_that_asks_too_early_remembers_that_there_is_no_such_name(
    plane: Sandbox, watched: Watched, endpoint: Endpoint
) -> None:
    """RFC 2308, section 5: a negative answer is kept for as long as the zone's SOA record says."""
    name, unknown = f"late.{NAME}", "Failure: DNS resolution failed: Rcode NXDomain(3)"

    def check() -> str:
        return make_check(plane, Type="HTTP", FullyQualifiedDomainName=name, Port=endpoint.port, RequestInterval=10)

    early = check()
    eventually(lambda: flat(watched.statuses(early)) == [unknown] * 16)
    watched.zone.put(name, "A", "127.0.0.1")
    late = check()
    eventually(lambda: flat(watched.statuses(late)) == ["Success: HTTP Status Code 200, OK"] * 16)
    assert flat(watched.statuses(early)) == [unknown] * 16


def test_a_new_check_starts_healthy_and_a_new_inverted_one_unhealthy(plane: Sandbox, watched: Watched) -> None:
    with Endpoint.with_status(503) as down:
        # The slow interval and a high threshold: no verdict is possible yet.
        slow: dict[str, Any] = {"RequestInterval": 30, "FailureThreshold": 10}
        watched.carry(endpoint_check(plane, down.port, **slow))
        assert watched.answers(PRIMARY)
        watched.carry(endpoint_check(plane, down.port, **slow, Inverted=True))
        assert watched.answers(SECONDARY)


def test_an_inverted_check_is_well_when_the_endpoint_is_not(
    plane: Sandbox, watched: Watched, endpoint: Endpoint
) -> None:
    watched.carry(endpoint_check(plane, endpoint.port, Inverted=True, FailureThreshold=1))
    assert watched.answers(SECONDARY)
    endpoint.set(503)
    eventually(lambda: watched.answers(PRIMARY))


def test_a_disabled_check_is_healthy_and_nobody_looks(plane: Sandbox, watched: Watched, endpoint: Endpoint) -> None:
    endpoint.set(503)
    check = endpoint_check(plane, endpoint.port, FailureThreshold=1)
    watched.carry(check)
    eventually(lambda: watched.answers(SECONDARY))
    watched.zone.route53.update_health_check(HealthCheckId=check, Disabled=True)
    assert watched.answers(PRIMARY)
    # Another check with the same interval says that time went by.
    eventually(lambda: quiet_while_another_is_asked(plane, endpoint))
    watched.zone.route53.update_health_check(HealthCheckId=check, Disabled=False)
    assert watched.answers(SECONDARY)


def quiet_while_another_is_asked(plane: Sandbox, endpoint: Endpoint) -> bool:
    """Whether an endpoint gets no request while another one gets a whole round of them."""
    before = len(endpoint.requests)
    with Endpoint.with_status(200) as other:
        check = endpoint_check(plane, other.port)
        eventually(lambda: len(other.requests) >= 17)
        plane.client("route53").delete_health_check(HealthCheckId=check)
    return len(endpoint.requests) == before


def test_checkers_do_not_all_ask_at_once(plane: Sandbox, watched: Watched, endpoint: Endpoint) -> None:
    check = endpoint_check(plane, endpoint.port, RequestInterval=30)
    eventually(lambda: flat(watched.statuses(check)))
    assert len(flat(watched.statuses(check))) < 16
    eventually(lambda: len(flat(watched.statuses(check))) == 16)


def test_a_check_that_is_gone_asks_nobody(plane: Sandbox, endpoint: Endpoint) -> None:
    check = endpoint_check(plane, endpoint.port)
    eventually(lambda: len(endpoint.requests) >= 2)
    plane.client("route53").delete_health_check(HealthCheckId=check)
    eventually(lambda: quiet_while_another_is_asked(plane, endpoint))


def test_an_update_is_followed(plane: Sandbox, watched: Watched, endpoint: Endpoint) -> None:
    check = endpoint_check(plane, endpoint.port, FailureThreshold=1)
    watched.carry(check)
    with Endpoint.with_status(404) as other:
        watched.zone.route53.update_health_check(HealthCheckId=check, Port=other.port)
        eventually(lambda: watched.answers(SECONDARY))
        watched.zone.route53.update_health_check(HealthCheckId=check, Regions=THREE)
        eventually(lambda: sorted(watched.statuses(check)) == sorted(THREE))


def test_a_lost_checker_region_does_not_move_traffic(plane: Sandbox, watched: Watched, endpoint: Endpoint) -> None:
    check = endpoint_check(plane, endpoint.port, FailureThreshold=1, Regions=THREE)
    watched.carry(check)

    def failing() -> set[str]:
        found = watched.statuses(check)
        return {region for region, texts in found.items() if all("Connection timed out" in text for text in texts)}

    for lost in (THREE[:1], THREE[:2]):
        plane.lose_checkers(lost[-1])
        eventually(lambda lost=lost: failing() == set(lost))  # type: ignore[misc]
        assert watched.answers(PRIMARY)  # 33 % say that it is well, and 18 % would do
    plane.lose_checkers(THREE[2])
    eventually(lambda: watched.answers(SECONDARY))
    plane.find_checkers(THREE[0])
    eventually(lambda: watched.answers(PRIMARY))
    plane.find_checkers()
    eventually(lambda: failing() == set())


def test_without_a_plane_there_are_no_checkers_to_lose(aws: Sandbox) -> None:
    with pytest.raises(ControlError, match="without a data plane"):
        aws.lose_checkers("us-east-1")


def test_names_are_resolved_from_the_parent_down(plane: Sandbox, watched: Watched, endpoint: Endpoint) -> None:
    name = f"us-east-1.{NAME}"
    watched.zone.put(name, "A", "127.0.0.1")
    check = make_check(
        plane, Type="HTTP", FullyQualifiedDomainName=name, Port=endpoint.port, RequestInterval=10, FailureThreshold=1
    )
    eventually(lambda: len(endpoint.requests) >= 16)
    parent = Zone.parent(plane)
    delegation = parent.delegate(watched.zone)
    parent.change("DELETE", delegation)
    text = "Failure: DNS resolution failed: Rcode NXDomain(3)"
    eventually(lambda: flat(watched.statuses(check)) == [text] * 16)


@pytest.mark.parametrize("kind", ["TCP", "HTTP_STR_MATCH"])
def test_other_types(plane: Sandbox, watched: Watched, kind: str) -> None:
    settings = {"SearchString": "well"} if kind == "HTTP_STR_MATCH" else {}
    with Endpoint.with_status(200, "all is well") as running:
        port = running.port
        check = endpoint_check(plane, port, Type=kind, FailureThreshold=1, **settings)
        watched.carry(check)
        eventually(lambda: [text[:7] for text in flat(watched.statuses(check))] == ["Success"] * 16)
        if kind == "HTTP_STR_MATCH":
            running.set(200, "something else")
            eventually(lambda: watched.answers(SECONDARY))
    # Now nothing listens there.
    eventually(lambda: watched.answers(SECONDARY))


def test_addresses_of_others_are_not_asked(plane: Sandbox, watched: Watched) -> None:
    check = endpoint_check(plane, 80, address="192.0.2.80", FailureThreshold=1)
    watched.carry(check)
    eventually(lambda: watched.answers(SECONDARY))
    assert any(text.endswith("Resolved IP: 192.0.2.80") for text in flat(watched.failures(check)))


def test_what_is_said_counts_more_than_what_is_seen(plane: Sandbox, watched: Watched, endpoint: Endpoint) -> None:
    check = endpoint_check(plane, endpoint.port, FailureThreshold=1)
    watched.carry(check)
    eventually(lambda: [text[:7] for text in flat(watched.statuses(check))] == ["Success"] * 16)
    plane.observe("health_check", check, "unhealthy")
    assert watched.answers(SECONDARY)
    assert {text[:7] for text in flat(watched.statuses(check))} == {"Failure"}
    plane.observe("health_check", check, None)
    assert watched.answers(PRIMARY)
    endpoint.set(503)
    eventually(lambda: watched.answers(SECONDARY))
    plane.observe("health_check", check, "healthy")
    assert watched.answers(PRIMARY)
    assert {text[:7] for text in flat(watched.statuses(check))} == {"Success"}


def test_checks_of_every_account_are_looked_after(plane: Sandbox, endpoint: Endpoint) -> None:
    make_check(plane, account="prod", Type="HTTP", IPAddress="127.0.0.1", Port=endpoint.port)
    eventually(lambda: len(endpoint.requests) >= 16)


def test_a_reset_ends_all_checks(plane: Sandbox, endpoint: Endpoint) -> None:
    endpoint_check(plane, endpoint.port)
    eventually(lambda: endpoint.requests)
    plane.reset()
    eventually(lambda: quiet_while_another_is_asked(plane, endpoint))


def test_a_data_point_takes_its_time(plane: Sandbox, watched: Watched) -> None:
    cloudwatch = plane.client("cloudwatch", region="us-west-1")
    metric = {"Namespace": "everlook.failover", "MetricName": "Evict"}
    cloudwatch.put_metric_alarm(
        AlarmName="switch",
        **metric,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    alarm = {"Region": "us-west-1", "Name": "switch"}
    kind = {"Type": "CLOUDWATCH_METRIC", "InsufficientDataHealthStatus": "LastKnownStatus"}
    watched.carry(make_check(plane, **kind, AlarmIdentifier=alarm))
    for value, answer, former in ((1.0, SECONDARY, PRIMARY), (0.0, PRIMARY, SECONDARY)):
        point = {"MetricName": metric["MetricName"], "Value": value}
        cloudwatch.put_metric_data(Namespace=metric["Namespace"], MetricData=[point])
        assert watched.answers(former)
        eventually(lambda answer=answer: watched.answers(answer))  # type: ignore[misc]


def test_they_reach_a_load_balancer_only_from_where_its_rules_let_them_in(plane: Sandbox, watched: Watched) -> None:
    stack = Stack(plane).set_up().serve()
    ec2 = stack.client("ec2")
    check = endpoint_check(plane, 80, stack.nodes()[0], ResourcePath="/health", FailureThreshold=1)
    watched.carry(check)
    eventually(lambda: flat(watched.statuses(check)) == ["Success: HTTP Status Code 200, OK"] * 16)

    def rule(**peers: Any) -> dict[str, Any]:
        return {
            "GroupId": stack.group_id,
            "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80} | peers],
        }

    ec2.authorize_security_group_ingress(**rule(IpRanges=[{"CidrIp": "192.0.2.0/24"}]))
    stack.shut_out()
    eventually(lambda: watched.answers(SECONDARY))
    # Others are let in all the same.
    assert stack.get().status == 200
    filters = [{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{stack.region}.route53-healthchecks"]}]
    (found,) = ec2.describe_managed_prefix_lists(Filters=filters)["PrefixLists"]
    for peers in (
        {"PrefixListIds": [{"PrefixListId": found["PrefixListId"]}]},
        {"IpRanges": [{"CidrIp": "15.0.0.0/8"}]},
    ):
        ec2.authorize_security_group_ingress(**rule(**peers))
        eventually(lambda: watched.answers(PRIMARY))
        ec2.revoke_security_group_ingress(**rule(**peers))
        eventually(lambda: watched.answers(SECONDARY))
