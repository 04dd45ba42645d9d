# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles that a `Sandbox` gives to tests: its request log, and active rules."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.api import ControlApi
from sandbox.requestlog import RequestRecord


@dataclass(frozen=True, slots=True)
class Requests:
    """The log of every API call the local AWS answered."""

    _api: ControlApi

    def mark(self) -> int:
        """The current place in the log; `since(mark)` returns later calls."""
        return int(self._api.get("health")["mark"])

    def since(self, mark: int = 0) -> list[RequestRecord]:
        """The calls after the mark, oldest first."""
        return [RequestRecord(**record) for record in self._api.get("requests", since=mark)["records"]]

    def writes(self, mark: int = 0) -> list[RequestRecord]:
        """The writing calls after the mark, oldest first."""
        return [record for record in self.since(mark) if record.write]


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule in force. As a context manager it ends with the block."""

    _api: ControlApi
    id: int

    def wait(self, timeout: float = 30.0) -> bool:
        """Wait until the rule holds a reply back; False when it doesn't within `timeout` seconds."""
        return bool(self._api.get("faults", id=self.id, wait=timeout)["held"])

    @property
    def fired(self) -> int:
        """How many calls the rule has struck."""
        return int(self._api.get("faults", id=self.id)["fired"])

    @property
    def seen(self) -> int:
        """How many calls matched, struck or not."""
        return int(self._api.get("faults", id=self.id)["seen"])

    def release(self) -> None:
        """Remove the rule and release the call that it holds."""
        self._api.delete("faults", id=self.id)

    def __enter__(self) -> Fault:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()
