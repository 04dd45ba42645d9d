# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TestDNSAnswer: which record answers, by the tables of the Developer Guide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.overlay.route53.answers import ignores_health
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import create_balancer, create_listener, create_public_network, create_target_group

NAME = "dev.example.com."
PRIMARY, SECONDARY = "192.0.2.1", "192.0.2.2"


@dataclass
class Zone:
    local: Local
    route53: Any
    id: str
    checks: dict[str, str] = field(default_factory=dict)

    def create(self, *records: dict[str, Any]) -> None:
        batch = [{"Action": "CREATE", "ResourceRecordSet": record} for record in records]
        self.route53.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": batch})

    def answer(self, name: str = NAME, kind: str = "A") -> Any:
        return self.route53.test_dns_answer(HostedZoneId=self.id, RecordName=name, RecordType=kind)

    def values(self, name: str = NAME) -> list[str]:
        return list(self.answer(name)["RecordData"])

    def check(self, name: str, **config: Any) -> str:
        settings = config or {"Type": "HTTP", "FullyQualifiedDomainName": f"{name}.example.net"}
        created = self.route53.create_health_check(CallerReference=name, HealthCheckConfig=settings)["HealthCheck"]
        self.checks[name] = created["Id"]
        return str(created["Id"])

    def see(self, name: str, state: str) -> None:
        self.local.observe("health_check", self.checks[name], state)


@pytest.fixture
def zone(local: Local) -> Zone:
    route53 = local.client("route53")
    created = route53.create_hosted_zone(Name=NAME, CallerReference="test")
    return Zone(local, route53, created["HostedZone"]["Id"].rpartition("/")[2])


def member(role: str, value: str, check: str | None, name: str = NAME) -> dict[str, Any]:
    record = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}
    record |= {"Failover": role, "SetIdentifier": role}
    return record | ({"HealthCheckId": check} if check else {})


@pytest.mark.parametrize(
    ("first", "second", "answers"),
    [
        ("healthy", "healthy", PRIMARY),
        ("unhealthy", "healthy", SECONDARY),
        ("healthy", "unhealthy", PRIMARY),
        ("unhealthy", "unhealthy", PRIMARY),
    ],
)
def test_which_of_a_pair_answers(zone: Zone, first: str, second: str, answers: str) -> None:
    pair = (member("PRIMARY", PRIMARY, zone.check("first")), member("SECONDARY", SECONDARY, zone.check("second")))
    zone.create(*pair)
    zone.see("first", first)
    zone.see("second", second)
    assert zone.values() == [answers]


def test_it_may_be_made_to_ignore_health_which_nobody_has_promised(zone: Zone, local: Local) -> None:
    zone.create(member("PRIMARY", PRIMARY, zone.check("first")), member("SECONDARY", SECONDARY, zone.check("second")))
    zone.see("first", "unhealthy")
    assert zone.values() == [SECONDARY]
    assert local.aws
    ignores_health(local.aws.world).append(True)
    assert zone.values() == [PRIMARY]
    ignores_health(local.aws.world).clear()
    assert zone.values() == [SECONDARY]


def test_a_secondary_without_a_check_is_always_healthy(zone: Zone) -> None:
    zone.create(member("PRIMARY", PRIMARY, zone.check("first")), member("SECONDARY", SECONDARY, None))
    zone.see("first", "unhealthy")
    assert zone.values() == [SECONDARY]


@pytest.mark.parametrize(
    ("settings", "seen", "healthy"),
    [
        ({"Inverted": True}, "healthy", False),
        ({"Inverted": True}, "unhealthy", True),
        ({"Disabled": True}, "unhealthy", True),
        ({"Disabled": True, "Inverted": True}, "unhealthy", False),
    ],
)
def test_inverted_and_disabled(zone: Zone, settings: dict[str, Any], seen: str, healthy: bool) -> None:
    check = zone.check("first", Type="HTTP", FullyQualifiedDomainName="a.example.net", **settings)
    zone.create(member("PRIMARY", PRIMARY, check), member("SECONDARY", SECONDARY, None))
    zone.see("first", seen)
    assert zone.values() == [PRIMARY if healthy else SECONDARY]


@pytest.mark.parametrize(
    ("threshold", "unhealthy", "healthy"),
    [(2, [], True), (2, ["a"], False), (1, ["a"], True), (0, ["a", "b"], True), (3, [], False)],
)
def test_a_calculated_check_counts_its_children(
    zone: Zone, threshold: int, unhealthy: list[str], healthy: bool
) -> None:
    children = [zone.check("a"), zone.check("b")]
    parent = zone.check("parent", Type="CALCULATED", ChildHealthChecks=children, HealthThreshold=threshold)
    zone.create(member("PRIMARY", PRIMARY, parent), member("SECONDARY", SECONDARY, None))
    for name in unhealthy:
        zone.see(name, "unhealthy")
    assert zone.values() == [PRIMARY if healthy else SECONDARY]


def test_a_chain_of_three_answers_with_the_first_that_is_healthy(zone: Zone) -> None:
    standby = f"standby-1.{NAME}"
    target = {"HostedZoneId": zone.id, "DNSName": standby, "EvaluateTargetHealth": True}
    zone.create(
        member("PRIMARY", PRIMARY, zone.check("first")),
        {"Name": NAME, "Type": "A", "AliasTarget": target, "Failover": "SECONDARY", "SetIdentifier": "chain"},
        member("PRIMARY", SECONDARY, zone.check("second"), name=standby),
        member("SECONDARY", "192.0.2.3", zone.check("third"), name=standby),
    )
    assert zone.values() == [PRIMARY]
    zone.see("first", "unhealthy")
    assert zone.values() == [SECONDARY]
    zone.see("second", "unhealthy")
    assert zone.values() == ["192.0.2.3"]
    zone.see("third", "unhealthy")
    assert zone.values() == [PRIMARY]


def test_no_such_name_and_no_such_type(zone: Zone) -> None:
    zone.create({"Name": f"a.b.{NAME}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": PRIMARY}]})
    codes = [zone.answer(name)["ResponseCode"] for name in (f"a.b.{NAME}", f"b.{NAME}", f"c.{NAME}")]
    assert codes == ["NOERROR", "NOERROR", "NXDOMAIN"]
    assert zone.answer(f"a.b.{NAME}", "AAAA")["RecordData"] == []
    assert len(zone.answer(NAME, "NS")["RecordData"]) == 4


@dataclass
class Balancer:
    arn: str
    group_arn: str
    vpc_id: str


@pytest.fixture
def balancer(local: Local, zone: Zone) -> Balancer:
    """An active load balancer that the primary record points to, with a group that has no targets yet."""
    ec2, elb = local.client("ec2"), local.client("elbv2")
    vpc_id, subnet_ids = create_public_network(ec2)
    created = create_balancer(elb, subnet_ids)
    group = create_target_group(elb, vpc_id)
    create_listener(elb, created["LoadBalancerArn"], group)
    local.passes("load_balancer_create", 1.1)
    target = {
        "HostedZoneId": created["CanonicalHostedZoneId"],
        "DNSName": created["DNSName"],
        "EvaluateTargetHealth": True,
    }
    primary = {"Name": NAME, "Type": "A", "AliasTarget": target, "Failover": "PRIMARY", "SetIdentifier": "primary"}
    zone.create(primary, member("SECONDARY", SECONDARY, None))
    return Balancer(created["LoadBalancerArn"], group, vpc_id)


def register(local: Local, group_arn: str, *addresses: str) -> None:
    targets = [{"Id": address} for address in addresses]
    local.client("elbv2").register_targets(TargetGroupArn=group_arn, Targets=targets)
    local.passes("target_initial", 1.1)


@pytest.mark.usefixtures("balancer")
def test_a_load_balancer_without_targets_is_unhealthy(zone: Zone) -> None:
    assert zone.values() == [SECONDARY]


def test_one_healthy_target_is_enough(local: Local, zone: Zone, balancer: Balancer) -> None:
    register(local, balancer.group_arn, "10.10.0.50", "10.10.1.50")
    answered = zone.values()
    assert len(answered) == 2
    assert all(address.startswith("198.1") for address in answered)
    local.observe("target", "10.10.0.50", "unhealthy")
    assert zone.values() == answered
    local.observe("target", "10.10.1.50", "unhealthy")
    assert zone.values() == [SECONDARY]


def test_the_group_says_how_many_healthy_targets_dns_wants(local: Local, zone: Zone, balancer: Balancer) -> None:
    elb = local.client("elbv2")
    register(local, balancer.group_arn, "10.10.0.50", "10.10.1.50")
    local.observe("target", "10.10.0.50", "unhealthy")
    assert zone.values() != [SECONDARY]
    key = "target_group_health.dns_failover.minimum_healthy_targets.count"
    elb.modify_target_group_attributes(TargetGroupArn=balancer.group_arn, Attributes=[{"Key": key, "Value": "2"}])
    assert zone.values() == [SECONDARY]


def test_one_group_of_sick_targets_takes_the_load_balancer_down(local: Local, zone: Zone, balancer: Balancer) -> None:
    elb = local.client("elbv2")
    side = create_target_group(elb, balancer.vpc_id, "side")
    create_listener(elb, balancer.arn, side, Port=81)
    register(local, balancer.group_arn, "10.10.0.50")
    assert zone.values() != [SECONDARY]
    register(local, side, "10.10.0.60")
    local.observe("target", "10.10.0.60", "unhealthy")
    assert zone.values() == [SECONDARY]


def test_a_group_whose_thresholds_are_off_never_takes_the_load_balancer_down(
    local: Local, zone: Zone, balancer: Balancer
) -> None:
    elb = local.client("elbv2")
    side = create_target_group(elb, balancer.vpc_id, "side")
    create_listener(elb, balancer.arn, side, Port=81)
    register(local, balancer.group_arn, "10.10.0.50")
    register(local, side, "10.10.0.60")
    local.observe("target", "10.10.0.60", "unhealthy")
    assert zone.values() == [SECONDARY]
    prefix = "target_group_health.dns_failover.minimum_healthy_targets"
    off = [{"Key": f"{prefix}.{unit}", "Value": "off"} for unit in ("count", "percentage")]
    elb.modify_target_group_attributes(TargetGroupArn=side, Attributes=off)
    assert zone.values() != [SECONDARY]
    # The other group still decides.
    local.observe("target", "10.10.0.50", "unhealthy")
    assert zone.values() == [SECONDARY]


def test_an_alias_inherits_the_health_of_another_zone_of_the_account(local: Local, zone: Zone) -> None:
    created = zone.route53.create_hosted_zone(Name="example.net.", CallerReference="other")
    other = Zone(local, zone.route53, created["HostedZone"]["Id"].rpartition("/")[2], zone.checks)
    other.create(member("PRIMARY", PRIMARY, other.check("far"), name="app.example.net."))
    target = {"HostedZoneId": other.id, "DNSName": "app.example.net.", "EvaluateTargetHealth": True}
    alias = {"Name": NAME, "Type": "A", "AliasTarget": target, "Failover": "PRIMARY", "SetIdentifier": "PRIMARY"}
    zone.create(alias, member("SECONDARY", SECONDARY, None))
    assert zone.values() == [PRIMARY]
    other.see("far", "unhealthy")
    assert zone.values() == [SECONDARY]


def test_a_name_below_a_delegation_is_somebody_elses(zone: Zone) -> None:
    servers = [{"Value": "ns-1.awsdns-01.com."}, {"Value": "ns-2.awsdns-02.net."}]
    below = f"eu.{NAME}"
    zone.create({"Name": below, "Type": "NS", "TTL": 300, "ResourceRecords": servers})
    answered = zone.answer(below, "NS")
    assert (answered["ResponseCode"], answered["RecordData"]) == ("NOERROR", [item["Value"] for item in servers])
    assert zone.answer(f"www.{below}")["RecordData"] == []


def test_a_wildcard_and_an_alias_name(zone: Zone) -> None:
    value = [{"Value": PRIMARY}]
    zone.create(
        {"Name": f"*.{NAME}", "Type": "A", "TTL": 60, "ResourceRecords": value},
        {"Name": f"www.{NAME}", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": f"app.{NAME}"}]},
    )
    assert zone.values(f"any.{NAME}") == [PRIMARY]
    assert zone.values(f"www.{NAME}") == [f"app.{NAME}"]
