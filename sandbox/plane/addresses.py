# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loopback addresses of a running sandbox: a block 127.B.0.0/16 that no other one uses.

Linux answers on the whole of 127.0.0.0/8, so that every load balancer node, name server and task
has its own address and listens on its real port.
"""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Literal

Kind = Literal["name server", "balancer", "task"]

# Where the addresses of a kind begin, by the third byte; each kind has 63 * 256 of them.
_BEGINNINGS: dict[Kind, int] = {"name server": 1, "balancer": 64, "task": 128}
_SIZE = 63 * 256
# The second byte. 127.0.0.0/16 is in general use.
_BLOCKS = range(10, 250)
# Listening there marks a block as taken.
_GUARD_PORT = 20053
_OVER_HTTPS_PORT = 8053
_PRIVILEGED = 1024
_SHIFT = 10000


class NoBlockError(RuntimeError):
    """Every block of loopback addresses is in use."""


@dataclass(slots=True)
class Addresses:
    """The block of this process, until it ends or calls `close`. Not thread-safe: use it under the lock.

    `port_shift` is added to ports below 1024: 0 if this process may listen on them.
    """

    block: int
    port_shift: int
    _guard: socket.socket
    _given: dict[tuple[Kind, str], str] = field(default_factory=dict)
    _positions: dict[Kind, int] = field(default_factory=dict)

    @classmethod
    def take(cls) -> Addresses:
        """A free block. Raises NoBlockError."""
        # Not always the first one: the sockets of a former sandbox may linger for a moment.
        for block in random.sample(_BLOCKS, len(_BLOCKS)):
            guard = socket.socket()
            try:
                guard.bind((f"127.{block}.0.1", _GUARD_PORT))
                guard.listen(1)
            except OSError:
                guard.close()
                continue
            return cls(block, 0 if _may_listen(f"127.{block}.0.1", 53) else _SHIFT, guard)
        raise NoBlockError("no block of loopback addresses is free: stop sandboxes that are not needed")

    @property
    def resolver(self) -> tuple[str, int]:
        """Address and port of the recursive resolver."""
        return f"127.{self.block}.0.2", self.port(53)

    @property
    def over_https(self) -> tuple[str, int]:
        """Address and port of the resolver over HTTP."""
        return self.resolver[0], _OVER_HTTPS_PORT

    def environment(self) -> dict[str, str]:
        """The environment variables with the addresses of DNS and the shift of ports, for clients."""
        address, port = self.resolver
        host, https_port = self.over_https
        over_https = {"EVERLOOK_FAILOVER_DNS_OVER_HTTPS": f"http://{host}:{https_port}/dns-query"}
        if not self.port_shift:
            return {"EVERLOOK_FAILOVER_RESOLVER": address, **over_https}
        return {
            "EVERLOOK_FAILOVER_RESOLVER": f"{address}:{port}",
            "EVERLOOK_FAILOVER_PORT_SHIFT": str(self.port_shift),
            **over_https,
        }

    def port(self, port: int) -> int:
        """The local port for a service's port."""
        return port + self.port_shift if port < _PRIVILEGED else port

    def of(self, kind: Kind, key: str) -> str:
        """The address of a resource, the same until the next `forget`."""
        known = self._given.get((kind, key))
        if known is None:
            position = self._positions.get(kind, 0)
            self._positions[kind] = (position + 1) % _SIZE
            first = IPv4Address(f"127.{self.block}.{_BEGINNINGS[kind]}.0")
            known = self._given[kind, key] = str(first + position)
        return known

    def forget(self) -> None:
        """Let all addresses go. They are not given out again at once: sockets close a moment later."""
        self._given.clear()

    def close(self) -> None:
        """Let the block go."""
        self._guard.close()


def _may_listen(address: str, port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind((address, port))
        except PermissionError:
            return False
        except OSError:
            return True
        return True
