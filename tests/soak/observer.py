# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user who asks all the time: DNS from the parent zone down, then a request to what it answered."""

from __future__ import annotations

import threading
import time

from ansible_collections.everlook.failover.plugins.module_utils._probe.http import Site
from ansible_collections.everlook.failover.plugins.module_utils._probe.network import Network
from ansible_collections.everlook.failover.plugins.module_utils._probe.regions import Regions
from ansible_collections.everlook.failover.plugins.module_utils._probe.resolver import IterativeResolver
from sandbox import Sandbox
from tests.soak.oracle import Sighting

_PAUSE_SECONDS = 0.1


class Observer:
    """Looks in a thread of its own for as long as the block lasts."""

    def __init__(self, aws: Sandbox, record: str, regions: tuple[str, ...]) -> None:
        network = Network.from_environment(aws.network())
        self._resolver = IterativeResolver(network, "example.com")
        self._regions = Regions(self._resolver, record, regions)
        self._site = Site(network, f"http://{record}/", seconds=1.0)
        self._record = record
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="observer")
        self.seen: list[Sighting] = []

    def __enter__(self) -> Observer:
        self._thread.start()
        return self

    def __exit__(self, *_ended: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait(self, seconds: float) -> None:
        """Let time pass. Raises AssertionError if nobody looks any more."""
        self._stop.wait(seconds)
        assert self._thread.is_alive(), "the observer has died"

    def look(self) -> Sighting:
        """One look."""
        begin = time.monotonic()
        region, error = self._see()
        return Sighting(begin, time.monotonic(), region, error)

    def _see(self) -> tuple[str | None, str]:
        answer = self._resolver.ask(self._record)
        if not answer.addresses:
            return None, answer.problem
        return self._regions.region_of(answer.addresses), self._site.get(answer.addresses[0]).error

    def _work(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            self.seen.append(self.look())
