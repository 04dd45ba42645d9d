# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of a local AWS: start it detached from its caller, identify it, stop it, and find that of a checkout."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from multiprocessing.connection import wait
from pathlib import Path

from sandbox.api import ControlApi, ControlError, UnreachableError
from sandbox.private import own_folder, private, replace_file

_PROCESSES = Path("/proc")
ROOT = Path(__file__).resolve().parents[1]
# State of a checkout's sandbox; ignored by git.
FOLDER = ROOT / ".sandbox"
# Seconds; a forgotten server stops after a working day.
DEFAULT_TTL = 8 * 3600.0
# About as many as AWS has: observations come from two addresses of each region.
CHECKERS_PER_REGION = 2
# A busy machine may be slow; a server that ends instead is noticed at once.
_START_SECONDS = 120.0
_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.02
_LOCK = "lock"
# The server must not use its starter's AWS settings or proxies.
_DROPPED = ("PYTHONDONTWRITEBYTECODE", "AWS_", "MOTO_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


class StartError(RuntimeError):
    """The server ended, or did not answer, instead of starting."""


@dataclass(frozen=True, slots=True)
class Process:
    """A running server: its address, proof that a process ID is still its own, and the token of its control API."""

    pid: int
    port: int
    instance: str
    token: str = field(repr=False)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> ControlApi:
        """Its control API."""
        return ControlApi(self.url, self.token)

    def running(self) -> bool:
        """Whether this server still answers at its address."""
        try:
            return bool(self.api.get("health")["instance"] == self.instance)
        except (UnreachableError, ControlError):
            return False

    def owns_pid(self) -> bool:
        """Whether the process id still belongs to this server, and was not given to another."""
        if not _PROCESSES.exists():
            return self.running()  # not Linux: only the server itself can tell
        try:
            words = (_PROCESSES / str(self.pid) / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return self.instance.encode() in words

    def stop(self) -> bool:
        """Stop it. Returns whether it was running."""
        if not self.owns_pid():
            return False
        for ending in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, ending)
            if self._gone(_STOP_SECONDS):
                return True
        raise TimeoutError(f"process {self.pid} does not end")

    def _gone(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)
            if not self.owns_pid():
                return True
            time.sleep(_POLL_SECONDS)
        return False


@dataclass(frozen=True, slots=True)
class Options:
    """How to run a server. `ttl` in seconds; `speed` divides every waiting time, `timings` is the table of them."""

    ttl: float = DEFAULT_TTL
    speed: float = 1.0
    timings: str = "quick"
    port: int = 0
    # With the data plane: tasks, load balancers, probers, name servers.
    plane: bool = False
    # Health checkers of an endpoint in each of their regions.
    checkers_per_region: int = CHECKERS_PER_REGION
    # Whether the data plane runs the commands of task definitions.
    allow_commands: bool = False
    log: Path | None = None
    output: Path | None = None
    # The read end of a pipe whose write end the owner keeps: the server ends when it closes.
    owner_fd: int | None = None


# Starts a server that writes port and token to the first descriptor, and its output to the second. Returns its process
# ID, and a unique word of its command line.
Launch = Callable[[Options, int, int], tuple[int, str]]


def start(options: Options, launch: Launch | None = None) -> Process:
    """Start a server in its own session; returns once it answers. Raises StartError."""
    ready, announce = os.pipe()
    try:
        with open(options.output or os.devnull, "ab", opener=private) as output:
            pid, instance = (launch or _spawn)(options, announce, output.fileno())
        os.close(announce)
        port, token = _announced(ready, pid, options)
    finally:
        os.close(ready)
    return Process(pid, port, instance, token)


def _spawn(options: Options, announce: int, output: int) -> tuple[int, str]:
    instance = new_instance()
    child = subprocess.Popen(
        [sys.executable, "-m", "sandbox.server", instance, str(announce), json.dumps(asdict(options), default=str)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=[announce] + ([options.owner_fd] if options.owner_fd is not None else []),
        start_new_session=True,
    )
    child.returncode = 0  # it outlives this object on purpose
    return child.pid, instance


def new_instance() -> str:
    """A unique word for the command line."""
    return f"sandbox-{secrets.token_hex(8)}"


def environment() -> dict[str, str]:
    """The environment of a server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    if "PYTHONDONTWRITEBYTECODE" in os.environ:
        # Without bytecode a start takes twice as long; keep it outside of the checkout's folders.
        kept["PYTHONPYCACHEPREFIX"] = str(FOLDER / "bytecode")
    return kept | {"PYTHONPATH": str(ROOT)}


def _announced(ready: int, pid: int, options: Options) -> tuple[int, str]:
    """Port and token, which is sent this way because every user can read command lines."""
    # Not select(), which supports no descriptor above 1023: a long test run has more.
    announced = os.read(ready, 256) if wait([ready], _START_SECONDS) else b""
    if announced:
        port, token = announced.decode().split()
        return int(port), token
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    hint = f"; see {options.output}" if options.output else ""
    raise StartError(f"the local AWS did not start{hint}")


@dataclass(frozen=True, slots=True)
class Daemon:
    """The sandbox that `up` leaves running, with its own folder."""

    folder: Path = FOLDER

    @property
    def state_file(self) -> Path:
        """The file with its process."""
        return self.folder / "state.json"

    @property
    def request_log(self) -> Path:
        """Every API call, one JSON object a line."""
        return self.folder / "requests.jsonl"

    @property
    def output(self) -> Path:
        """The server's output."""
        return self.folder / "server.log"

    @property
    def bundle(self) -> Path:
        """The certificate authorities that its clients trust, in PEM."""
        return self.folder / "authorities.pem"

    def up(self, options: Options) -> tuple[Process, bool]:
        """The running server, and whether it was started now. Raises StartError."""
        with self._alone():
            process = self._known()
            if process and process.running():
                return process, False
            if process:
                process.stop()
            self.request_log.unlink(missing_ok=True)
            self.output.unlink(missing_ok=True)
            process = start(replace(options, log=self.request_log, output=self.output))
            replace_file(self.state_file, json.dumps(asdict(process)))
            return process, True

    def running(self) -> Process | None:
        """The running server, if any."""
        process = self._known()
        return process if process and process.running() else None

    def down(self) -> Process | None:
        """Stop the server. Returns it, or None if none was running."""
        with self._alone():
            process = self._known()
            self.state_file.unlink(missing_ok=True)
            return process if process and process.stop() else None

    def _known(self) -> Process | None:
        try:
            return Process(**json.loads(self.state_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Lock the folder: two `up` at once must not start two servers."""
        own_folder(self.folder, _LOCK)
        with open(self.folder / _LOCK, "w", opener=private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
