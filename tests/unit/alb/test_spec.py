# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options allow, and what comes of them."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources import load_balancer
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
    assert [(each.name, each.values["protocol"], each.port) for each in wanted.listeners] == [("http", "HTTP", 80)]
    assert wanted.ingress == (Peer("cidr", "0.0.0.0/0"),)
    assert not wanted.egress_all
    assert wanted.warnings == ()


def test_absent_needs_no_network() -> None:
    params, errors = validate(state="absent", vpc_id=None, subnet_ids=None)
    assert not errors
    assert make_spec(**{key: params[key] for key in ("state", "vpc_id", "subnet_ids")}).absent


def test_present_needs_one() -> None:
    complete, _errors = validate()
    required = ("vpc_id", "subnet_ids")
    for option in required:
        with pytest.raises(SpecError) as raised:
            make_spec(**{option: None})
        assert raised.value.option == option
    result = ArgumentSpecValidator(dict(LAYER.job.argument_spec), required_if=list(LAYER.job.required_if)).validate(
        {key: value for key, value in complete.items() if key not in required}
    )
    assert "vpc_id, subnet_ids" in result.error_messages[0]


WEB_ACL = "arn:aws:wafv2:us-east-1:111111111111:regional/webacl/shop/12345678-1234-1234-1234-123456789012"
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
    ({"not_found_body": "a" * 1025}, "not_found_body"),
    ({"idle_timeout": 0}, "idle_timeout"),
    ({"idle_timeout": 4001}, "idle_timeout"),
    ({"client_keep_alive": 59}, "client_keep_alive"),
    ({"client_keep_alive": 604801}, "client_keep_alive"),
    ({"access_logs": {"bucket": "logs", "prefix": "a/AWSLogs"}}, "access_logs.prefix"),
    ({"web_acl_arn": "shop"}, "web_acl_arn"),
    ({"web_acl_arn": WEB_ACL.replace("us-east-1", "us-west-1")}, "web_acl_arn"),
    ({"web_acl_arn": WEB_ACL.replace("regional", "global")}, "web_acl_arn"),
    ({"stack": "internal"}, "stack"),
    ({"stack": "Internal-shop"}, "stack"),
    ({"stack": "a_b"}, "stack"),
    ({"tags": {"Resource": "x"}}, "tags"),
]


@pytest.mark.parametrize(("params", "option"), REFUSED, ids=[str(params) for params, _option in REFUSED])
def test_refused_before_the_first_call(params: dict[str, t.Any], option: str) -> None:
    with pytest.raises(SpecError) as raised:
        make_spec(**params)
    assert raised.value.option == option


ACCEPTED: list[dict[str, t.Any]] = [
    {"listener_port": 1},
    {"listener_port": 65535},
    {"not_found_body": "a" * 1024},
    {"idle_timeout": 1, "client_keep_alive": 60},
    {"idle_timeout": 4000, "client_keep_alive": 604800},
    {"stack": "sg"},
    {"web_acl_arn": WEB_ACL},
    {"web_acl_arn": ""},
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


def test_warned_about() -> None:
    (warning,) = make_spec(ingress_cidrs=[]).warnings
    assert "nobody can reach" in warning


def test_logs() -> None:
    attributes = desired(access_logs={"bucket": "logs", "prefix": "/alb/"}).attributes
    assert attributes["access_logs.enabled"] == "true"
    assert attributes["access_logs.bucket"] == "logs"
    assert attributes["access_logs.prefix"] == "alb"
    assert {key: value for key, value in attributes.items() if key.startswith("connection")} == {
        "connection_logs.enabled": "false"
    }


def test_every_attribute_has_a_default_of_aws() -> None:
    wanted = desired(access_logs={"bucket": "a"})
    assert wanted.attributes.keys() <= {field.name for field in load_balancer.ATTRIBUTES}


NAMES = st.from_regex(r"[a-zA-Z](?:[a-zA-Z0-9]|-(?=[a-zA-Z0-9])){0,31}", fullmatch=True)


@given(stack=NAMES.filter(lambda name: not name.lower().startswith("internal")), environment=NAMES)
def test_names_are_within_the_limits_of_aws(stack: str, environment: str) -> None:
    spec = make_spec(stack=stack, environment=environment)
    assert re.fullmatch(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?", spec.name)
    assert not spec.name.startswith("internal-")
    group_name = stack_names.security_group(spec.owner)
    assert len(group_name) <= 255
    assert not group_name.startswith("sg-")


@pytest.mark.parametrize(
    ("params", "admitted"),
    [
        ({}, False),  # Everybody is, and they with them.
        ({"admit_health_checkers": True}, False),
        ({"ingress_cidrs": ["10.0.0.0/8"]}, True),
        ({"ingress_cidrs": []}, True),
        ({"ingress_cidrs": [], "ingress_prefix_lists": ["pl-1"]}, True),
        ({"ingress_cidrs": ["10.0.0.0/8", "0.0.0.0/0"]}, False),
        ({"ingress_cidrs": ["10.0.0.0/8"], "admit_health_checkers": False}, False),
    ],
    ids=str,
)
def test_health_checkers_need_a_rule_where_not_everybody_is_let_in(params: dict[str, t.Any], admitted: bool) -> None:
    assert make_spec(**params).admit_health_checkers is admitted
