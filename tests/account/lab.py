# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where experiments are made: clients of one account, names of this run, and what has to go again."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config

T = TypeVar("T")
PREFIX = "everlook-account-"
PURPOSE = ("Purpose", "everlook.failover account test")
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user has chosen.

    `regions` are the first that serves and the one that stands by. `domain` is a name whose zone is made, below
    `parent`, a public zone of the same account; without them no stack is deployed. `night` is the seconds without
    data, `watch` those for which something is watched that is not to happen.
    """

    account: str
    regions: tuple[str, str]
    domain: str
    parent: str
    night: float
    watch: float
    folder: Path
    patience: float = 900.0


def equals(wanted: object) -> Callable[[object], bool]:
    """For Lab.until."""
    return lambda seen: seen == wanted


class NotInTimeError(Exception):
    """What was awaited has not come true; the message says what was seen last."""


class Lab:
    """One run. Everything it makes is named `everlook-account-<moment>…`, or tagged so, and ends with `clean`."""

    def __init__(self, options: Options, say: Callable[[str], None]) -> None:
        self.options = options
        self.token = f"{PREFIX}{datetime.datetime.now(datetime.UTC):%Y%m%d%H%M%S}"
        self.say = say
        # Which service it is, only the caller knows.
        self._session: Any = boto3.session.Session()
        self._clients: dict[tuple[str, str], Any] = {}
        self._undo: list[tuple[str, Callable[[], Any]]] = []

    @property
    def tags(self) -> list[dict[str, str]]:
        """The tags of everything that takes some."""
        return [{"Key": key, "Value": value} for key, value in (PURPOSE, ("Run", self.token))]

    @property
    def home(self) -> str:
        """The first region."""
        return self.options.regions[0]

    def client(self, service: str, region: str = "") -> Any:
        """A client; in the first region unless another is named."""
        key = (service, region or self.home)
        if key not in self._clients:
            self._clients[key] = self._session.client(*key, config=Config(retries={"mode": "standard"}))
        return self._clients[key]

    def later(self, what: str, call: Callable[[], Any]) -> None:
        """Undo something when the experiments are over, whatever happens to them; the last thing first."""
        self._undo.append((what, call))

    def clean(self) -> list[str]:
        """Undo everything. What could not be, and why."""
        failed = []
        while self._undo:
            what, call = self._undo.pop()
            try:
                call()
            except Exception as error:  # noqa: BLE001  # the rest has to go all the same
                failed.append(f"{what}: {error}")
        return failed

    def until(self, look: Callable[[], T], true: Callable[[T], Any], what: str, seconds: float = 0.0) -> T:
        """What `look` sees once it is true. Raises NotInTimeError."""
        deadline = time.monotonic() + (seconds or self.options.patience)
        while not true(seen := look()):
            if time.monotonic() > deadline:
                raise NotInTimeError(f"{what} has not come true; last seen: {seen!r}")
            time.sleep(_PAUSE_SECONDS)
        return seen
