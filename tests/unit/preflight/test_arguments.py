# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._preflight.arguments import check_arguments

REGIONS = ["us-east-1", "us-west-1"]


def check(playbook: str, *typed: str, **given: t.Any) -> list[str]:
    return [str(problem) for problem in check_arguments(playbook, given, REGIONS, (*given, *typed))]


@pytest.mark.parametrize(
    ("playbook", "given"),
    [
        ("site", {"detailed_exitcode": "true"}),
        ("status", {"drift": False, "strict": None}),
        ("switch", {"to": "auto", "force": "yes", "switch_hold": "5"}),
        ("switch", {"to": "us-west-1"}),
        ("drill", {"fault": "stop_tasks", "region": "us-east-1"}),
        ("destroy", {"confirm": "dev", "confirm_serving": "us-east-1"}),
    ],
)
def test_what_can_be_used_is_no_mistake(playbook: str, given: dict[str, t.Any]) -> None:
    assert check(playbook, **given) == []


def test_all_mistakes_are_told_with_what_is_allowed() -> None:
    assert check("switch", "switch_hodl", to="us-wst-1", force="perhaps") == [
        'to: "us-wst-1" is not one of us-east-1, us-west-1, auto. Did you mean us-west-1?',
        'force: "perhaps" is neither true nor false. Write true or false.',
        "switch_hodl: is not a variable of any role or playbook. Did you mean switch_hold?",
    ]


def test_a_switch_needs_a_region() -> None:
    (line,) = check("switch", to=None)
    assert line.startswith("to: is not set. Say which region should serve: -e to=us-east-1 or -e to=us-west-1, or ")


@pytest.mark.parametrize(
    ("playbook", "told"),
    [("release", "image: is not set. Say which image"), ("promote", "from: is not set. Say which")],
)
def test_a_release_needs_what_it_releases(playbook: str, told: str) -> None:
    (line,) = check(playbook)
    assert line.startswith(told)


@pytest.mark.parametrize("own", ["version", "image_tag", "stage", "regions_file", "ticket", "dry", "token"])
@pytest.mark.parametrize("playbook", ["site", "status", "switch", "drill", "destroy"])
def test_variables_of_other_peoples_own_are_theirs(playbook: str, own: str) -> None:
    assert check(playbook, own, **({"to": "auto"} if playbook == "switch" else {})) == []


def test_where_preflight_looks_at_variables_they_are_told_once() -> None:
    assert check("drill", "drill_hodl") == []
    assert check("site", "app_prot") == []


@pytest.mark.parametrize(
    ("playbook", "given", "told"),
    [
        ("site", {"break_lease": "maybe"}, "break_lease: 'maybe' is not the id of a run. Write the one"),
        ("release", {"image": "Shop:2"}, "image: 'Shop:2' is not an image. Write repository/image:tag"),
        ("release", {"image": "{regoin}/shop:2"}, "image: '{regoin}/shop:2' is not an image."),
        ("promote", {"from": "../dev"}, "from: '../dev' is not the name of an environment. Use up to 32"),
        ("switch", {"to": "auto", "switch_interval": 0}, "switch_interval: 0 is out of range. Use 1 to 60."),
    ],
)
def test_what_a_playbook_would_find_out_later_is_told(playbook: str, given: dict[str, t.Any], told: str) -> None:
    (line,) = check(playbook, **given)
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("playbook", "given", "typed", "meant"),
    [
        ("release", {"image": "shop:2"}, "continue", "release_continue"),
        ("switch", {"to": "auto"}, "timeout", "switch_timeout"),
        ("drill", {}, "hold", "drill_hold"),
    ],
)
def test_an_argument_may_have_lost_its_prefix(playbook: str, given: dict[str, t.Any], typed: str, meant: str) -> None:
    assert check(playbook, typed, **given) == [f"{typed}: is not an argument of {playbook}.yml. Did you mean {meant}?"]


@pytest.mark.parametrize(
    ("playbook", "typed", "remedy"),
    [
        ("rollback", "image", "release.yml takes it."),
        ("rollback", "to", "switch.yml takes it."),
        ("site", "image", "release.yml takes it."),
        ("site", "service", "release.yml, rollback.yml, promote.yml take it."),
        ("status", "region", "drill.yml takes it."),
        ("destroy", "region", "For one region alone write --limit us-west-1."),
        ("destroy", "limit", "For one region alone write --limit us-west-1."),
        ("site", "check", "Write --check."),
    ],
)
def test_what_another_playbook_takes_is_not_ignored(playbook: str, typed: str, remedy: str) -> None:
    (line,) = check(playbook, typed)
    told = f"{typed}: is not an argument of {playbook}.yml, and nothing reads it. {remedy} "
    assert line == f"{told}A variable of your own needs another name."
    # Where the inventory reads it, it is one of the inventory's own.
    assert check_arguments(playbook, {}, REGIONS, [typed], {typed}) == []


def test_an_id_that_a_refusal_names_is_one() -> None:
    assert check("site", break_lease="3f9a01c2") == []
    assert check("release", image="{region}/shop:2", break_lease=12345678) == []
