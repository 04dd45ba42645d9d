# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EvaluateTargetHealth: when a load balancer, or a record set, counts as well; by DNS queries and HTTP requests."""

from __future__ import annotations

import pytest

from sandbox import Sandbox
from tests.integration.plane.pairs import EAST, NAME, WEST, Pair
from tests.integration.plane.visitor import Visitor
from tests.sandbox.overlay.helpers import create_listener, create_target_group
from tests.sandbox.plane.dns_client import Dns
from tests.sandbox.plane.zones import Zone, delegated, endpoint_check
from tests.waiting import eventually

pytestmark = pytest.mark.once


@pytest.fixture
def pair(aws: Sandbox, visitor: Visitor) -> Pair:
    """Aliases that carry no check: target health alone decides."""
    made = Pair.make(aws, visitor)
    made.zone.change("CREATE", made.member("PRIMARY", EAST), made.member("SECONDARY", WEST))
    return made


def test_a_load_balancer_without_targets_is_unhealthy(pair: Pair) -> None:
    pair.regions[EAST].scale(0)
    assert pair.answers(WEST)
    assert pair.visit().region == WEST


def test_a_standby_without_tasks_never_takes_over(pair: Pair) -> None:
    pair.bring(WEST, up=False)
    pair.bring(EAST, up=False)
    assert pair.answers(EAST)  # both are down: the primary answers, and DNS leads to what does not work
    assert pair.visit().status == 503
    pair.bring(WEST, up=True)
    assert pair.answers(WEST)
    assert pair.visit().region == WEST


def test_a_load_balancer_fails_open_and_only_dns_leaves(pair: Pair) -> None:
    addresses = pair.addresses(EAST)
    pair.regions[EAST].probe("/nothing")
    eventually(lambda: pair.answers(WEST))
    # The service may have begun to replace it.
    assert {"unhealthy"} <= set(pair.regions[EAST].states()) <= {"unhealthy", "initial", "draining"}
    # To all targets when none is healthy: who still has the old address gets the page.
    eventually(lambda: [pair.visitor.request(address, NAME).region for address in addresses] == [EAST, EAST])
    pair.regions[EAST].probe("/health")
    eventually(lambda: pair.answers(EAST))


def test_a_sick_side_service_takes_the_region_out_of_dns(pair: Pair) -> None:
    region = pair.regions[EAST]
    elb = region.client("elbv2")
    side = create_target_group(
        elb, region.vpc_id, "side", Port=9, HealthCheckIntervalSeconds=5, UnhealthyThresholdCount=2
    )
    create_listener(elb, region.balancer["LoadBalancerArn"], side, Port=81)
    assert pair.answers(EAST)  # a group without targets does not count beside one that has some
    elb.register_targets(TargetGroupArn=side, Targets=[{"Id": "10.10.0.200", "Port": 9}])  # nothing is there
    eventually(lambda: region.states(side) == ["unhealthy"])
    assert pair.answers(WEST)
    assert region.states() == ["healthy"]
    elb.deregister_targets(TargetGroupArn=side, Targets=[{"Id": "10.10.0.200", "Port": 9}])
    eventually(lambda: region.states(side) == [])
    assert pair.answers(EAST)


def test_the_target_group_says_how_many_healthy_targets_dns_wants(pair: Pair) -> None:
    region = pair.regions[EAST]
    wanted = {"Key": "target_group_health.dns_failover.minimum_healthy_targets.count", "Value": "2"}
    region.client("elbv2").modify_target_group_attributes(TargetGroupArn=region.target_group, Attributes=[wanted])
    assert pair.answers(WEST)
    region.scale(2)
    assert pair.answers(EAST)


def test_the_ttl_of_a_load_balancer_is_a_minute_and_cannot_be_set(pair: Pair) -> None:
    assert pair.visit().ttl == 60
    refused = pair.member("PRIMARY", EAST) | {"TTL": 5}
    with pytest.raises(pair.zone.route53.exceptions.InvalidInput):
        pair.zone.change("UPSERT", refused)


def test_an_alias_inherits_the_health_of_a_record_set_of_its_zone(
    aws: Sandbox, visitor: Visitor, dead_port: int
) -> None:
    """One healthy member is enough; what such an alias evaluates may be a pair itself: a chain of three."""
    zone, names = delegated(aws, NAME), visitor.names
    standby = f"standby-1.{NAME}"
    target = {"HostedZoneId": zone.id, "DNSName": standby, "EvaluateTargetHealth": True}
    checks = {key: endpoint_check(aws, dead_port, FailureThreshold=1, Disabled=True) for key in "123"}
    member(zone, NAME, "PRIMARY", "1", checks)
    member(zone, standby, "PRIMARY", "2", checks)
    member(zone, standby, "SECONDARY", "3", checks)
    link = {"Name": NAME, "Type": "A", "AliasTarget": target, "Failover": "SECONDARY", "SetIdentifier": "link"}
    zone.change("CREATE", link)
    # Disabled is healthy whatever the endpoint is; enabled, these see that nothing is there.
    expected = {"": "1", "1": "2", "12": "3", "123": "1", "2": "1", "13": "2", "23": "1", "3": "1"}
    for dead, answering in expected.items():
        for key, check in checks.items():
            zone.route53.update_health_check(HealthCheckId=check, Disabled=key not in dead)
        eventually(lambda answering=answering: answers(names, answering))  # type: ignore[misc]
        assert answers(names, answering), f"dead: {dead}"


def member(zone: Zone, name: str, role: str, key: str, checks: dict[str, str]) -> None:
    zone.put(name, "A", f"192.0.2.{key}", Failover=role, SetIdentifier=key, HealthCheckId=checks[key])


def answers(names: Dns, key: str) -> bool:
    return names.values(NAME) == [f"192.0.2.{key}"]


def test_nothing_but_the_pair_may_share_its_name(pair: Pair) -> None:
    simple = {"Name": NAME, "Type": "A", "AliasTarget": pair.regions[WEST].alias}
    with pytest.raises(pair.zone.route53.exceptions.InvalidChangeBatch):
        pair.zone.change("CREATE", simple)
    third = pair.member("SECONDARY", EAST) | {"SetIdentifier": "third"}
    with pytest.raises(pair.zone.route53.exceptions.InvalidChangeBatch):
        pair.zone.change("CREATE", third)
    assert pair.visit().region == EAST
