# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several modules in one task: which of them run, and what comes of them together."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.action import batch as action
from ansible_collections.everlook.failover.plugins.plugin_utils.batch import (
    chosen,
    combined,
    has_touched,
    is_done,
    with_second_pass,
)
from ansible_collections.everlook.failover.plugins.plugin_utils.options.batch import OPTIONS

REGION = ["vpc", "alb", "vpc", "ecs_service"]


@pytest.mark.parametrize(
    ("run_tags", "skip_tags", "expected"),
    [
        (["all"], [], REGION),
        (["tagged"], [], REGION),
        (["ecs_service"], [], REGION),
        (["alb"], [], ["vpc", "alb", "vpc"]),
        (["vpc"], [], ["vpc", "vpc"]),
        (["alb", "all"], [], REGION),
        (["always"], [], REGION),
        (["all"], ["vpc"], ["alb", "ecs_service"]),
        (["alb"], ["alb"], ["vpc", "vpc"]),
    ],
)
def test_which_modules_the_tags_ask_for(run_tags: list[str], skip_tags: list[str], expected: list[str]) -> None:
    assert chosen(REGION, run_tags, skip_tags) == expected


def test_a_second_pass_is_for_what_is_pending() -> None:
    assert is_done({"changed": True, "pending": []})
    assert is_done({"changed": False})
    assert not is_done({"pending": ["route/private-a"]})


def test_what_was_read_before_a_change_is_out_of_date() -> None:
    assert has_touched({"changed": True}, check_mode=False)
    assert has_touched({"changed": False, "pending": ["route/private-a"]}, check_mode=False)
    assert not has_touched({"changed": False}, check_mode=False)
    assert not has_touched({"changed": True}, check_mode=True)


FIRST: dict[str, t.Any] = {
    "changed": True,
    "changes": [{"name": "nat-a"}],
    "timeline": [{"step": "nat-a"}],
    "diff": {"before": {}, "after": {"nat-a": {}}},
    "pending": ["route-a"],
    "vpc_id": "vpc-1",
}
SECOND: dict[str, t.Any] = {
    "changed": False,
    "changes": [],
    "timeline": [{"step": "route-a"}],
    "diff": {"before": {"route-a": {}}, "after": {}},
    "pending": [],
    "vpc_id": "vpc-1",
    "nat_public_ips": ["192.0.2.1"],
}


def test_two_passes_are_one_result() -> None:
    assert with_second_pass(FIRST, SECOND) == {
        "changed": True,
        "changes": [{"name": "nat-a"}],
        "timeline": [{"step": "nat-a"}, {"step": "route-a"}],
        "diff": {"before": {"route-a": {}}, "after": {"nat-a": {}}},
        "warnings": [],
        "pending": [],
        "vpc_id": "vpc-1",
        "nat_public_ips": ["192.0.2.1"],
    }


def test_a_second_pass_that_failed_keeps_what_the_first_one_did() -> None:
    failed = {"failed": True, "msg": "vpc: no", "changed": False}
    found = with_second_pass(FIRST, failed)
    assert (found["failed"], found["changed"], found["changes"]) == (True, True, FIRST["changes"])


def test_all_results_together() -> None:
    found = combined({"vpc": FIRST, "alb": {**SECOND, "diff": {"before": {}, "after": {}}}})
    assert found["changed"]
    assert found["diff"] == [{"before_header": "vpc", "after_header": "vpc", **FIRST["diff"]}]
    assert found["results"]["vpc"] == {key: value for key, value in FIRST.items() if key != "diff"}
    assert list(found["results"]) == ["vpc", "alb"]
    assert "failed" not in found
    assert combined({}) == {"changed": False, "diff": [], "results": {}}


def test_warnings_are_those_of_the_task_and_options_are_not_repeated() -> None:
    """In a module of its own a warning is a part of its result, and Ansible shows those of the task."""
    said = {"warnings": ["old"], "failed": False, "invocation": {"module_args": {"secret": "x"}}, "changed": False}
    found = combined({"vpc": said, "alb": {"warnings": ["new"], "deprecations": [{"msg": "soon"}]}})
    assert (found["warnings"], found["deprecations"]) == (["old", "new"], [{"msg": "soon"}])
    assert found["results"] == {"vpc": {"changed": False}, "alb": {}}


def test_the_one_that_failed_says_why() -> None:
    failed = {"failed": True, "msg": "alb: no", "changed": False, "not_done": ["listener/http"], "exception": "..."}
    found = combined({"vpc": FIRST, "alb": failed})
    assert (found["failed"], found["msg"], found["not_done"]) == (True, "alb: no", ["listener/http"])
    assert found["changed"]  # by the one before it
    assert found["results"]["alb"] == {
        "failed": True,
        "msg": "alb: no",
        "changed": False,
        "not_done": ["listener/http"],
    }


def test_it_offers_what_it_can_run() -> None:
    assert set(OPTIONS["modules"]["choices"]) == {*action._JOBS, *action._ON_THE_CONTROLLER}
