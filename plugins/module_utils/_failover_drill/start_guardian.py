# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the guardian, checks that it is alive, and dismisses it."""

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

# It imports botocore and makes one call.
_START_SECONDS: t.Final = 60.0
_END_SECONDS: t.Final = 15.0
# The guardian imports from `module_utils` down, so that it needs no collection loader.
_PLUGINS: t.Final = pathlib.Path(__file__).parents[2]


class GuardianError(FailoverError):
    """There is no guardian, so nothing may be broken."""


class GuardianProcess:
    """A guardian that is ready. It heals when this process dies."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """The guardian's process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the guardian still runs."""
        return self._process.poll() is None

    def dismiss(self, *, healed: bool = False, wait: bool = True) -> None:
        """Tell the guardian that the drill is over. It heals unless the drill has healed, which may take long."""
        with contextlib.suppress(OSError):
            if self._process.stdin:
                if healed:
                    self._process.stdin.write(f"{guardian.HEALED}\n")
                self._process.stdin.close()
        if self._process.stdout:
            self._process.stdout.close()
        if wait:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)


def start_guardian(
    path: pathlib.Path, journal: Journal, credentials: t.Mapping[str, str], command: tuple[str, ...] = ()
) -> GuardianProcess:
    """Start a guardian for the journal at ``path``. Raises GuardianError unless it is ready.

    :param credentials: Clients.environment(). They go into its environment and nowhere else.
    :param command: what heals the fault ``external``.
    """
    process = subprocess.Popen(
        # -P: imports nothing from the current directory.
        [sys.executable, "-P", "-m", "module_utils._failover_drill.guardian", str(path.absolute())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd="/",
        env=_environment(credentials),
        start_new_session=True,
    )
    _give(process, guardian.write_order(journal, command))
    said = _first_line(process)
    if said == guardian.READY:
        return GuardianProcess(process)
    GuardianProcess(process).dismiss()
    raise GuardianError(f"nothing was broken, because the guardian that would heal it could not be started: {said}")


def _give(process: subprocess.Popen[str], order: str) -> None:
    # A guardian that has already ended has written the reason.
    with contextlib.suppress(BrokenPipeError):
        pipe = t.cast("t.IO[str]", process.stdin)
        pipe.write(order)
        pipe.flush()


def _first_line(process: subprocess.Popen[str]) -> str:
    output = t.cast("t.IO[str]", process.stdout)
    if not wait([output.fileno()], _START_SECONDS):
        process.kill()
        return f"it was not ready after {_START_SECONDS:.0f} s"
    return output.readline().strip() or "it ended without a message"


def _environment(credentials: t.Mapping[str, str]) -> dict[str, str]:
    # The guardian starts in another directory, where relative paths would be wrong.
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [str(_PLUGINS), *(path for path in inherited if pathlib.Path(path).is_absolute())]
    wanted = {**os.environ, **credentials, "PYTHONPATH": os.pathsep.join(paths)}
    # An empty value removes an inherited one, such as the session token of other keys.
    return {key: value for key, value in wanted.items() if value or key not in credentials}
