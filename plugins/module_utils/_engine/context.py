# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job's context: the same in an ordinary module and in the Ansible worker."""

from __future__ import annotations

import dataclasses
import functools
import threading
import typing as t

from .assumed_role import AssumedRole
from .clients import Clients
from .errors import Stopped
from .lease_calls import Lease
from .printable import one_line
from .read_ahead import ReadAhead, ReadingClient
from .stop import Stop


@dataclasses.dataclass(frozen=True, kw_only=True)
class Unread:
    """What could not be read; the run continues without it.

    :param region: ``the global endpoint`` for services without regions.
    :param refused: whether a permission is missing, rather than an answer.
    """

    region: str
    reason: str
    refused: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Context:
    """One run of one job in one host.

    :param params: validated module parameters.
    :param warn: shows a warning.
    :param progress: shows what a long run is doing, live if the host can.
    :param stop: set when no further write may start.
    :param unread: what the run could not read and continues without. See unread.guarded.
    :param lease: the environment's, to be taken before the first write; None for none.
    :param holds: asked about a plan that replaces what serves users: whether to defer it. See Layer.replaces.
    :param ahead: what was read before the run; None if nothing is.
    """

    params: t.Mapping[str, t.Any]
    check_mode: bool
    clients: Clients
    warn: t.Callable[[str], None]
    progress: t.Callable[[str], None]
    stop: threading.Event
    unread: list[Unread] = dataclasses.field(default_factory=list)
    lease: Lease | None = None
    holds: t.Callable[[], bool] = lambda: False
    ahead: ReadAhead | None = None

    @property
    def region(self) -> str:
        """The region of the run; empty if none is configured."""
        return self.clients.region or ""

    def client(
        self, service: str, *, region: str | None = None, retry: bool = True, role: AssumedRole | None = None
    ) -> t.Any:
        """A boto3 client. See Clients.get."""
        make = functools.partial(self.clients.get, service, region=region, retry=retry, role=role)
        if self.ahead is None:
            return make()
        where = region or self.region
        if not where or (role is not None and not self.ahead.has(role)):
            made = make()  # raises errors of the region or role now
            return ReadingClient(lambda: made, self.ahead, service, where, role)
        return ReadingClient(make, self.ahead, service, where, role)

    def with_short_timeouts(self) -> Context:
        """The same context, with clients that give up after some seconds."""
        return dataclasses.replace(self, clients=self.clients.with_short_timeouts())

    def within(self, region: str) -> Context:
        """The same context in another region, for services that AWS has only there."""
        return dataclasses.replace(self, clients=self.clients.within(region))

    def stop_reading_ahead(self) -> bool:
        """Call AWS for all further reads, since changes follow. Returns whether earlier reads were used."""
        return self.ahead is not None and self.ahead.end()

    def take_lease(self) -> None:
        """Prevent runs on other machines from changing the environment. Raises LeaseHeld."""
        if self.lease is not None and not self.check_mode:
            self.lease.take(self)

    def sleep(self, seconds: float) -> None:
        """Wait, and raise Stopped as soon as the run is stopping."""
        if self.stop.wait(seconds):
            raise Stopped("stopped while waiting")


class NewClients(t.Protocol):
    """Creates the clients of a run. See Clients."""

    def __call__(self, params: t.Mapping[str, t.Any], *, stop: threading.Event, check_mode: bool) -> Clients: ...


def new_context(
    params: t.Mapping[str, t.Any],
    *,
    check_mode: bool,
    warn: t.Callable[[str], None],
    progress: t.Callable[[str], None],
    is_abandoned: t.Callable[[], bool],
    new_clients: NewClients = Clients,
    lease: Lease | None = None,
) -> Context:
    """A context for a host. Its warnings and progress reports are one printable line each.

    :param is_abandoned: whether the host has stopped waiting for the job.
    """
    stop = Stop(is_abandoned)
    clients = new_clients(params, stop=stop, check_mode=check_mode)
    return Context(
        params=params,
        check_mode=check_mode,
        clients=clients,
        warn=lambda message: warn(one_line(message)),
        progress=lambda message: progress(one_line(message)),
        stop=stop,
        lease=lease,
    )
