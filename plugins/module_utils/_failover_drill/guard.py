# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill's end of the guardian: starting it, seeing that it lives, letting it go."""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
import sys
import typing as t
from multiprocessing.connection import wait

from .._engine.errors import FailoverError
from . import guardian
from .journal import Journal

# It loads botocore and makes one call.
_START_SECONDS: t.Final = 60.0
_END_SECONDS: t.Final = 15.0
# `module_utils` is the top of what the guardian imports, so that it needs no collection loader.
_PLUGINS: t.Final = pathlib.Path(__file__).parents[2]


class GuardError(FailoverError):
    """There is no guardian, so nothing may be broken."""


class Guard:
    """A guardian that is ready. It lives on when this process dies, and heals then."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """The guardian's process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    def dismiss(self, *, wait: bool = True) -> None:
        """Let it see that the journal is closed, and end. With an open journal it heals, which may take long."""
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        if self._process.stdout:
            self._process.stdout.close()
        if wait:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)


def start(path: pathlib.Path, journal: Journal, credentials: t.Mapping[str, str]) -> Guard:
    """Start a guardian for the journal at ``path``. Raises GuardError unless it is ready.

    :param credentials: Clients.environment(): they go into its environment, and nowhere else.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "module_utils._failover_drill.guardian", str(path.absolute()), journal.id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=path.parent,
        env=_environment(credentials),
        start_new_session=True,
    )
    said = _first_line(process)
    if said == guardian.READY:
        return Guard(process)
    Guard(process).dismiss()
    raise GuardError(f"nothing was broken, because no guardian could be started that would heal it: {said}")


def _first_line(process: subprocess.Popen[str]) -> str:
    output = t.cast("t.IO[str]", process.stdout)
    if not wait([output.fileno()], _START_SECONDS):
        process.kill()
        return f"it was not ready after {_START_SECONDS:.0f} s"
    return output.readline().strip() or "it ended without a word"


def _environment(credentials: t.Mapping[str, str]) -> dict[str, str]:
    paths = [str(_PLUGINS), *filter(None, [os.environ.get("PYTHONPATH")])]
    wanted = {**os.environ, **credentials, "PYTHONPATH": os.pathsep.join(paths)}
    # What is empty is to be absent: a session token that belongs to other keys.
    return {key: value for key, value in wanted.items() if value or key not in credentials}
