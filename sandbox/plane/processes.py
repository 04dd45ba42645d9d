# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process of a task's container: started, watched, and ended with all its children."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from dataclasses import dataclass

from sandbox.plane.containers import Container


@dataclass(slots=True)
class Process:
    """A running container."""

    container: Container
    address: str
    _child: subprocess.Popen[bytes]
    _code: int | None = None

    @classmethod
    def start(cls, container: Container, address: str, lifeline: int) -> Process:
        """Start it as the leader of a session. It ends when the other end of the pipe `lifeline` is closed."""
        child = subprocess.Popen(
            container.command,
            env=dict(container.environment),
            cwd="/",
            stdin=lifeline,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return cls(container, address, child)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def exit_code(self) -> int | None:
        """The exit code as in ECS, None while it runs. Ends its remaining children."""
        if self._code is None and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            # Before it is reaped: until then its ID is not reused.
            self.signal(signal.SIGKILL)
            code = self._child.wait()
            self._code = code if code >= 0 else 128 - code
        return self._code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and everything it has started; fine when it has ended."""
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it at once; returns when it is gone."""
        self.signal(signal.SIGKILL)
        if self._code is None:
            self._child.wait()

    def listens(self) -> bool:
        """Whether it accepts connections at all of its ports."""
        for port in self.container.ports:
            with socket.socket() as trial:
                # Loopback answers at once, one way or the other.
                trial.settimeout(0.05)
                if trial.connect_ex((self.address, port)):
                    return False
        return True
