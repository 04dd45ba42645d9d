# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of earlier runs may be anything: a run neither waits for them nor breaks."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.plugin_utils import reports
from ansible_collections.everlook.failover.plugins.plugin_utils.files import FileError
from ansible_collections.everlook.failover.plugins.plugin_utils.jobs import deployment_report, status_report
from ansible_collections.everlook.failover.plugins.plugin_utils.page.draw import draw
from tests.unit.page import states
from tests.unit.status.looks import EAST, WEST, endpoint, info, region

Run = t.Callable[[Path], dict[str, t.Any]]
DEEP = "[" * 100_000


def deploy(folder: Path) -> dict[str, t.Any]:
    """A run that had one of two regions, and of that some layers."""
    validator = ArgumentSpecValidator(deployment_report.JOB.argument_spec)
    params = validator.validate(
        {
            "directory": str(folder),
            "environment": "dev",
            "stack": "hello",
            "account_id": states.deployment()["account_id"],
            "regions": [{"name": EAST, "ecs_service": {"failed": True, "msg": "said so"}}, {"name": WEST}],
            "only": [EAST],
            "status": info(),
            "partial": True,
        }
    ).validated_parameters
    return deployment_report.run(params, check_mode=True)


def look(folder: Path) -> dict[str, t.Any]:
    """A look at a region that has failed, perhaps in a drill."""
    failing = endpoint("eu-west-1", "us-west-2", failed_at="2026-11-25T15:40:12+00:00")
    validator = ArgumentSpecValidator(status_report.JOB.argument_spec)
    params = validator.validate(
        {
            "directory": str(folder),
            "environment": "dev",
            "stack": "hello",
            "account_id": "111111111111",
            "regions": [{"name": EAST}, {"name": WEST}],
            "info": info(region(EAST, 1, healthy=False, reasons=["down"], endpoint=failing), region(WEST, 2)),
        }
    ).validated_parameters
    return status_report.run(params, check_mode=True)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


def large(path: Path) -> None:
    path.touch()
    os.truncate(path, reports._MOST_BYTES + 1)


def deep(path: Path) -> None:
    path.write_text(DEEP)


def nested(path: Path) -> None:
    """Less than json takes, and more than Python does."""
    path.write_text("[" * 900 + "]" * 900)


@pytest.mark.parametrize("make", [pipe, device, folder, large, deep, nested])
def test_what_is_no_report_is_said_at_once(tmp_path: Path, make: t.Callable[[Path], None]) -> None:
    make(tmp_path / "report.json")
    with pytest.raises(reports.UnreadableError):
        reports.read(tmp_path / "report.json")


@pytest.mark.parametrize("run", [deploy, look])
@pytest.mark.parametrize("make", [pipe, deep])
def test_no_run_waits_for_it(tmp_path: Path, run: Run, make: t.Callable[[Path], None]) -> None:
    (tmp_path / "dev" / "drill-journals").mkdir(parents=True)
    for name in ("deployment.json", "drill-journal.json", "drill-journals/20261125T154012Z-1.json"):
        make(tmp_path / "dev" / name)
    assert not run(tmp_path)["changed"]


WRONG: t.Final[list[t.Any]] = [
    {"regions": []},
    {"regions": {EAST: None}},
    {"regions": {EAST: {"vpc": True}}},
    {"regions": {EAST: {"vpc": {"zones": 1}}}},
    {"regions": {WEST: []}},
    {"regions": {EAST: {"ecs_service": {"component": []}}}},
    {"regions": {EAST: {"ecs_service worker": "x"}}},
]


@pytest.mark.parametrize("run", [deploy, look])
@pytest.mark.parametrize("wrong", WRONG, ids=json.dumps)
def test_what_has_other_types_is_left_out(tmp_path: Path, run: Run, wrong: dict[str, t.Any]) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "deployment.json").write_text(json.dumps({**states.deployment(), **wrong}))
    assert not run(tmp_path)["changed"]


@pytest.mark.parametrize("wrong", [{"armed_at": "x"}, {"healed": []}, {"healed": {"at": None}}], ids=json.dumps)
def test_a_drill_of_other_types_is_none(tmp_path: Path, wrong: dict[str, t.Any]) -> None:
    (tmp_path / "dev" / "drill-journals").mkdir(parents=True)
    drill = {"region": EAST, "armed_at": 1.0, "healed": {"at": 2.0}, **wrong}
    (tmp_path / "dev" / "drill-journals" / "1.json").write_text(json.dumps(drill))
    assert not look(tmp_path)["changed"]


def test_a_page_of_endless_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    drill = {**states.drill(states.Course()), "requests": {"total": float("inf")}}
    (tmp_path / "dev" / "drill.json").write_text(json.dumps(drill))
    with pytest.raises(FileError, match="Move it away"):
        draw(tmp_path / "dev", "hello", "dev", write=False)
