# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._preflight.checks import check_inventory
from ansible_collections.everlook.failover.plugins.module_utils._preflight.spec import PreflightSpec, Region, parse

EAST = Region(name="us-east-1", priority=1, cidr="10.10.0.0/16")
WEST = Region(name="us-west-1", priority=2, cidr="10.20.0.0/16")
GOOD = PreflightSpec(
    stack="hello",
    environment="dev",
    state="present",
    account_id="111111111111",
    regions=(EAST, WEST),
    only=("us-east-1", "us-west-1"),
    domain="dev.example.com",
    parent_domain="example.com",
    health_path="/health",
    delegation_role_arn="arn:aws:iam::999999999999:role/dns-delegation-dev",
    zone_count=2,
    nat_gateways="per_zone",
)


def problems(**changed: t.Any) -> list[str]:
    return [str(problem) for problem in check_inventory(dataclasses.replace(GOOD, **changed))]


def east(**changed: t.Any) -> tuple[Region, ...]:
    return (dataclasses.replace(EAST, **changed), WEST)


def test_a_good_inventory_has_no_problems() -> None:
    assert problems() == []
    assert problems(parent_domain="", delegation_role_arn="") == []


@pytest.mark.parametrize(
    ("changed", "variable", "words"),
    [
        ({"stack": "hello_world"}, "app_name", "letters, digits and single hyphens"),
        ({"stack": "h" * 33}, "app_name", "up to 32"),
        ({"environment": "dev-"}, "app_environment", "single hyphens"),
        ({"unset": ("app_port",)}, "app_port", "is not set. Set it in group_vars"),
        ({"account_id": "11111111111"}, "app_account_id", "12 digits in quotes"),
        ({"regions": (dataclasses.replace(EAST, name="virginia"), WEST)}, "regions (virginia)", "us-east-1"),
        ({"regions": east(priority=2)}, "failover_priority of us-east-1, us-west-1", "a priority of its own"),
        ({"regions": east(priority=None)}, "failover_priority of us-east-1", "is not set"),
        ({"regions": east(priority=0)}, "failover_priority of us-east-1", "whole number from 1"),
        ({"regions": east(priority=-1)}, "failover_priority of us-east-1", "is -1"),
        ({"regions": east(priority="1")}, "failover_priority of us-east-1", "is '1'"),
        ({"regions": east(priority=1.5)}, "failover_priority of us-east-1", "is 1.5"),
        ({"regions": east(priority=True)}, "failover_priority of us-east-1", "is True"),
        ({"regions": east(cidr="")}, "vpc_cidr of us-east-1", "is not set"),
        ({"regions": east(cidr="10.10.0.0/33")}, "vpc_cidr of us-east-1", "is not an IPv4 network"),
        ({"regions": east(cidr="10.10.1.0/16")}, "vpc_cidr of us-east-1", "has host bits set"),
        ({"regions": east(cidr="fd00::/56")}, "vpc_cidr of us-east-1", "is not an IPv4 network"),
        ({"regions": east(cidr="10.0.0.0/15")}, "vpc_cidr of us-east-1", "larger than AWS allows"),
        ({"regions": east(cidr="10.10.0.0/24")}, "vpc_cidr of us-east-1", "too small"),
        ({"regions": east(cidr="10.20.0.0/16")}, "vpc_cidr of us-east-1, us-west-1", "overlap"),
        ({"regions": east(cidr="10.20.128.0/20")}, "vpc_cidr of us-east-1, us-west-1", "overlap"),
        ({"domain": "dev.example.org"}, "app_domain", "not below app_parent_domain, example.com"),
        ({"domain": "devexample.com"}, "app_domain", "not below app_parent_domain"),
        ({"domain": "example.com"}, "app_domain", "not below app_parent_domain"),
        ({"domain": "dev_1.example.com"}, "app_domain", "is not a domain name"),
        ({"domain": "localhost", "parent_domain": ""}, "app_domain", "is not a domain name"),
        ({"domain": f"{'a' * 64}.example.com"}, "app_domain", "is not a domain name"),
        ({"domain": f"{'a.' * 118}example.com"}, "app_domain", "at most 243 characters"),
        ({"health_path": "health"}, "app_health_path", "slash"),
        ({"health_path": "/" + "h" * 255}, "app_health_path", "255"),
        ({"delegation_role_arn": "dns-delegation-dev"}, "dns_delegation_role_arn", "role/dns-delegation-dev"),
    ],
)
def test_a_problem_names_its_variable_and_the_remedy(changed: dict[str, t.Any], variable: str, words: str) -> None:
    (message,) = problems(**changed)
    assert message.startswith(f"{variable}: ")
    assert words in message
    assert message.endswith((".", ")"))


def test_limits_themselves_are_no_problem() -> None:
    assert problems(stack="h" * 32, health_path="/" + "h" * 254) == []
    assert problems(regions=east(cidr="10.10.0.0/23")) == []
    front = len("us-east-1.")
    longest = f"{'a.' * ((253 - front - len('example.com')) // 2)}example.com"
    assert len(longest) + front == 253 - (253 - front - len("example.com")) % 2
    assert problems(domain=longest) == []


def test_all_problems_are_told_at_once() -> None:
    found = problems(stack="-", regions=(dataclasses.replace(WEST, priority=0), WEST), domain="dev.example.org")
    assert [message.partition(":")[0].partition(" ")[0] for message in found] == [
        "app_name",
        "failover_priority",
        "vpc_cidr",
        "app_domain",
    ]


def test_taking_down_needs_no_network_and_no_domain() -> None:
    assert problems(state="absent", regions=east(cidr="10.20.0.0/16"), domain="dev.example.org", health_path="") == []
    assert problems(state="absent", account_id="1") != []
    assert problems(state="absent", regions=east(priority=2)) != []


@hypothesis.given(
    st.lists(
        st.tuples(st.integers(0, 255), st.integers(16, 23)).map(
            lambda pair: ipaddress.ip_network((f"10.{pair[0]}.0.0", pair[1]))
        ),
        min_size=1,
        max_size=6,
    )
)
def test_networks_are_refused_exactly_when_two_share_an_address(networks: list[ipaddress.IPv4Network]) -> None:
    regions = tuple(
        Region(name=f"us-east-{number}", priority=number, cidr=str(network))
        for number, network in enumerate(networks, start=1)
    )
    total = sum(network.num_addresses for network in networks)
    distinct = sum(network.num_addresses for network in ipaddress.collapse_addresses(networks))
    assert bool(problems(regions=regions)) == (total != distinct)


def test_names_are_compared_as_dns_does_and_all_regions_run_by_default() -> None:
    region = {"name": "us-east-1", "priority": 1, "cidr": "10.10.0.0/16", "zones": None}
    spec = parse(
        {
            "stack": "hello",
            "environment": "dev",
            "state": "present",
            "account_id": "111111111111",
            "regions": [region],
            "only": None,
            "domain": "Dev.Example.com.",
            "parent_domain": "example.COM",
            "health_path": "/",
            "delegation_role_arn": None,
            "zone_count": 2,
            "nat_gateways": "none",
            "needed": {"app_port": 80, "app_image": "nginx"},
        }
    )
    assert check_inventory(spec) == []
    assert spec.run == spec.regions
