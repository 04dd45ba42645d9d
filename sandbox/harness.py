# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface for tests: a local AWS with clients and its request log."""

from __future__ import annotations

import functools
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from sandbox import accounts
from sandbox.api import NO_DNS, ControlApi
from sandbox.conditions import Conditions
from sandbox.handles import Requests
from sandbox.process import CHECKERS_PER_REGION, Options, Process, start
from sandbox.resources import Resource
from sandbox.template import VARIABLE, fork

# Far longer than all tests take on a busy machine; a server whose owner has ended stops at once.
_TEST_TTL_SECONDS = 4 * 3600.0


@functools.cache
def _models() -> Any:
    """The process's only session: parsing service models makes a new one slow."""
    return create_loader()


class Sandbox(Conditions):
    """A local AWS. As a context manager it runs its own server, which stops with the block.

    `speed` divides every waiting time of the local AWS, and `timings` names the table of them (see `sandbox.timings`).
    `plane` adds the data plane, which runs tasks, load balancers, probers and name servers, and with
    `allow_commands` it runs the commands of task definitions. Most of what it computes while nothing happens is health
    checks: `checkers_per_region` are made for an endpoint in each of Route 53's eight regions.
    `Sandbox.at(url, token)` is the same for a server that runs already, which it leaves running.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        timings: str = "quick",
        ttl: float = _TEST_TTL_SECONDS,
        plane: bool = False,
        checkers_per_region: int = CHECKERS_PER_REGION,
        allow_commands: bool = False,
    ) -> None:
        self._options = Options(
            speed=speed,
            timings=timings,
            ttl=ttl,
            plane=plane,
            checkers_per_region=checkers_per_region,
            allow_commands=allow_commands,
        )
        self._process: Process | None = None
        self._owner_fd: int | None = None
        # The server's output; kept only if it is not empty.
        self._output: Path | None = None
        self._url = ""
        # For the control API
        self.token = ""
        self._network: dict[str, str] | None = None
        self._sessions: dict[str, Any] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    @classmethod
    def at(cls, url: str, token: str) -> Sandbox:
        """The sandbox at this address, with the token of its control API."""
        sandbox = cls()
        sandbox._url = url
        sandbox.token = token
        return sandbox

    def start(self) -> Sandbox:
        """Start the server. Raises `sandbox.process.StartError`."""
        kept_alive, self._owner_fd = os.pipe()
        handle, name = tempfile.mkstemp(prefix="everlook-sandbox-", suffix=".log")
        os.close(handle)
        self._output = Path(name)
        try:
            options = replace(self._options, owner_fd=kept_alive, output=self._output)
            self._process = start(options, fork if VARIABLE in os.environ else None)
        finally:
            os.close(kept_alive)
        self._url, self.token = self._process.url, self._process.token
        return self

    def stop(self) -> None:
        """End the server that `start` started."""
        if self._owner_fd is not None:
            os.close(self._owner_fd)
            self._owner_fd = None
        if self._process:
            self._process.stop()
            self._process = None
            if self._output and not self._output.stat().st_size:
                self._output.unlink()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the local AWS answers."""
        if not self._url:
            raise RuntimeError("the sandbox is not started")
        return self._url

    @property
    def api(self) -> ControlApi:
        """The control API."""
        return ControlApi(self.url, self.token)

    @property
    def requests(self) -> Requests:
        """The request log."""
        return Requests(self.api)

    def credentials(self, account: str = "dev", region: str = "us-east-1") -> dict[str, str]:
        """The environment variables that lead a process to an account, by name or id, and to the data plane.

        Without one they say that there is no DNS. Raises UnknownAccountError.
        """
        known = replace(accounts.credentials(account), region=region)
        return known.environment(self.url) | (self.network() or NO_DNS)

    def network(self) -> dict[str, str]:
        """The environment variables that lead a process to the data plane; none when it is off."""
        if self._network is None:
            self._network = dict(self.api.get("plane")["environment"])
        return dict(self._network)

    def session(self, account: str = "dev") -> Any:
        """A boto3 session of the account's user; the same one every time."""
        known = accounts.credentials(account)
        if known.account_id not in self._sessions:
            core = botocore.session.Session()
            core.register_component("data_loader", _models())
            self._sessions[known.account_id] = boto3.session.Session(
                known.access_key_id, known.secret_access_key, botocore_session=core
            )
        return self._sessions[known.account_id]

    def client(self, service: str, account: str = "dev", region: str = "us-east-1") -> Any:
        """A boto3 client of the account's user, without retries, so that faults are seen."""
        key = (service, account, region)
        if key not in self._clients:
            config = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=5)
            self._clients[key] = self.session(account).client(service, region, endpoint_url=self.url, config=config)
        return self._clients[key]

    def snapshot(self) -> list[Resource]:
        """Every resource of every account, ordered."""
        return [Resource(**resource) for resource in self.api.get("snapshot")["resources"]]

    def reset(self, *, seed: bool = True) -> None:
        """Forget everything but the request log; faults and latency end. Plant the seed again."""
        self.api.post("reset", seed=seed)
