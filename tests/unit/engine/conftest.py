# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine's tests need: a context without AWS, and plans made of letters."""

from __future__ import annotations

import threading
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context


class NoClients:
    """Stands in for Clients where no call may be made."""

    region = "us-east-1"

    def get(self, service: str, **_options: t.Any) -> t.Any:
        raise AssertionError(f"a client for {service} was asked for")


@pytest.fixture
def told() -> list[str]:
    """What the run said in progress messages."""
    return []


@pytest.fixture
def ctx(told: list[str]) -> Context:
    return Context(
        params={"wait": True},
        check_mode=False,
        clients=t.cast("t.Any", NoClients()),
        warn=told.append,
        progress=told.append,
        stop=threading.Event(),
    )
