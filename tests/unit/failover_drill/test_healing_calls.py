# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""While calls that heal are throttled a region stays broken, and whoever runs the drill sees why nothing happens."""

from __future__ import annotations

import threading
import types
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine import waiting
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import new_context
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import healing_calls


def test_a_call_that_heals_and_takes_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    heard = threading.Event()

    def progress(text: str) -> None:
        told.append(text)
        heard.set()

    class Throttled:
        region = "us-east-1"

        def __init__(self, _params: object, *, stop: threading.Event, check_mode: bool) -> None:
            assert (stop.is_set(), check_mode) == (False, False)

        def unanswered(self, _seconds: float) -> list[str]:
            return ["UpdateService in us-east-1 (7 s)"]

        def get(self, _service: str, *, region: str) -> t.Any:
            return types.SimpleNamespace(update_service=lambda: {"told": heard.wait(20), "region": region})

    ctx = new_context({}, check_mode=False, warn=told.append, progress=progress, is_abandoned=lambda: True)
    monkeypatch.setattr(healing_calls, "Clients", Throttled)
    monkeypatch.setattr(waiting, "_SILENT_SECONDS", 0.01)
    call = healing_calls.calls_that_go_on(ctx)
    assert call("ecs", "us-west-1", "update_service", {}) == {"told": True, "region": "us-west-1"}
    assert set(told) == {"waiting for AWS to answer UpdateService in us-east-1 (7 s)"}
