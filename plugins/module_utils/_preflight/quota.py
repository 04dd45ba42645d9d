# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A quota of the account, compared with what a run would add. Its value is always read, since accounts differ."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._engine.context import Context
from .._engine.errors import AwsError
from .._engine.gather import gather
from .._failover_chain.limit_calls import read_quota
from .._failover_chain.vcpus import Quota, remedy
from .observe import or_error
from .problem import Problem

UNUSED: t.Final = "or remove what is not used."


@dataclasses.dataclass(frozen=True, kw_only=True)
class Demand:
    """What a run would add to what a quota counts.

    :param more: how many, in each place.
    :param what: what is counted, in the plural.
    :param used: reads from AWS: place (empty for the region) → how many are in use.
    :param other: another remedy; a sentence with the variable of the inventory.
    """

    quota: Quota
    more: float
    what: str
    used: t.Callable[[], t.Mapping[str, float]]
    other: str = ""


def check_demands(ctx: Context, region: str, demands: t.Sequence[Demand]) -> list[Problem]:
    """The quotas that would be exceeded. If some cannot be read, this only warns."""
    readers = {
        demand.quota.name: functools.partial(or_error, region, functools.partial(_check, ctx, region, demand))
        for demand in demands
    }
    found = gather(readers)
    unread = {name: answer for name, answer in found.items() if isinstance(answer, AwsError)}
    if unread:
        names, first = ", ".join(f"'{name}'" for name in unread), next(iter(unread.values()))
        ctx.warn(f"Quotas in {region} could not be read and may be hit ({names}): {first}")
    return [problem for name, answer in found.items() if name not in unread for problem in answer]


def refused(region: str, demand: Demand, used: t.Mapping[str, float], allowed: float) -> t.Iterator[Problem]:
    """A problem for each place where the quota is less than what is in use and needed. Pure."""
    quota, more = demand.quota, demand.more
    for place, count in sorted(used.items()):
        if count + more > allowed:
            what = f"{demand.what} in {place}" if place else demand.what
            yield Problem(
                f"quota '{quota.name}' ({quota.code}) in {region}",
                f"allows {allowed:g} {what}; {count:g} are in use and {more:g} more needed.",
                f"{remedy(region, quota, count + more)}, {UNUSED}{demand.other and ' '}{demand.other}",
            )


def _check(ctx: Context, region: str, demand: Demand) -> list[Problem]:
    allowed = read_quota(ctx, region, demand.quota)
    return list(refused(region, demand, demand.used(), allowed))
