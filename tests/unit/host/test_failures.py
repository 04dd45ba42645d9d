# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failure is said once: its reasons in lines, or in the document, and its message in the result alone."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible import constants
from ansible.errors import AnsibleAction
from ansible.plugins.action import ActionBase

from ansible_collections.everlook.failover.plugins.plugin_utils.terminal import failure
from ansible_collections.everlook.failover.plugins.plugin_utils.worker.action import ActionModule

FAILED = {"failed": True, "changed": False, "msg": "alb: subnet_ids: 'a' is not an id."}


@pytest.mark.parametrize(
    ("callback", "shown", "msg"),
    [
        ("default", "- one\n- two\n", "Refused. The reasons are above."),
        ("ansible.posix.json", "", "Refused.\n- one\n- two"),
    ],
)
def test_reasons_are_printed_in_lines_or_in_the_document(
    callback: str, shown: str, msg: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(constants.config, "get_config_value", lambda _name: callback)
    assert failure("Refused.", ["- one", "- two"])["msg"] == msg
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (shown, "")


def action(monkeypatch: pytest.MonkeyPatch, result: dict[str, t.Any], **task: t.Any) -> ActionModule:
    found = ActionModule.__new__(ActionModule)
    found._task = types.SimpleNamespace(**{"failed_when": [], "until": [], "retries": None, **task})
    monkeypatch.setattr(ActionBase, "run", lambda *_all: {})
    monkeypatch.setattr(found, "_run", lambda _variables: result)
    return found


def test_the_error_of_a_failed_result_does_not_repeat_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnsibleAction) as raised:
        action(monkeypatch, FAILED).run()
    assert (raised.value.message, raised.value.result) == ("The reason is in its result.", FAILED)


@pytest.mark.parametrize("task", [{"failed_when": ["false"]}, {"until": ["true"]}, {"retries": 2}])
def test_a_task_that_decides_on_failures_gets_its_result(
    monkeypatch: pytest.MonkeyPatch, task: dict[str, t.Any]
) -> None:
    assert action(monkeypatch, FAILED, **task).run() == FAILED


def test_the_traceback_of_a_module_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    crashed = {**FAILED, "exception": "Traceback"}
    assert action(monkeypatch, crashed).run() == crashed
