# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options, and what speaks against a drill."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.capacity import Most
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import readiness, spec
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.fault import TAG
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.options import OPTIONS

from .worlds import observed, service

EAST, WEST, IRELAND = "us-east-1", "us-west-1", "eu-west-1"


def region(name: str, place: int | None, **changes: t.Any) -> dict[str, t.Any]:
    targets = {"healthy": 2, "total": 2, "states": {}, "problem": ""}
    return {"name": name, "place": place, "healthy": True, "reasons": [], "targets": targets, **changes}


STATUS: dict[str, t.Any] = {
    "record": "dev.example.com",
    "zone": "dev.example.com",
    "serving": EAST,
    "answers": True,
    "regions": [region(EAST, 1), region(WEST, 2), region(IRELAND, None)],
}


def status(**changes: t.Any) -> dict[str, t.Any]:
    return copy.deepcopy({**STATUS, **changes})


def findings(
    found: t.Mapping[str, t.Any], minimum: int | None = None, share: int | None = 100, **changes: t.Any
) -> list[str]:
    broken = readiness.choose_region(found, None) or ""
    standby = readiness.choose_standby(found, broken)
    demand = readiness.Demand(minimum=minimum, share=share)
    return readiness.findings(found, broken, standby, observed(**changes), demand)


def test_a_healthy_stack_is_ready() -> None:
    assert findings(status()) == []


def test_the_one_that_serves_is_broken_and_the_next_healthy_one_takes_over() -> None:
    ill = region(WEST, 2, healthy=False, reasons=["no healthy target"])
    found = status(regions=[region(EAST, 1), ill, region(IRELAND, 3)])
    assert readiness.choose_region(found, None) == EAST
    assert readiness.choose_region(found, WEST) == WEST
    assert readiness.choose_standby(found, EAST) == IRELAND
    assert readiness.choose_standby(status(regions=[region(EAST, 1), ill]), EAST) == WEST
    assert readiness.choose_standby(status(regions=[region(EAST, 1)]), EAST) is None


def test_a_fault_that_route_53_does_not_notice_is_no_drill() -> None:
    assert readiness.evaluates_targets(region(EAST, 1))
    assert not readiness.evaluates_targets(region(EAST, 1, evaluates_target_health=False))
    said = readiness.unnoticed("unhealthy_app", EAST)
    assert "nothing would move with unhealthy_app. Use block_alb or stop_tasks" in said


TARGETS = {"healthy": 1, "total": 2, "states": {}, "problem": ""}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"serving": WEST, "regions": [region(WEST, 1)]}, "no other region is in DNS"),
        ({"regions": [region(EAST, 1), region(WEST, 2, targets=TARGETS)]}, "it has 1 healthy targets and needs 2"),
        (
            {"regions": [region(EAST, 1), region(WEST, 2, targets={**TARGETS, "problem": "no access"})]},
            "us-west-1: no access",
        ),
        (
            {"regions": [region(EAST, 1), region(WEST, 2, healthy=False, reasons=["evicted by the switch"])]},
            "could not take over: evicted by the switch",
        ),
        (
            {"regions": [region(EAST, 1, reasons=["no healthy target"]), region(WEST, 2)]},
            "us-east-1: no healthy target",
        ),
        ({"answers": False}, "dev.example.com has no answer"),
    ],
)
def test_what_speaks_against_it(change: dict[str, t.Any], said: str) -> None:
    assert said in "; ".join(findings(status(**change)))


def test_a_region_that_does_not_serve_would_move_nothing() -> None:
    assert (
        "does not serve, us-east-1 does" in readiness.findings(status(), WEST, EAST, observed(), readiness.Demand())[0]
    )


def test_fewer_targets_are_enough_if_someone_says_so() -> None:
    few = status(regions=[region(EAST, 1), region(WEST, 2, targets=TARGETS)])
    assert findings(few)
    assert findings(few, minimum=1) == []


def test_a_rollout_under_way_and_the_mark_of_another_drill_are_named() -> None:
    rolling = {"hello": service(rollout="IN_PROGRESS")}
    assert "a rollout of the service hello in us-east-1 is in progress" in findings(status(), services=rolling)[0]
    # Users would be sent to a release that is not proven, as with switch.yml.
    (there,) = findings(status(), standby_services=rolling)
    assert there == "a rollout of the service hello in us-west-1 is in progress (IN_PROGRESS)"
    marked = {"hello": service(tags={TAG: "20261125T1-1 stop_tasks before=2"})}
    assert "the tag of another drill: 20261125T1-1 stop_tasks" in findings(status(), services=marked)[0]


def test_the_standby_needs_as_many_targets_as_all_services_that_decide_have_tasks() -> None:
    both = {"hello": service(), "api": service("hello-dev-api", desired_count=3)}
    assert "it has 2 healthy targets and needs 5" in findings(status(), services=both)[0]


def test_the_standby_needs_what_the_region_ran_at_most_lately() -> None:
    [found] = findings(status(), most=Most(6))
    assert "it has 2 healthy targets and needs 6" in found
    assert "us-east-1 runs 2, and ran 6 at most in the last 24 hours" in found
    assert findings(status(), most=Most(2)) == []


@pytest.mark.parametrize(("share", "needs"), [(50, 3), (30, 0), (None, 0)])
def test_a_share_of_it_may_be_enough(share: int | None, needs: int) -> None:
    found = "; ".join(findings(status(), share=share, most=Most(6)))
    assert (f"needs {needs} (50 % of it: us-east-1 runs 2" in found) == bool(needs)
    assert bool(found) == bool(needs)


@pytest.mark.parametrize(("given", "share"), [("full", 100), ("minimum", None), ("50%", 50), ("1", 1), ("100%", 100)])
def test_what_the_inventory_may_say_is_enough(given: str, share: int | None) -> None:
    assert parse(status=STATUS, standby_capacity=given).share == share


@pytest.mark.parametrize("given", ["", "half", "0%", "101%", "-1", "5.5"])
def test_what_it_may_not(given: str) -> None:
    with pytest.raises(SpecError, match="such as 50%"):
        parse(status=STATUS, standby_capacity=given)


def parse(**options: t.Any) -> spec.Spec:
    given = {"stack": "hello", "environment": "dev", "services": ["hello"], "account_id": "111111111111", **options}
    validated = ArgumentSpecValidator(OPTIONS).validate(given)
    assert not validated.error_messages, validated.error_messages
    return spec.parse(validated.validated_parameters)


def test_defaults() -> None:
    found = parse(status=STATUS)
    assert (found.fault, found.allowed, found.region, found.minimum) == ("block_alb", False, None, None)
    assert found.parent_zone == "dev.example.com"
    assert (found.timing.interval, found.timing.threshold) == (10, 3)
    assert parse(status=STATUS, parent_zone="example.com").parent_zone == "example.com"


def test_commands_are_split_as_a_shell_does() -> None:
    found = parse(fault="external", break_command="cut 'a b'", heal_command="mend").commands
    assert (found.breaks, found.heals) == (("cut", "a b"), ("mend",))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": "health"}, "path: 'health' is not a path"),
        ({"path": "/a b"}, "no blanks"),
        ({"probes_per_second": 0.5}, "is not from 1 to 20"),
        ({"minimum_standby": 0}, "minimum_standby: 0 is less than 1"),
        ({"interval": 0}, "interval: 0 is less than 1"),
        ({"hold": -1}, "hold: -1 is less than 0"),
        ({"give_up": 0}, "give_up: 0 is less than 1"),
        ({"fault": "external", "break_command": "it's"}, "cannot be read"),
        ({"break_command": "cut", "heal_command": "mend"}, "is only for the fault external"),
        ({"stack": "a b"}, "stack: 'a b'"),
        ({"services": ["dns"]}, "services: 'dns'"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, t.Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        parse(**options)
