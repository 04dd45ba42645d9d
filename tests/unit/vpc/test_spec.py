# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options allow, and which network a subnet gets."""

from __future__ import annotations

import ipaddress
import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._vpc.options import OPTIONS
from ansible_collections.everlook.failover.plugins.module_utils._vpc.spec import (
    FlowLogs,
    NatMode,
    VpcSpec,
    is_zone,
    parse,
    subnet_networks,
)

PARAMS: t.Final[dict[str, t.Any]] = {
    "stack": "hello",
    "environment": "dev",
    "state": "present",
    "tags": {},
    "wait": True,
    "wait_timeout": 60,
    "cidr": "10.10.0.0/16",
    "zones": [],
    "zone_count": 2,
    "nat_gateways": "per_zone",
    "s3_endpoint": True,
    "interface_endpoints": [],
    "endpoint_policy": None,
    "flow_logs": "none",
    "flow_logs_retention_days": 30,
    "flow_logs_interval": 600,
    "permissions_boundary_arn": None,
}


def parsed(**params: t.Any) -> VpcSpec:
    return parse({**PARAMS, **params}, "us-east-1")


def refused(**params: t.Any) -> SpecError:
    with pytest.raises(SpecError) as caught:
        parsed(**params)
    return caught.value


def test_the_defaults() -> None:
    spec = parsed()
    assert (str(spec.cidr), spec.zone_count, spec.zones, spec.wait_timeout) == ("10.10.0.0/16", 2, (), 60.0)


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "10.0.0.0/23", "192.168.0.0/20"])
def test_networks_that_fit(cidr: str) -> None:
    assert str(parsed(cidr=cidr).cidr) == cidr


@pytest.mark.parametrize(
    ("cidr", "says"),
    [
        ("10.10.0.0/15", "too large"),
        ("10.10.0.0/24", "too small"),
        ("10.10.0.0/28", "too small"),
        ("10.10.0.1/16", "host bits"),
        ("fd00::/56", "not an IPv4 network"),
        ("ten", "not an IPv4 network"),
    ],
)
def test_networks_that_do_not(cidr: str, says: str) -> None:
    error = refused(cidr=cidr)
    assert error.option == "cidr"
    assert says in str(error)


@pytest.mark.parametrize("count", [-1, 0, 1, 9])
def test_zone_counts_that_cannot_be(count: int) -> None:
    assert refused(zone_count=count).option == "zone_count"


def test_a_zone_count_does_not_matter_when_zones_are_named() -> None:
    assert parsed(zone_count=1, zones=["us-east-1c", "us-east-1a", "us-east-1b"]).zone_count == 3


def test_named_zones_have_an_order_of_their_own() -> None:
    assert parsed(zones=["us-east-1c", "us-east-1a"]).zones == ("us-east-1a", "us-east-1c")


@pytest.mark.parametrize(
    ("zones", "says"),
    [
        (["us-east-1a"], "one zone"),
        (["us-east-1a", "us-east-1a"], "twice"),
        (["us-east-1a", "us-west-1b"], "us-west-1b"),
        (["us-east-1a", "us-east-1-bos-1a"], "us-east-1-bos-1a"),
        (["a", "b"], "'a'"),
        (["us-east-1a", "us-east-1z"], "us-east-1z"),
    ],
)
def test_zones_that_cannot_be(zones: list[str], says: str) -> None:
    error = refused(zones=zones)
    assert error.option == "zones"
    assert says in str(error)


def test_a_permissions_boundary_is_a_policy() -> None:
    arn = "arn:aws:iam::111111111111:policy/hello-dev-boundary"
    assert parsed(permissions_boundary_arn=arn).permissions_boundary_arn == arn
    assert refused(permissions_boundary_arn="hello-dev-boundary").option == "permissions_boundary_arn"


def test_destroying_needs_no_options() -> None:
    spec = parsed(state="absent", cidr=None, zone_count=0, zones=["nonsense"])
    assert spec.absent
    assert spec.cidr is None


def test_an_empty_name_is_no_zone() -> None:
    assert not is_zone("", "")


def test_the_documented_scheme() -> None:
    networks = {name: str(network) for name, network in subnet_networks(ipaddress.IPv4Network("10.10.0.0/16")).items()}
    assert networks["public-a"] == "10.10.0.0/20"
    assert networks["public-h"] == "10.10.112.0/20"
    assert networks["private-a"] == "10.10.128.0/20"
    assert networks["private-c"] == "10.10.160.0/20"
    assert networks["private-h"] == "10.10.240.0/20"


@given(st.integers(0, 2**32 - 1), st.integers(16, 23))
def test_subnets_fill_the_network_and_never_overlap(address: int, prefix: int) -> None:
    cidr = ipaddress.IPv4Network((address >> (32 - prefix) << (32 - prefix), prefix))
    networks = list(subnet_networks(cidr).values())
    assert len(networks) == 16
    assert list(ipaddress.collapse_addresses(networks)) == [cidr]
    assert sum(network.num_addresses for network in networks) == cidr.num_addresses


def test_every_mode_of_nat_is_an_option() -> None:
    assert OPTIONS["nat_gateways"]["choices"] == list(t.get_args(NatMode))


def test_every_kind_of_flow_logs_is_an_option() -> None:
    assert OPTIONS["flow_logs"]["choices"] == list(t.get_args(FlowLogs))


def test_a_vpc_that_is_too_small_to_divide_has_no_named_subnets() -> None:
    assert subnet_networks(ipaddress.IPv4Network("10.0.0.0/30")) == {}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["s3"], "s3 has a gateway endpoint"),
        (["dynamodb"], "dynamodb has no private DNS"),
        (["com.amazonaws.us-east-1.logs"], "Write what follows the region in it, such as ecr.api"),
        (["Logs"], "'Logs' is not the name of a service"),
        (["logs", "logs"], "names logs twice"),
        ([f"a{number}" for number in range(51)], "names 51 services.*A VPC takes 50"),
    ],
)
def test_interface_endpoints_that_cannot_be(names: list[str], message: str) -> None:
    with pytest.raises(SpecError, match=f"interface_endpoints: .*{message}"):
        parse({**PARAMS, "interface_endpoints": names}, "us-east-1")


STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "has no statements"),
        ('{"Statement": []}', "has no statements"),
        ('{"Statement": ["x"]}', "has no statements"),
        (json.dumps({"Statement": [STATEMENT, {**STATEMENT, "Sid": 1} | {"Effect": "Allow"}]}), ""),
        (
            json.dumps({"Statement": {key: value for key, value in STATEMENT.items() if key != "Principal"}}),
            "has no Principal in statement 1.*Add Principal or NotPrincipal",
        ),
        (json.dumps({"Statement": [{**STATEMENT, "Condition": 5}]}), "cannot be read as a policy"),
        (
            json.dumps({"Statement": [{**STATEMENT, "Resource": "x" * 20_480}]}),
            "has 2[0-9]+ characters.*AWS allows 20480",
        ),
    ],
)
def test_endpoint_policies(document: str, message: str) -> None:
    if not message:
        assert json.loads(parse({**PARAMS, "endpoint_policy": document}, "us-east-1").endpoint_policy)["Version"]
        return
    with pytest.raises(SpecError, match=f"endpoint_policy: {message}"):
        parse({**PARAMS, "endpoint_policy": document}, "us-east-1")
