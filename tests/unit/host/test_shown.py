# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was printed for people is not in the result as well, which callbacks such as minimal print as JSON."""

from __future__ import annotations

import errno
import pathlib
import types
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils import files
from ansible_collections.everlook.failover.plugins.plugin_utils.jobs import deployment_report, registry, status_report
from ansible_collections.everlook.failover.plugins.plugin_utils.jobs.local import LocalJob
from ansible_collections.everlook.failover.plugins.plugin_utils.worker import host
from ansible_collections.everlook.failover.plugins.plugin_utils.worker.action import ActionModule
from tests.unit.status.looks import look, region

LINES = ["Drill failed: block_alb of us-east-1.", "  DNS never moved"]


@pytest.mark.parametrize("verdict", ["passed", "failed"])
@pytest.mark.parametrize("asked", [True, False])
def test_a_summary_is_printed_or_returned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verdict: str, asked: bool
) -> None:
    action = ActionModule.__new__(ActionModule)
    action._task = types.SimpleNamespace(
        action="everlook.failover.failover_switch", args={"show": asked}, module_defaults=[]
    )
    action._templar = None
    result = {"changed": True, "verdict": verdict, "summary": list(LINES)}
    monkeypatch.setattr(host, "run_action", lambda *_all: dict(result))
    monkeypatch.setattr(registry, "LOCKED", frozenset())
    found = action._run({})
    shown = capsys.readouterr().out.splitlines()
    assert ("summary" in found, shown) == ((False, LINES) if asked else (True, []))


def run(job: LocalJob, folder: pathlib.Path, asked: bool) -> dict[str, t.Any]:
    options = {name: spec.get("default") for name, spec in job.argument_spec.items()}
    own = {"stack": "hello", "environment": "dev", "account_id": "111111111111", "directory": str(folder)}
    return job.run({**options, **own, "regions": [], "show": asked}, False)


@pytest.mark.parametrize(("job", "key"), [(deployment_report.JOB, "summary"), (status_report.JOB, "lines")])
@pytest.mark.parametrize("asked", [True, False])
def test_a_report_is_printed_or_returned(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: pathlib.Path,
    job: LocalJob,
    key: str,
    asked: bool,
) -> None:
    monkeypatch.setattr(status_report, "_look", lambda *_all: look(region("us-east-1", 1)))
    monkeypatch.setattr(deployment_report, "compose", lambda *_all: _report())
    monkeypatch.setattr(status_report, "draw", lambda *_all: None)
    monkeypatch.setattr(deployment_report, "draw", lambda *_all: None)
    found = run(job, tmp_path, asked)
    assert (key in found, bool(capsys.readouterr().out)) == (not asked, asked), found


@pytest.mark.parametrize("job", [deployment_report.JOB, status_report.JOB])
def test_a_full_disk_hides_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, job: LocalJob
) -> None:
    def refuse(_path: pathlib.Path, _content: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(status_report, "_look", lambda *_all: look(region("us-east-1", 1)))
    monkeypatch.setattr(deployment_report, "compose", lambda *_all: _report())
    monkeypatch.setattr(files, "replace", refuse)
    try:
        told = str(run(job, tmp_path, asked=True)["msg"])
    except files.FileError as error:
        told = str(error)
    shown = capsys.readouterr().out
    assert shown.startswith(LINES[0]) or "us-east-1" in shown
    assert "No space left on device" in shown + told


def _report() -> t.Any:
    return types.SimpleNamespace(document={}, summary=LINES, plan=[], problems=[], failure="")
