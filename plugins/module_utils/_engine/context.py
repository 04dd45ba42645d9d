# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a layer knows of its host: the same for an ordinary module and for the Ansible worker."""

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
    """What could not be read; a run goes on without it.

    :param region: where; ``the global endpoint`` for what has none.
    :param refused: whether a right is missing, rather than an answer.
    """

    region: str
    reason: str
    refused: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Context:
    """One run of one layer in one host.

    :param params: validated module parameters.
    :param warn: tells the user something that does not fail the run.
    :param progress: tells the user what a long run is doing, live where the host can.
    :param stop: set when no further write may start.
    :param unread: what the run could not read and does without. See unread.guarded.
    :param lease: the environment's, to be taken before the first write; None for none.
    :param holds: whether a plan that replaces what serves is put off. See Layer.replaces.
    :param ahead: what was read before the run; None where nothing is.
    """

    params: t.Mapping[str, t.Any]
    check_mode: bool
    clients: Clients
    warn: t.Callable[[str], None]
    progress: t.Callable[[str], None]
    stop: threading.Event
    unread: list[Unread] = dataclasses.field(default_factory=list)
    lease: Lease | None = None
    holds: bool = False
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
            made = make()  # what is wrong with the region or the role is told here
            return ReadingClient(lambda: made, self.ahead, service, where, role)
        return ReadingClient(make, self.ahead, service, where, role)

    def hurried(self) -> Context:
        """The same context, with clients that give up after some seconds."""
        return dataclasses.replace(self, clients=self.clients.hurried())

    def within(self, region: str) -> Context:
        """The same context in another region, for what AWS has there alone."""
        return dataclasses.replace(self, clients=self.clients.within(region))

    def reads_anew(self) -> bool:
        """Ask AWS alone from now on, since something is to be changed. Returns whether what was read is older."""
        return self.ahead is not None and self.ahead.end()

    def take_lease(self) -> None:
        """Keep runs on other machines from changing the environment meanwhile. Raises LeaseHeld."""
        if self.lease is not None and not self.check_mode:
            self.lease.take(self)

    def sleep(self, seconds: float) -> None:
        """Wait, and raise Stopped as soon as the run is stopping."""
        if self.stop.wait(seconds):
            raise Stopped("stopped while waiting")


class NewClients(t.Protocol):
    """Makes the clients of a run. See Clients."""

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
    """A context for a host, whose words to the user are one printable line each.

    :param is_abandoned: whether nobody waits for the job any more.
    :param new_clients: of the run; clients of its own by default.
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
