# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the VPC does not wait for what flow logs need."""

from __future__ import annotations

import threading
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._resources.role import Role, Settings
from ansible_collections.everlook.failover.plugins.module_utils._vpc import observe
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources import (
    elastic_ip_calls,
    flow_log_calls,
    internet_gateway_calls,
    vpc_calls,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.snapshot import Snapshot
from tests.unit.vpc.plans import spec


def test_roles_and_log_groups_are_read_beside_what_is_in_the_vpc(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2, timeout=30)

    def inside(_ctx: object, _spec: object, snapshot: Snapshot) -> Snapshot:
        both.wait()
        return snapshot

    settings = Settings(
        description="", trust={}, policies={}, attached=frozenset(), boundary=None, session_seconds=3600
    )
    role = Role(role_name="logs", arn="arn", settings=settings, tags={})

    def find_role() -> Role:
        both.wait()
        return role

    readers: dict[str, t.Callable[[], t.Any]] = {"flow_log_role": find_role}
    for calls in (vpc_calls, elastic_ip_calls, internet_gateway_calls):
        monkeypatch.setattr(calls, "read", lambda *_arguments: ())
    monkeypatch.setattr(flow_log_calls, "readers", lambda *_arguments: readers)
    monkeypatch.setattr(observe, "_inside", inside)
    monkeypatch.setattr(observe, "_complete", lambda _ctx, _spec, snapshot: snapshot)
    monkeypatch.setattr(observe, "_additions", lambda *_arguments: ())
    found = observe.observe(t.cast("t.Any", _Context()), spec(flow_logs="all"))
    assert (found.vpc, found.flow_log_role) == (None, role)


class _Context:
    check_mode = False

    def warn(self, _sentence: str) -> None: ...
