# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._preflight.observe import Holdings
from ansible_collections.everlook.failover.plugins.module_utils._preflight.quotas import (
    NAT_GATEWAYS,
    VPCS,
    Needs,
    Quota,
    Usage,
    check_quotas,
    check_usage,
    needs,
)
from ansible_collections.everlook.failover.plugins.module_utils._preflight.rules import parse_network
from ansible_collections.everlook.failover.plugins.module_utils._vpc.spec import VpcSpec
from tests.unit.ecs_service.script import Script, context

from .test_checks import EAST, GOOD, with_options

NOTHING = Usage(vpcs=0, addresses=0, nat_gateways={})
ALL = Needs(vpcs=1, addresses=2, nat_gateways=2)


def network(**options: t.Any) -> VpcSpec:
    return parse_network(with_options(**{f"vpc__{option}": value for option, value in options.items()}), "us-east-1")


@pytest.mark.parametrize(
    ("options", "holdings", "wanted"),
    [
        ({}, Holdings(), ALL),
        ({"nat_gateways": "single"}, Holdings(), Needs(vpcs=1, addresses=1, nat_gateways=1)),
        ({"nat_gateways": "none"}, Holdings(), Needs(vpcs=1)),
        ({}, Holdings(vpcs=1, addresses=2, nat_gateways=2), Needs()),
        ({}, Holdings(vpcs=1, addresses=1), Needs(addresses=1, nat_gateways=2)),
        ({"nat_gateways": "none"}, Holdings(vpcs=1, addresses=2, nat_gateways=2), Needs()),
        (
            {"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]},
            Holdings(vpcs=1),
            Needs(addresses=3, nat_gateways=3),
        ),
    ],
)
def test_needs_are_what_is_not_there_yet(options: dict[str, t.Any], holdings: Holdings, wanted: Needs) -> None:
    assert needs(network(**options), holdings) == wanted
    assert bool(wanted) == (wanted != Needs())


def test_a_quota_whose_value_is_not_known_refuses_nothing_and_is_warned_of() -> None:
    """GetServiceQuota promises no member of its answer."""
    vpcs = {"Vpcs": [{"VpcId": f"vpc-{number}"} for number in range(VPCS.default)]}
    script = Script(describe_vpcs=vpcs, get_service_quota={"Quota": {"QuotaCode": VPCS.code}})
    warnings: list[str] = []
    ctx = dataclasses.replace(context(script), warn=warnings.append)
    spec = dataclasses.replace(GOOD, values=with_options(vpc__nat_gateways="none"))
    assert check_quotas(ctx, spec, EAST, Holdings()) == []
    assert [text.partition(":")[0] for text in warnings] == [
        "The quota 'VPCs per Region' could not be read and may be hit"
    ]


class Limits:
    """Answers with one number for every quota, and remembers what it was asked."""

    def __init__(self, answer: int | None) -> None:
        self.answer = answer
        self.asked: list[Quota] = []

    def __call__(self, quota: Quota) -> int | None:
        self.asked.append(quota)
        return self.answer


@pytest.mark.parametrize(
    ("usage", "name", "words"),
    [
        ({"vpcs": 5}, "VPCs per Region", "allows 5 VPCs; 5 are in use and 1 more needed"),
        ({"addresses": 4}, "EC2-VPC Elastic IPs", "vpc_nat_gateways"),
        ({"nat_gateways": {"us-east-1a": 5, "us-east-1b": 4}}, NAT_GATEWAYS.name, "NAT gateways in us-east-1a"),
    ],
)
def test_a_quota_that_would_be_hit_is_named(usage: dict[str, t.Any], name: str, words: str) -> None:
    limits = Limits(5)
    (problem,) = check_usage("us-east-1", ALL, dataclasses.replace(NOTHING, **usage), limits)
    assert name in problem.variable
    assert "us-east-1" in problem.variable
    assert words in str(problem)
    assert [quota.name for quota in limits.asked] == [name]


def test_a_raised_quota_is_enough() -> None:
    usage = Usage(vpcs=5, addresses=5, nat_gateways={"us-east-1a": 5})
    assert check_usage("us-east-1", ALL, usage, Limits(50)) == []
    assert len(check_usage("us-east-1", ALL, usage, Limits(5))) == 3


def test_a_quota_that_nobody_tells_refuses_nothing() -> None:
    assert check_usage("us-east-1", ALL, Usage(vpcs=5, addresses=5, nat_gateways={"us-east-1a": 5}), Limits(None)) == []


def test_below_the_default_nobody_is_asked() -> None:
    limits = Limits(0)
    usage = Usage(vpcs=4, addresses=3, nat_gateways={"us-east-1a": 4})
    assert check_usage("us-east-1", ALL, usage, limits) == []
    assert limits.asked == []


def test_what_is_not_needed_is_not_counted() -> None:
    usage = Usage(vpcs=9, addresses=9, nat_gateways={"us-east-1a": 9})
    assert check_usage("us-east-1", Needs(), usage, Limits(5)) == []
    (problem,) = check_usage("us-east-1", Needs(vpcs=1), usage, Limits(5))
    assert "VPCs" in str(problem)
