# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options allow, and what comes of them."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources import load_balancer, target_group
from ansible_collections.everlook.failover.plugins.module_utils._alb.spec import Spec
from ansible_collections.everlook.failover.plugins.module_utils._aws import stack_names
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import unknown
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import Peer

from .worlds import make_spec, validate


def desired(**params: t.Any) -> Spec:
    wanted = make_spec(**params)
    assert not wanted.absent
    return wanted


def test_the_options_that_have_no_default_are_enough() -> None:
    wanted = desired()
    assert [(each.name, each.protocol, each.port) for each in wanted.listeners] == [("http", "HTTP", 80)]
    assert wanted.ingress == (Peer("cidr", "0.0.0.0/0"),)
    assert not wanted.egress_all
    values = wanted.target_group.values
    assert values["health_check.path"] == "/"
    assert values["health_check.timeout"] < values["health_check.interval"]
    assert wanted.warnings == ()


def test_absent_needs_no_network() -> None:
    params, errors = validate(state="absent", vpc_id=None, subnet_ids=None, target_port=None)
    assert not errors
    assert make_spec(**{key: params[key] for key in ("state", "vpc_id", "subnet_ids", "target_port")}).absent


def test_present_needs_one() -> None:
    complete, _errors = validate()
    required = ("vpc_id", "subnet_ids", "target_port")
    for option in required:
        with pytest.raises(SpecError) as raised:
            make_spec(**{option: None})
        assert raised.value.option == option
    result = ArgumentSpecValidator(dict(LAYER.job.argument_spec), required_if=list(LAYER.job.required_if)).validate(
        {key: value for key, value in complete.items() if key not in required}
    )
    assert "vpc_id, subnet_ids, target_port" in result.error_messages[0]


REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"vpc_id": "10.0.0.0/16"}, "vpc_id"),
    ({"subnet_ids": []}, "subnet_ids"),
    ({"subnet_ids": ["subnet-a"]}, "subnet_ids"),
    ({"subnet_ids": ["subnet-a", "subnet-a"]}, "subnet_ids"),
    ({"subnet_ids": ["subnet-a", "vpc-1"]}, "subnet_ids"),
    ({"vpc_cidrs": ["fd00::/8"]}, "vpc_cidrs"),
    ({"vpc_cidrs": ["10.10.0.1/16"]}, "vpc_cidrs"),
    ({"ingress_cidrs": ["everywhere"]}, "ingress_cidrs"),
    ({"ingress_cidrs": ["10.0.0.1/8"]}, "ingress_cidrs"),
    ({"ingress_cidrs": ["::/0"]}, "ingress_cidrs"),
    ({"ingress_ipv6_cidrs": ["0.0.0.0/0"]}, "ingress_ipv6_cidrs"),
    ({"ingress_prefix_lists": ["sg-1"]}, "ingress_prefix_lists"),
    ({"listener_port": 0}, "listener_port"),
    ({"listener_port": 65536}, "listener_port"),
    ({"target_port": 0}, "target_port"),
    ({"target_port": 65536}, "target_port"),
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
    ({"idle_timeout": 0}, "idle_timeout"),
    ({"idle_timeout": 4001}, "idle_timeout"),
    ({"client_keep_alive": 59}, "client_keep_alive"),
    ({"client_keep_alive": 604801}, "client_keep_alive"),
    ({"access_logs": {"bucket": "logs", "prefix": "a/AWSLogs"}}, "access_logs.prefix"),
    ({"stack": "internal"}, "stack"),
    ({"stack": "a_b"}, "stack"),
    ({"tags": {"Resource": "x"}}, "tags"),
]


@pytest.mark.parametrize(("params", "option"), REFUSED, ids=[str(params) for params, _option in REFUSED])
def test_refused_before_the_first_call(params: dict[str, t.Any], option: str) -> None:
    with pytest.raises(SpecError) as raised:
        make_spec(**params)
    assert raised.value.option == option


ACCEPTED: list[dict[str, t.Any]] = [
    {"listener_port": 1, "target_port": 65535},
    {"health_check": {"path": "/" + "x" * 1023, "interval": 300, "timeout": 120}},
    {"health_check": {"interval": 5, "timeout": 2, "healthy_threshold": 10, "unhealthy_threshold": 10}},
    {"health_check": {"matcher": "200-499", "port": 9000, "protocol": "HTTPS"}},
    {"deregistration_delay": 0, "slow_start": 30},
    {"deregistration_delay": 3600, "slow_start": 900},
    {"idle_timeout": 1, "client_keep_alive": 60},
    {"idle_timeout": 4000, "client_keep_alive": 604800},
    {"algorithm": "weighted_random", "anomaly_mitigation": True},
    {"stickiness": {"enabled": True, "duration": 604800}},
    {"stack": "sg"},
]


@pytest.mark.parametrize("params", ACCEPTED, ids=str)
def test_accepted_up_to_the_limits(params: dict[str, t.Any]) -> None:
    desired(**params)


def test_placeholders_pass() -> None:
    vpc, one, two = (unknown("us-east-1", name) for name in ("vpc/main", "subnet/public-a", "subnet/public-b"))
    wanted = desired(vpc_id=vpc, vpc_cidrs=[unknown("us-east-1", "vpc/main", "cidr")], subnet_ids=[two, one])
    assert (wanted.vpc_id, wanted.subnet_ids) == (vpc, (one, two))
    with pytest.raises(SpecError, match="subnet_ids"):
        desired(subnet_ids=[one])


def test_off_without_quotes_is_off() -> None:
    options = yaml.safe_load("{minimum_healthy_targets_percentage: off, minimum_healthy_targets_count: 2}")
    attributes = desired(dns_failover=options).target_group.values
    assert attributes["dns_failover.minimum_healthy_targets_percentage"] == "off"
    assert attributes["dns_failover.minimum_healthy_targets_count"] == "2"


def test_a_matcher_loses_its_blanks() -> None:
    assert (
        desired(health_check={"matcher": "200-299, 301"}).target_group.values["health_check.matcher"] == "200-299,301"
    )


def test_ipv6_clients_come_with_dualstack() -> None:
    assert desired(ip_address_type="dualstack").ingress == (Peer("cidr", "0.0.0.0/0"), Peer("cidr_ipv6", "::/0"))
    assert desired(ip_address_type="dualstack", ingress_ipv6_cidrs=[]).ingress == (Peer("cidr", "0.0.0.0/0"),)


def test_all_kinds_of_clients() -> None:
    peers = desired(
        ingress_cidrs=["10.0.0.0/8", "10.0.0.0/8"],
        ingress_ipv6_cidrs=["2001:DB8:0::/32"],
        ingress_prefix_lists=["pl-1"],
    ).ingress
    assert peers == (Peer("cidr", "10.0.0.0/8"), Peer("cidr_ipv6", "2001:db8::/32"), Peer("prefix_list", "pl-1"))


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"ingress_cidrs": []}, "nobody can reach"),
        ({"dns_failover": {"minimum_healthy_targets_count": "off"}}, "never unhealthy"),
    ],
)
def test_warned_about(params: dict[str, t.Any], word: str) -> None:
    (warning,) = make_spec(**params).warnings
    assert word in warning


def test_logs() -> None:
    attributes = desired(access_logs={"bucket": "logs", "prefix": "/alb/"}).attributes
    assert attributes["access_logs.enabled"] == "true"
    assert attributes["access_logs.bucket"] == "logs"
    assert attributes["access_logs.prefix"] == "alb"
    assert {key: value for key, value in attributes.items() if key.startswith("connection")} == {
        "connection_logs.enabled": "false"
    }


def test_an_application_cookie() -> None:
    stickiness = {"enabled": True, "type": "app_cookie", "cookie_name": "session", "duration": 60}
    attributes = desired(stickiness=stickiness).target_group.values
    assert {key: value for key, value in attributes.items() if key.startswith("stickiness")} == {
        "stickiness.enabled": "true",
        "stickiness.type": "app_cookie",
        "stickiness.cookie_name": "session",
        "stickiness.app_cookie.duration": "60",
    }


def test_every_attribute_has_a_default_of_aws() -> None:
    wanted = desired(access_logs={"bucket": "a"}, stickiness={"type": "app_cookie", "cookie_name": "session"})
    assert wanted.attributes.keys() <= {field.name for field in load_balancer.ATTRIBUTES}
    assert wanted.target_group.values.keys() <= {field.name for field in target_group.FIELDS}


NAMES = st.from_regex(r"[a-zA-Z](?:[a-zA-Z0-9]|-(?=[a-zA-Z0-9])){0,31}", fullmatch=True)


@given(stack=NAMES.filter(lambda name: not name.lower().startswith("internal")), environment=NAMES)
def test_names_are_within_the_limits_of_aws(stack: str, environment: str) -> None:
    spec = make_spec(stack=stack, environment=environment)
    assert re.fullmatch(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?", spec.name)
    assert not spec.name.startswith("internal-")
    group_name = stack_names.security_group(spec.owner)
    assert len(group_name) <= 255
    assert not group_name.startswith("sg-")
