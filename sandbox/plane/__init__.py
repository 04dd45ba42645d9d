# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data plane of the local AWS: load balancers, tasks, probers and name servers.

An asyncio loop in a thread of the server's process. Its parts poll the world (the state of moto and the overlays) and
bring sockets and processes in line with it. They get no notifications, so that they also work after a reset:
`World.revision` shows them whether there is anything new to read.
"""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Sequence

from sandbox.local_aws import LocalAws
from sandbox.plane.balancers import Balancers
from sandbox.plane.checkers import Checkers
from sandbox.plane.dns_server import NameServers
from sandbox.plane.lateness_meter import LatenessMeter
from sandbox.plane.over_https import OverHttps
from sandbox.plane.resolver import Resolver
from sandbox.plane.site import Part, Site
from sandbox.plane.target_probes import TargetProbes
from sandbox.plane.tasks import Tasks
from sandbox.process import CHECKERS_PER_REGION

_START_SECONDS = 10.0
_RESTART_SECONDS = 0.5


def parts(site: Site, checkers_per_region: int) -> list[Part]:
    """Everything the plane consists of."""
    servers = NameServers(site)
    resolver = Resolver(site, servers)
    return [
        Tasks(site),
        Balancers(site),
        TargetProbes(site),
        servers,
        resolver,
        OverHttps(site, resolver),
        Checkers(site, servers.authority, checkers_per_region),
        LatenessMeter(site),
    ]


class Plane:
    """The running data plane of a local AWS."""

    def __init__(self, aws: LocalAws, checkers_per_region: int = CHECKERS_PER_REGION) -> None:
        if aws.world.addresses is None:
            raise ValueError("the local AWS was made without addresses: it has no data plane")
        self.site = Site(aws.world, aws.gateway.lock, aws.world.addresses, aws.gateway.outages, aws.commands)
        self._checkers_per_region = checkers_per_region
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._work, name="plane", daemon=True)
        self._opened = threading.Event()
        self._failure: BaseException | None = None
        self._main: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start; returns when every part is open. Raises the error of a part that could not open."""
        self._thread.start()
        if not self._opened.wait(_START_SECONDS):
            raise TimeoutError("the data plane does not start")
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Stop every part; returns when processes and sockets are gone. Idempotent."""
        if self._thread.is_alive() and self._loop and self._main:
            self._loop.call_soon_threadsafe(self._main.cancel)
            self._thread.join()

    def _work(self) -> None:
        try:
            # The runner cancels the tasks that are left, and closes the loop.
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                runner.run(self._all(parts(self.site, self._checkers_per_region)))
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001  # start() raises it
            self._failure = error
        finally:
            self._opened.set()

    async def _all(self, chosen: Sequence[Part]) -> None:
        self._main = asyncio.current_task()
        for part in chosen:
            await part.open()
        self._opened.set()
        async with asyncio.TaskGroup() as group:
            for part in chosen:
                group.create_task(_run_forever(part), name=type(part).__name__)


async def _run_forever(part: Part) -> None:
    """Report the error of a part, which is a bug, in the server's output. All parts continue."""
    while True:
        try:
            await part.run()
        except Exception:  # noqa: BLE001  # the plane stays up
            traceback.print_exc()
        await asyncio.sleep(_RESTART_SECONDS)
