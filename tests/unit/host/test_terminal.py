# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text for people with every callback: where standard output is a document, it stays one."""

from __future__ import annotations

import pytest
from ansible import constants

from ansible_collections.everlook.failover.plugins.plugin_utils.terminal import show


@pytest.mark.parametrize(
    ("callback", "where"),
    [("default", "out"), ("minimal", "out"), ("awx_display", "out"), ("json", "err"), ("ansible.posix.json", "err")],
)
def test_it_prints_lines_where_they_disturb_nothing(
    callback: str, where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(constants.config, "get_config_value", lambda _name: callback)
    show(["one", "  two"])
    show([])
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (("one\n  two\n", "") if where == "out" else ("", "one\n  two\n"))
