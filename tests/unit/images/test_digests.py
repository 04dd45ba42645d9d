# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The threads that look up digests, and signals."""

from __future__ import annotations

import json
import pathlib
import signal
import sys
import threading
import traceback
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._images import digests, distribution
from ansible_collections.everlook.failover.plugins.module_utils._images.answer import Answer
from ansible_collections.everlook.failover.plugins.module_utils._images.docker_credentials import (
    HelperError,
    find_credentials,
)
from tests.waiting import eventually

NOWHERE: t.Any = None


def test_an_interrupt_that_another_thread_gets_does_not_wait_for_a_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    waited: list[bool] = []
    main = threading.get_ident()

    def is_waiting() -> bool:
        return "join" in {frame.name for frame in traceback.extract_stack(sys._current_frames()[main])}

    def ask(_reference: object) -> Answer:
        eventually(is_waiting)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        waited.append(answered.wait(60))
        return Answer()

    monkeypatch.setattr(distribution, "ask", ask)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            digests.look_for(NOWHERE, ["registry.example.com/shop:1"], seconds=60)
        assert waited == []
    finally:
        answered.set()
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform != "linux", reason="proc(5)")
def test_a_credential_helper_gets_signals(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """A process inherits the signals that the thread blocks which starts it (sigprocmask(2))."""
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "own"}))
    helper = tmp_path / "docker-credential-own"
    mask = tmp_path / "mask"
    helper.write_text(f"#!/bin/sh\ngrep SigBlk /proc/self/status > {mask}\nexit 1\n")
    helper.chmod(0o700)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def ask(_reference: object) -> Answer:
        with pytest.raises(HelperError):
            find_credentials("registry.example.com")
        return Answer()

    monkeypatch.setattr(distribution, "ask", ask)
    digests.look_for(NOWHERE, ["registry.example.com/shop:1"])
    assert int(mask.read_text().split()[1], 16) == 0
