# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the account's quota allows the health checks of all regions: their number is quadratic in the regions."""

from __future__ import annotations

import typing as t

from .._aws.owner import DNS, ENTRANCE, Owner
from .._engine.aws_errors import translate
from .._engine.context import Context
from .._engine.errors import AwsError
from .._failover_chain.health_checks import own_checks
from .._failover_chain.vcpus import Quota, remedy
from .._route53_failover.layer import LAYER as ROUTE53_FAILOVER
from .observe import StackUsage
from .problem import Problem
from .quota import UNUSED
from .spec import PreflightSpec

HEALTH_CHECKS: t.Final = Quota("route53", "L-ACB674F3", "Health checks", 200)
# Where Route 53's quotas are.
_HOME: t.Final = "us-east-1"
# Developer Guide, "Quotas": CreateHealthCheck requests in 24 hours. No API returns their number.
_MOST_A_DAY: t.Final = 1000


def needed(regions: int) -> int:
    """The number of health checks: each region has an endpoint check, a CALCULATED one, and a switch in each other."""
    return regions * (regions + 1)


def check_health_checks(ctx: Context, spec: PreflightSpec, usage: StackUsage) -> list[Problem]:
    """What the account lacks for a region that joins. If the limit cannot be read, this only warns."""
    joins = ENTRANCE not in usage.components and spec.selects(ROUTE53_FAILOVER.name)
    if not joins or not spec.values.get(ROUTE53_FAILOVER.name):
        return []
    wanted = needed(len(spec.regions))
    try:
        with translate(ctx.region):
            return list(_check(ctx, spec, wanted))
    except AwsError as error:
        ctx.warn(f"The quota '{HEALTH_CHECKS.name}' of Route 53 could not be read and may be hit: {error}")
        return []


def _check(ctx: Context, spec: PreflightSpec, wanted: int) -> t.Iterator[Problem]:
    route53 = ctx.client("route53")
    answer = route53.get_account_limit(Type="MAX_HEALTH_CHECKS_BY_OWNER")
    allowed, count = int(answer["Limit"]["Value"]), int(answer["Count"])
    if count + wanted <= min(allowed, _MOST_A_DAY):
        return
    owner = Owner(stack=spec.stack, environment=spec.environment, component=DNS)
    pages = route53.get_paginator("list_health_checks").paginate()
    own = len(own_checks(owner, [item for page in pages for item in page["HealthChecks"]]))
    more = max(0, wanted - own)
    if count + more > allowed:
        yield _problem(
            f"allows {allowed} in the account; {count} are in use, and {len(spec.regions)} regions need {more} more.",
            f"{remedy(_HOME, HEALTH_CHECKS, count + more)}, {UNUSED} Or take regions out of the inventory.",
        )
    if more > _MOST_A_DAY:
        yield _problem(
            f"are created {_MOST_A_DAY} a day at most, and {len(spec.regions)} regions need {more} more.",
            "Add regions to the inventory on several days.",
        )


def _problem(what: str, how: str) -> Problem:
    return Problem(f"quota '{HEALTH_CHECKS.name}' of Route 53 ({HEALTH_CHECKS.code})", what, how, shared=True)
