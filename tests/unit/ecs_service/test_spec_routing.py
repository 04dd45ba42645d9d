# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of target group and listener rule allow, and what comes of them."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.target_group_fields import (
    FIELDS,
    PORT,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec import Routing, parse
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec_listener_rule import hashed_priority
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import unknown
from tests.unit.ecs_service.support import REGION, container, params, spec_of


def routing(**changes: t.Any) -> Routing:
    found = spec_of(**changes).routing
    assert found is not None
    return found


def values(**changes: t.Any) -> t.Mapping[str, t.Any]:
    return routing(**changes).target_group.values


REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"health_check": {"path": "health"}}, "health_check.path"),
    ({"health_check": {"path": "/a b"}}, "health_check.path"),
    ({"health_check": {"path": "/\n"}}, "health_check.path"),
    ({"health_check": {"path": "/" + "x" * 1024}}, "health_check.path"),
    ({"health_check": {"interval": 4, "timeout": 2}}, "health_check.interval"),
    ({"health_check": {"interval": 301}}, "health_check.interval"),
    ({"health_check": {"timeout": 1}}, "health_check.timeout"),
    ({"health_check": {"interval": 300, "timeout": 121}}, "health_check.timeout"),
    ({"health_check": {"interval": 5, "timeout": 5}}, "health_check.timeout"),
    ({"health_check": {"healthy_threshold": 1}}, "health_check.healthy_threshold"),
    ({"health_check": {"healthy_threshold": 11}}, "health_check.healthy_threshold"),
    ({"health_check": {"unhealthy_threshold": 1}}, "health_check.unhealthy_threshold"),
    ({"health_check": {"unhealthy_threshold": 11}}, "health_check.unhealthy_threshold"),
    ({"health_check": {"matcher": "199"}}, "health_check.matcher"),
    ({"health_check": {"matcher": "500"}}, "health_check.matcher"),
    ({"health_check": {"matcher": "300-200"}}, "health_check.matcher"),
    ({"health_check": {"matcher": "200,"}}, "health_check.matcher"),
    ({"health_check": {"matcher": ""}}, "health_check.matcher"),
    ({"health_check": {"port": "http"}}, "health_check.port"),
    ({"health_check": {"port": "²"}}, "health_check.port"),
    ({"health_check": {"port": 0}}, "health_check.port"),
    ({"stickiness": {"duration": 0}}, "stickiness.duration"),
    ({"stickiness": {"duration": 604801}}, "stickiness.duration"),
    ({"stickiness": {"type": "app_cookie"}}, "stickiness.cookie_name"),
    ({"stickiness": {"type": "app_cookie", "cookie_name": "AWSALBTG"}}, "stickiness.cookie_name"),
    ({"stickiness": {"type": "app_cookie", "cookie_name": "a;b"}}, "stickiness.cookie_name"),
    ({"dns_failover": {"minimum_healthy_targets_count": "0"}}, "dns_failover.minimum_healthy_targets_count"),
    ({"dns_failover": {"minimum_healthy_targets_count": "some"}}, "dns_failover.minimum_healthy_targets_count"),
    ({"dns_failover": {"minimum_healthy_targets_percentage": 101}}, "dns_failover.minimum_healthy_targets_percentage"),
    (
        {"unhealthy_state_routing": {"minimum_healthy_targets_count": "off"}},
        "unhealthy_state_routing.minimum_healthy_targets_count",
    ),
    (
        {"unhealthy_state_routing": {"minimum_healthy_targets_count": 2}},
        "dns_failover.minimum_healthy_targets_count",
    ),
    (
        {
            "dns_failover": {"minimum_healthy_targets_percentage": 49},
            "unhealthy_state_routing": {"minimum_healthy_targets_percentage": 50},
        },
        "dns_failover.minimum_healthy_targets_percentage",
    ),
    ({"deregistration_delay": -1}, "deregistration_delay"),
    ({"deregistration_delay": 3601}, "deregistration_delay"),
    ({"slow_start": 29}, "slow_start"),
    ({"slow_start": 901}, "slow_start"),
    ({"slow_start": 30, "algorithm": "least_outstanding_requests"}, "slow_start"),
    ({"anomaly_mitigation": True}, "anomaly_mitigation"),
    ({"container_port": 0}, "container_port"),
    ({"listener_arn": None}, "listener_arn"),
    ({"alb_security_group_id": None}, "alb_security_group_id"),
    ({"hosts": ["localhost"]}, "hosts"),
    ({"hosts": ["www.example.c0m"]}, "hosts"),
    ({"hosts": ["www_1.example.com"]}, "hosts"),
    ({"hosts": ["www.example.com/"]}, "hosts"),
    ({"hosts": ["x" * 125 + ".com"]}, "hosts"),
    ({"hosts": [f"{name}.example.com" for name in "abcdef"]}, "hosts"),
    ({"hosts": ["*?*?*?.example.com"]}, "hosts"),
    ({"paths": ["api/*"]}, "paths"),
    ({"paths": ["/a b"]}, "paths"),
    ({"paths": ["/" + "x" * 128]}, "paths"),
    ({"paths": ["/a", "/b", "/c"], "hosts": ["a.example.com", "b.example.com", "c.example.com"]}, "paths"),
    ({"paths": ["/*/*/*"], "hosts": ["*.*.*.com"]}, "paths"),
    ({"rule_priority": 0}, "rule_priority"),
    ({"rule_priority": 50001}, "rule_priority"),
    ({"name": "a_b"}, "name"),
    ({"name": "network"}, "name"),
    ({"name": "entrance"}, "name"),
    ({"name": "DNS"}, "name"),
    ({"stack": "a_b"}, "stack"),
    ({"tags": {"Component": "x"}}, "tags"),
]


@pytest.mark.parametrize(("changes", "option"), REFUSED, ids=lambda value: str(value)[:70])
def test_refused_before_the_first_call(changes: dict[str, t.Any], option: str) -> None:
    with pytest.raises(SpecError) as raised:
        spec_of(**changes)
    assert raised.value.option == option


ACCEPTED: list[dict[str, t.Any]] = [
    {"container_port": 65535, "containers": [container(port_mappings=[{"container_port": 65535}])]},
    {"health_check": {"path": "/" + "x" * 1023, "interval": 300, "timeout": 120}},
    {"health_check": {"interval": 5, "timeout": 2, "healthy_threshold": 10, "unhealthy_threshold": 10}},
    {"health_check": {"matcher": "200-499", "port": 9000, "protocol": "HTTPS"}},
    {"deregistration_delay": 0, "slow_start": 30},
    {"deregistration_delay": 3600, "slow_start": 900},
    {"algorithm": "weighted_random", "anomaly_mitigation": True},
    {"stickiness": {"enabled": True, "duration": 604800}},
    {"hosts": ["x" * 124 + ".com"], "paths": ["/" + "x" * 127]},
    {"hosts": ["*.example.com", "?.example.com"], "paths": ["/a/*", "*.php", "/$~\"'@:+&-_."]},
    {"rule_priority": 1},
    {"rule_priority": 50000, "paths": ["/a"]},
    {"name": "networks"},
]


@pytest.mark.parametrize("changes", ACCEPTED, ids=lambda value: str(value)[:70])
def test_accepted_up_to_the_limits(changes: dict[str, t.Any]) -> None:
    assert routing(**changes).target_group.values.keys() <= {field.name for field in (PORT, *FIELDS)}


def test_the_options_that_have_no_default_are_enough() -> None:
    found = routing()
    assert found.target_group.values["health_check.path"] == "/"
    assert found.target_group.values["health_check.timeout"] < found.target_group.values["health_check.interval"]
    assert spec_of().warnings == ()


def test_off_without_quotes_is_off() -> None:
    options = yaml.safe_load("{minimum_healthy_targets_percentage: off, minimum_healthy_targets_count: 2}")
    found = values(dns_failover=options)
    assert found["dns_failover.minimum_healthy_targets_percentage"] == "off"
    assert found["dns_failover.minimum_healthy_targets_count"] == "2"


def test_a_matcher_loses_its_blanks() -> None:
    assert values(health_check={"matcher": "200-299, 301"})["health_check.matcher"] == "200-299,301"


def test_an_application_cookie() -> None:
    found = values(stickiness={"enabled": True, "type": "app_cookie", "cookie_name": "session", "duration": 60})
    assert {name: value for name, value in found.items() if name.startswith("stickiness")} == {
        "stickiness.enabled": "true",
        "stickiness.type": "app_cookie",
        "stickiness.cookie_name": "session",
        "stickiness.app_cookie.duration": "60",
    }


def test_a_service_that_does_not_decide_never_takes_the_load_balancer_out() -> None:
    thresholds = {"dns_failover": {"minimum_healthy_targets_count": 2, "minimum_healthy_targets_percentage": 50}}
    found = values(decides_failover=False, **thresholds)
    assert found["dns_failover.minimum_healthy_targets_count"] == "off"
    assert found["dns_failover.minimum_healthy_targets_percentage"] == "off"
    assert found["unhealthy_state_routing.minimum_healthy_targets_count"] == "1"
    assert spec_of(decides_failover=False).warnings == ()


def test_thresholds_that_are_both_off_are_warned_about() -> None:
    (warning,) = spec_of(dns_failover={"minimum_healthy_targets_count": "off"}).warnings
    assert "decides_failover" in warning


def test_without_conditions_a_service_gets_what_nobody_else_takes() -> None:
    rule = routing().rule
    assert (rule.priority, rule.hosts, rule.paths) == (50000, (), ("/*",))


def test_conditions_are_brought_into_a_form_in_which_equal_means_the_same() -> None:
    rule = routing(hosts=["B.example.com", "a.example.com", "b.example.com"], paths=["/B", "/a", "/a"]).rule
    assert rule.hosts == ("a.example.com", "b.example.com")
    assert rule.paths == ("/B", "/a")


def test_conditions_that_are_not_known_yet_are_accepted() -> None:
    host = unknown(REGION, "zone/main", "name")
    assert routing(hosts=[host]).rule.hosts == (host,)


def test_the_priority_of_a_name_never_changes() -> None:
    """A rule would move, and with it requests of other services."""
    assert [hashed_priority(name) for name in ("web", "api", "reports")] == [23930, 4233, 2306]
    assert all(1000 <= hashed_priority(f"service-{number}") <= 39999 for number in range(500))
    assert routing(paths=["/a"]).rule.priority == hashed_priority("web")
    assert routing(paths=["/a"], rule_priority=7).rule.priority == 7


def worker(**changes: t.Any) -> dict[str, t.Any]:
    nothing = dict.fromkeys(("container_port", "listener_arn", "alb_security_group_id"))
    return {**nothing, "containers": [container(port_mappings=[])], **changes}


def test_a_worker_has_neither_target_group_nor_rule_nor_ingress() -> None:
    spec = spec_of(**worker())
    assert spec.routing is None
    assert [rule.direction for rule in spec.wanted.group.rules] == ["egress"]
    assert spec.wanted.service.health_check_grace_period == 0


@pytest.mark.parametrize(
    "changes", [{"hosts": ["a.example.com"]}, {"paths": ["/a"]}, {"rule_priority": 1}, {"container_name": "app"}]
)
def test_what_needs_a_port_is_refused_of_a_worker(changes: dict[str, t.Any]) -> None:
    with pytest.raises(SpecError, match="container_port"):
        spec_of(**worker(**changes))


def test_a_port_that_a_worker_s_container_maps_is_its_own_business() -> None:
    assert spec_of(**worker(containers=[container()])).routing is None


@pytest.mark.parametrize("option", ["vpc_id", "subnet_ids", "containers"])
def test_an_explicit_null_is_missing(option: str) -> None:
    given = {**params(), option: None}
    with pytest.raises(SpecError) as raised:
        parse(given, REGION)
    assert raised.value.option == option
