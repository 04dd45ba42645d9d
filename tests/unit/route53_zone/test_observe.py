# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads that do not need the zone do not wait for it."""

from __future__ import annotations

import threading
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._route53_zone import observe
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.resources import query_logging_calls
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.snapshot import Snapshot
from tests.unit.route53_zone.test_plan import spec


def test_logs_are_read_beside_the_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2, timeout=30)

    def zone(*_arguments: object) -> Snapshot:
        both.wait()
        return Snapshot(dry_run=True)

    def policies() -> dict[str, str]:
        both.wait()
        return {"policy": "{}"}

    readers: dict[str, t.Callable[[], t.Any]] = {"log_policies": policies}
    monkeypatch.setattr(observe, "_observe_zone", zone)
    monkeypatch.setattr(query_logging_calls, "readers", lambda *_arguments: readers)
    found = observe.observe(t.cast("t.Any", None), spec(query_logging=True))
    assert found == Snapshot(dry_run=True, log_policies={"policy": "{}"})
