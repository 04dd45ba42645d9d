# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.vcpus import Quota
from ansible_collections.everlook.failover.plugins.module_utils._preflight.health_check_limit import (
    check_health_checks,
    needed,
)
from ansible_collections.everlook.failover.plugins.module_utils._preflight.observe import StackUsage
from ansible_collections.everlook.failover.plugins.module_utils._preflight.quota import (
    Demand,
    check_demands,
    refused,
)
from ansible_collections.everlook.failover.plugins.module_utils._preflight.quotas import (
    ADDRESSES,
    NAT_GATEWAYS,
    VPCS,
    Needs,
    needs,
    network_demands,
)
from ansible_collections.everlook.failover.plugins.module_utils._preflight.rules import parse_network
from ansible_collections.everlook.failover.plugins.module_utils._preflight.service_quotas import service_demands
from ansible_collections.everlook.failover.plugins.module_utils._vpc.spec import VpcSpec
from tests.unit.ecs_service.script import Script, context, error

from .test_checks import GOOD, with_options

ALL = Needs(vpcs=1, addresses=2, nat_gateways=2)


def network(**options: t.Any) -> VpcSpec:
    return parse_network(with_options(**{f"vpc__{option}": value for option, value in options.items()}), "us-east-1")


@pytest.mark.parametrize(
    ("options", "usage", "wanted"),
    [
        ({}, StackUsage(), ALL),
        ({"nat_gateways": "single"}, StackUsage(), Needs(vpcs=1, addresses=1, nat_gateways=1)),
        ({"nat_gateways": "none"}, StackUsage(), Needs(vpcs=1)),
        ({}, StackUsage(vpcs=1, addresses=2, nat_gateways=2), Needs()),
        ({}, StackUsage(vpcs=1, addresses=1), Needs(addresses=1, nat_gateways=2)),
        ({"nat_gateways": "none"}, StackUsage(vpcs=1, addresses=2, nat_gateways=2), Needs()),
        (
            {"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]},
            StackUsage(vpcs=1),
            Needs(addresses=3, nat_gateways=3),
        ),
    ],
)
def test_needs_are_what_is_not_there_yet(options: dict[str, t.Any], usage: StackUsage, wanted: Needs) -> None:
    assert needs(network(**options), usage) == wanted


def demand(quota: Quota, more: float, used: t.Mapping[str, float], other: str = "") -> Demand:
    return Demand(quota=quota, more=more, what="things", used=lambda: used, other=other)


def test_a_quota_that_would_be_hit_is_named_with_what_to_ask_for() -> None:
    (problem,) = refused("us-east-1", demand(ADDRESSES, 2, {"": 4}, "Or have fewer."), {"": 4}, 5)
    assert str(problem) == (
        "quota 'EC2-VPC Elastic IPs' (L-0263D0A3) in us-east-1: allows 5 things; 4 are in use and 2 more needed. "
        "Request an increase in Service Quotas (aws service-quotas request-service-quota-increase --service-code ec2 "
        "--quota-code L-0263D0A3 --desired-value 6 --region us-east-1), or remove what is not used. "
        "Or have fewer."
    )


def test_as_much_as_is_allowed_is_no_problem() -> None:
    assert list(refused("us-east-1", demand(VPCS, 1, {"": 4}), {"": 4}, 5)) == []


def test_a_quota_for_each_zone_names_the_zone() -> None:
    used = {"us-east-1a": 5.0, "us-east-1b": 4.0}
    (problem,) = refused("us-east-1", demand(NAT_GATEWAYS, 1, used), used, 5)
    assert "things in us-east-1a; 5 are in use" in str(problem)


def checked(answer: t.Any, used: float, *, quota: Quota = VPCS) -> tuple[list[str], list[str]]:
    """(problems, warnings) where GetServiceQuota gives this answer."""
    warnings: list[str] = []
    ctx = dataclasses.replace(context(Script(get_service_quota=answer)), warn=warnings.append)
    problems = check_demands(ctx, "us-east-1", [demand(quota, 1, {"": used})])
    return [str(problem) for problem in problems], warnings


def test_a_young_account_has_less_than_the_default() -> None:
    problems, warnings = checked({"Quota": {"Value": 1.0}}, 1)
    assert (len(problems), warnings) == (1, [])
    assert "allows 1 things; 1 are in use" in problems[0]


def test_where_an_account_has_no_value_of_its_own_the_default_counts() -> None:
    assert checked(error("NoSuchResourceException"), 4) == ([], [])
    problems, _warnings = checked(error("NoSuchResourceException"), 5)
    assert "allows 5 things" in problems[0]


@pytest.mark.parametrize("answer", [{"Quota": {"QuotaCode": "L-1"}}, error("AccessDeniedException", "no")])
def test_a_quota_whose_value_is_not_known_refuses_nothing_and_is_warned_of(answer: t.Any) -> None:
    """GetServiceQuota promises no member of its answer."""
    problems, warnings = checked(answer, 99)
    assert problems == []
    assert [text.partition(":")[0] for text in warnings] == [
        "Quotas in us-east-1 could not be read and may be hit ('VPCs per Region')"
    ]


def asked(usage: StackUsage, **options: t.Any) -> dict[str, float]:
    """Quotas that are asked for, and how much more."""
    spec = dataclasses.replace(GOOD, tags=("all",), values=with_options(**options))
    ctx = context(Script())
    demands = [
        *network_demands(ctx, parse_network(spec.values, "us-east-1"), usage),
        *service_demands(ctx, spec, "us-east-1", usage),
    ]
    return {demand.quota.name: demand.more for demand in demands}


NETWORK = StackUsage(vpcs=1, addresses=2, nat_gateways=2)


def test_a_new_region_needs_all() -> None:
    assert asked(StackUsage()) == {
        "VPCs per Region": 1,
        "EC2-VPC Elastic IPs": 2,
        "NAT gateways per Availability Zone": 1,
        "Application Load Balancers per Region": 1,
        "Target Groups per Region": 1,
        "Rules per Application Load Balancer": 1,
        "Fargate On-Demand vCPU resource count": 0.5,
    }


def test_a_region_that_has_all_is_asked_for_nothing() -> None:
    there = dataclasses.replace(NETWORK, components=frozenset({"entrance", "hello"}))
    assert asked(there) == {}


def test_a_new_service_needs_no_load_balancer() -> None:
    there = dataclasses.replace(NETWORK, components=frozenset({"entrance", "other"}))
    assert asked(there, ecs_service__cpu=1024, ecs_service__memory=2048, ecs_service__desired_count=3) == {
        "Target Groups per Region": 1,
        "Rules per Application Load Balancer": 1,
        "Fargate On-Demand vCPU resource count": 3,
    }


def test_tasks_on_spot_have_a_quota_of_their_own() -> None:
    there = dataclasses.replace(NETWORK, components=frozenset({"entrance", "other"}))
    found = asked(
        there,
        ecs_service__cpu=1024,
        ecs_service__memory=2048,
        ecs_service__desired_count=3,
        ecs_service__spot={"base": 1},
    )
    assert found["Fargate On-Demand vCPU resource count"] == 1
    assert found["Fargate Spot vCPU resource count"] == 2


def test_what_the_run_leaves_out_is_not_asked_for() -> None:
    spec = dataclasses.replace(GOOD, tags=("vpc",))
    assert list(service_demands(context(Script()), spec, "us-east-1", StackUsage())) == []
    assert check_health_checks(context(Script()), spec, StackUsage()) == []


def own(number: int) -> dict[str, t.Any]:
    return {"Id": str(number), "CallerReference": f"foreign-{number}", "HealthCheckConfig": {"Type": "HTTP"}}


def limited(count: int, limit: int) -> list[str]:
    listed = {"HealthChecks": [own(number) for number in range(count)]}
    script = Script(get_account_limit={"Limit": {"Value": limit}, "Count": count}, list_health_checks=listed)
    spec = dataclasses.replace(GOOD, tags=("all",))
    return [str(problem) for problem in check_health_checks(context(script), spec, StackUsage())]


def test_health_checks_grow_with_the_square_of_the_regions() -> None:
    assert [needed(regions) for regions in (2, 4, 14, 16)] == [6, 20, 210, 272]


def test_health_checks_are_counted_in_the_account() -> None:
    assert limited(194, 200) == []
    (message,) = limited(195, 200)
    assert message.startswith(
        "quota 'Health checks' of Route 53 (L-ACB674F3): allows 200 in the account; 195 are in use, and 2 regions need "
        "6 more. Request an increase in Service Quotas (aws service-quotas request-service-quota-increase "
        "--service-code "
        "route53 --quota-code L-ACB674F3 --desired-value 201 --region us-east-1)"
    )


def test_more_health_checks_than_a_day_allows_are_refused_whatever_the_quota_is() -> None:
    regions = tuple(dataclasses.replace(GOOD.regions[0], name=f"us-east-{number}") for number in range(32))
    script = Script(get_account_limit={"Limit": {"Value": 5000}, "Count": 0}, list_health_checks={"HealthChecks": []})
    spec = dataclasses.replace(GOOD, tags=("all",), regions=regions)
    (problem,) = check_health_checks(context(script), spec, StackUsage())
    assert "created 1000 a day at most, and 32 regions need 1056 more" in str(problem)


def test_a_limit_of_route53_that_may_not_be_read_is_a_warning() -> None:
    warnings: list[str] = []
    script = Script(get_account_limit=error("AccessDenied", "no", "GetAccountLimit"))
    ctx = dataclasses.replace(context(script), warn=warnings.append)
    assert check_health_checks(ctx, dataclasses.replace(GOOD, tags=("all",)), StackUsage()) == []
    assert "'Health checks' of Route 53 could not be read" in warnings[0]
