# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the target is ready, said by name; what could not be read is a warning and stops nothing."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.targets import Targets
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.tasks import Tasks, tasks_of
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch import readiness
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.readiness import Finding
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.snapshot import Route53, Seat, Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.spec import parse

from .world import EAST, GONE, THIRD, THREE, TWO, WEST, observed, params, route53, seats, spec, targets


def named(there: Snapshot, **more: t.Any) -> dict[str, str]:
    return {finding.name: finding.text for finding in readiness.findings(spec(**more), there)}


def test_a_target_that_is_well_has_no_findings() -> None:
    assert readiness.findings(spec(), observed()) == ()
    assert readiness.warnings(spec(), observed()) == ()
    assert readiness.findings(spec("auto"), observed(targets=None, tasks=None)) == ()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"route53": route53((EAST,))}, {"not_in_dns", "switch"}),
        ({"route53": route53(sick=[WEST])}, {"endpoint"}),
        ({"targets": targets(0)}, {"targets"}),
        ({"targets": targets(1, 2)}, {"targets"}),
        ({"targets": targets(0), "tasks": Tasks()}, {"targets"}),  # one at the very least
        ({"targets": targets(1), "tasks": Tasks(problem=GONE)}, set()),
        ({"tasks": Tasks(desired=2, running=1)}, {"tasks"}),
        ({"tasks": Tasks(desired=2, running=2, rollout="a deployment is in progress")}, {"rollout"}),
        ({"seats": seats(us_west_1=Seat())}, {"alarm"}),
        ({"route53": Route53(chain=TWO)}, {"switch"}),
        ({"route53": route53(held=[(EAST, WEST)])}, set()),  # east answers: it will be released
        (
            {"route53": route53(held=[(EAST, WEST)]), "seats": seats(us_east_1=Seat(problem=GONE))},
            {"evicted"},
        ),
    ],
)
def test_every_reason_has_its_name(changed: dict[str, t.Any], expected: set[str]) -> None:
    assert set(named(observed(**changed))) == expected


def test_the_reasons_are_sentences_with_numbers() -> None:
    found = named(observed(targets=targets(1, 2), tasks=Tasks(desired=3, running=2)))
    assert found["targets"] == "1 targets are healthy in us-west-1, and 3 are needed"
    assert found["tasks"] == "2 of 3 tasks run in us-west-1"


def test_each_service_that_decides_needs_a_healthy_target() -> None:
    """However many the others have."""
    groups = {**targets(4).groups, "hello-dev-api": targets(0, 2).states}
    found = named(observed(targets=Targets(groups=groups), tasks=Tasks(desired=4, running=4)))
    assert found["targets"] == (
        "not every service can serve in us-west-1: no healthy target in target group hello-dev-api: unhealthy"
    )


def test_each_region_ahead_needs_its_switch() -> None:
    there = observed(THREE, seats=seats(THREE, us_west_2=Seat(alarms=frozenset({EAST}))))
    assert readiness.findings(spec(THIRD, THREE), there) == (
        Finding("alarm", "us-west-2 has no alarm that evicts us-west-1; run site.yml first"),
    )
    assert readiness.findings(spec(EAST, THREE), observed(THREE, seats=seats(THREE, us_east_1=Seat()))) == ()


def test_what_cannot_be_read_is_a_warning() -> None:
    there = observed(
        route53=Route53(problem=GONE),
        seats=seats(us_east_1=Seat(problem=GONE), us_west_1=Seat(problem=GONE)),
        targets=Targets(problem=GONE),
        tasks=Tasks(problem=GONE),
    )
    assert readiness.findings(spec(), there) == ()
    warned = readiness.warnings(spec(), there)
    assert len(warned) == 6
    assert all(GONE in text for text in warned)


@pytest.mark.parametrize(
    ("seat", "told"),
    [
        (Seat(alarms=frozenset({EAST})), "is missing; run site.yml"),
        (Seat(alarms=frozenset({EAST}), schedule_problem=GONE), f"cannot be read: {GONE}"),
        (Seat(alarms=frozenset({EAST}), schedule_problem=f"{GONE}."), f"cannot be read: {GONE}"),
    ],
)
def test_a_switch_that_nothing_holds_is_made_with_a_warning(seat: Seat, told: str) -> None:
    there = observed(seats=seats(us_west_1=seat))
    assert readiness.findings(spec(), there) == ()
    (warned,) = readiness.warnings(spec(), there)
    assert warned.startswith(f"us-west-1: the schedule that holds its switches {told}. AWS promises that")
    assert warned.endswith("the switch of us-east-1 stays for a few hours only")


def test_a_switch_that_may_be_set_again_is_a_warning() -> None:
    there = observed(seats=seats(us_west_1=Seat(schedule_problem=GONE)))
    (warned,) = readiness.warnings(spec("auto"), there)
    assert "If it holds the switch of us-east-1, it sets it again within a minute" in warned


@pytest.mark.parametrize(
    ("seat", "expected"),
    [
        (
            Seat(problem=GONE),
            {"evicted": f"{EAST} is evicted by the switch in {WEST}, which cannot be released: {GONE}"},
        ),
        # The message goes on behind it.
        (
            Seat(problem=f"{GONE}."),
            {"evicted": f"{EAST} is evicted by the switch in {WEST}, which cannot be released: {GONE}"},
        ),
        (
            Seat(schedule_problem=f"{GONE}."),
            {
                "held": f"{EAST} is evicted by the switch in {WEST}, and the schedule that may set it again every "
                f"minute cannot be read: {GONE}"
            },
        ),
        (Seat(), {}),
    ],
)
def test_health_cannot_decide_while_something_keeps_a_region_evicted(seat: Seat, expected: dict[str, str]) -> None:
    there = observed(route53=route53(held=[(WEST, EAST)]), seats=seats(us_west_1=seat), targets=None, tasks=None)
    assert named(there, to="auto") == expected
    assert named(observed(seats=seats(us_west_1=seat), targets=None, tasks=None), to="auto") == {}


def test_a_region_that_cannot_be_released_without_route_53_is_told_by_its_data() -> None:
    east = Seat(last={WEST: 1.0}, problem=GONE)
    assert set(named(observed(route53=Route53(problem=GONE), seats=seats(us_east_1=east)))) == {"evicted"}


@pytest.mark.parametrize(
    ("changed", "option"),
    [
        ({"to": "eu-west-1"}, "to"),
        ({"parent_zone": "example.org"}, "parent_zone"),
        ({"record_name": "www.example.com"}, "record_name"),
        ({"interval": 0}, "interval"),
        ({"interval": 61}, "interval"),
        ({"hold": -1}, "hold"),
        ({"timeout": 0}, "timeout"),
        ({"regions": []}, "regions"),
        ({"stack": "not a name"}, "stack"),
    ],
)
def test_a_wish_that_cannot_be(changed: dict[str, t.Any], option: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse({**params(), **changed})
    assert caught.value.option == option


def test_the_wish() -> None:
    wish = parse(params(regions=(WEST, EAST), record_name="www.Dev.example.com", account_id=""))
    assert (wish.record, wish.start, wish.regions, wish.target) == (
        "www.dev.example.com",
        "example.com",
        (WEST, EAST),
        WEST,
    )
    assert wish.account_id is None
    assert parse(params(parent_zone=None)).start == "dev.example.com"
    assert parse(params("auto")).target is None


SERVICE = {"desiredCount": 2, "runningCount": 1, "pendingCount": 1}


@pytest.mark.parametrize(
    ("deployments", "rollout"),
    [
        ([], ""),
        ([{"status": "PRIMARY"}], ""),
        ([{"rolloutState": "COMPLETED"}], ""),
        ([{"rolloutState": "IN_PROGRESS"}], "a deployment is in progress"),
        ([{"rolloutState": "COMPLETED"}, {"rolloutState": "COMPLETED"}], "a deployment is in progress"),
        ([{"rolloutState": "COMPLETED"}, {"rolloutState": "FAILED"}], "its last deployment failed"),
    ],
)
def test_a_service_is_settled_when_its_only_deployment_is_complete(
    deployments: list[dict[str, str]], rollout: str
) -> None:
    tasks = tasks_of({**SERVICE, "deployments": deployments}, [])
    counts = {"desired": 2, "running": 1, "pending": 1}
    assert tasks.describe() == {
        **counts,
        "minimum": None,
        "maximum": None,
        "fargate": [],
        "most": 0,
        "most_source": "",
        "rollout": rollout,
        "missing": "",
        "problem": "",
    }
    assert tasks.image is None


def test_images_are_digests_where_there_are_some() -> None:
    running = [
        {"containers": [{"image": "hello:1", "imageDigest": "sha256:b"}, {"image": "side:1"}]},
        {"containers": [{"image": "hello:1", "imageDigest": "sha256:a"}, {}]},
        {},
    ]
    assert tasks_of(SERVICE, running).images == ("sha256:a", "sha256:b", "side:1", "unknown")
    assert tasks_of(SERVICE, running[:1]).image == "sha256:b, side:1"
