# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight says of a standby that could not carry what the first region runs, or may run."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.capacity import Most
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.vcpus import (
    SPOT_VCPUS,
    VCPUS,
    Vcpus,
    vcpus_of,
)
from ansible_collections.everlook.failover.plugins.module_utils._preflight.standby import (
    Running,
    Standby,
    Wanted,
    refused,
    warnings,
)

EAST, WEST = "us-east-1", "us-west-1"


def wanted(minimum: int, maximum: int = 0, **more: t.Any) -> Wanted:
    own = {"variable": "app_desired_count", "cpu": 1024, **more}
    return Wanted(minimum=minimum, maximum=max(minimum, maximum), **own)


def standby(one: Wanted, there: Running | None, serves: Running | None, **more: t.Any) -> Standby:
    return Standby(
        region=WEST,
        first=EAST,
        share=more.pop("share", 100),
        wanted={"web": one, **more.pop("others", {})},
        there={"web": there} if there else {},
        serves={"web": serves} if serves else {},
        **more,
    )


def said(found: Standby) -> tuple[list[str], list[str]]:
    return [str(problem) for problem in refused(found)], list(warnings(found))


SHORT = (
    "us-west-1 could take over, but not carry the load: it needs 4 and would run 2 without load (us-east-1 runs 4). "
    "Raise app_desired_count, or say in standby_capacity what is enough."
)
REFUSED = (
    "app_desired_count: 2 would take tasks from a standby: it needs 4 and would run 2 without load (us-east-1 runs 4). "
    "Raise it, or say in standby_capacity what is enough."
)


@pytest.mark.parametrize(
    ("one", "there", "refusals", "warned"),
    [
        (wanted(4), Running(desired=2), [], []),
        # The first region has grown.
        (wanted(2), Running(desired=2), [], [SHORT]),
        (wanted(2), None, [], [SHORT]),
        (wanted(3), Running(desired=2), [], [SHORT.replace("run 2", "run 3")]),
        # The run would take tasks away.
        (wanted(2), Running(desired=4), [REFUSED], []),
        (wanted(2), Running(desired=3), [REFUSED], []),
        (wanted(2, 10), Running(desired=2, limits=(4, 10)), [REFUSED], []),
        (wanted(2, 10), Running(desired=4, limits=(2, 10)), [], [SHORT]),
        # A schedule has.
        (wanted(2, 10, ranges=frozenset({(4, 10)})), Running(desired=4, limits=(4, 10)), [], [SHORT]),
        (wanted(2, decides=False), Running(desired=4), [], []),
    ],
)
def test_taking_tasks_away_is_refused_and_having_too_few_warned_of(
    one: Wanted, there: Running | None, refusals: list[str], warned: list[str]
) -> None:
    assert said(standby(one, there, Running(desired=4))) == (refusals, warned)


@pytest.mark.parametrize(("share", "most", "enough"), [(100, 0, False), (50, 0, True), (50, 6, False), (None, 9, True)])
def test_the_share_is_of_what_it_runs_or_ran_at_most(share: int | None, most: int, enough: bool) -> None:
    found = standby(wanted(2), Running(desired=2), Running(desired=4), share=share, most=Most(most))
    assert said(found)[0] == []
    assert (said(found)[1] == []) is enough


def test_of_a_first_region_without_services_nothing_is_said() -> None:
    assert said(standby(wanted(1), Running(desired=3), None, most=Most(9))) == ([], [])


def test_the_services_that_decide_count_together() -> None:
    found = standby(wanted(2), Running(desired=2), Running(desired=3), others={"api": wanted(2)})
    assert said(found) == ([], [])


def test_a_quota_that_its_own_maximum_would_hit_is_refused() -> None:
    found = standby(wanted(2, 10), Running(desired=2, limits=(2, 10)), Running(desired=2), allowed={VCPUS: 6})
    [message] = said(found)[0]
    assert message == (
        "quota 'Fargate On-Demand vCPU resource count' (L-3032A538) in us-west-1: allows 6 vCPUs, and the services "
        "there may run 10. Request an increase in Service Quotas (aws service-quotas request-service-quota-increase "
        "--service-code fargate --quota-code L-3032A538 --desired-value 10 --region us-west-1), or lower the maximum "
        "of app_scaling, or app_cpu."
    )
    assert said(found)[1] == []


@pytest.mark.parametrize(("share", "warned"), [(100, True), (50, False), (None, False)])
def test_a_quota_below_what_the_first_region_may_run_is_warned_of(share: int | None, warned: bool) -> None:
    serves = Running(desired=2, limits=(2, 8))
    found = standby(wanted(4), Running(desired=4), serves, allowed={VCPUS: 6}, share=share)
    refusals, warning = said(found)
    assert refusals == []
    assert bool(warning) is warned
    if warned:
        assert warning[0].startswith(
            "The quota 'Fargate On-Demand vCPU resource count' allows 6 vCPUs in us-west-1, and what us-east-1 may run "
            "takes 8. Request an increase in Service Quotas"
        )


def test_spot_has_a_quota_of_its_own() -> None:
    strategy = [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
    ]
    found = standby(wanted(10, strategy=strategy), None, None, allowed={VCPUS: 4, SPOT_VCPUS: 5})
    assert [text.partition(":")[0] for text in said(found)[0]] == [
        "quota 'Fargate Spot vCPU resource count' (L-36FBB829) in us-west-1"
    ]


@pytest.mark.parametrize(
    ("count", "strategy", "found"),
    [
        (4, [], Vcpus(2, 0)),
        (4, [{"capacityProvider": "FARGATE_SPOT", "weight": 1}], Vcpus(0, 2)),
        (
            1,
            [{"capacityProvider": "FARGATE", "base": 2}, {"capacityProvider": "FARGATE_SPOT", "weight": 1}],
            Vcpus(0.5),
        ),
        (0, [{"capacityProvider": "FARGATE_SPOT", "base": 1, "weight": 1}], Vcpus(0, 0)),
    ],
)
def test_vcpus_of_tasks(count: int, strategy: list[dict[str, t.Any]], found: Vcpus) -> None:
    assert vcpus_of(count, 512, strategy) == found
