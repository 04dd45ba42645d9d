# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS in this process, over HTTP, whose clock the tests set: nothing here sleeps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.accounts import credentials
from sandbox.local_aws import LocalAws
from sandbox.overlay import World
from sandbox.server import Server
from sandbox.timings import Timings
from tests.sandbox.overlay.ecs_helpers import Platform

try:
    import boto3
    from botocore.config import Config
except ImportError:
    pytest.skip("needs boto3", allow_module_level=True)


@dataclass
class Local:
    """The local AWS and its clock, which stands still unless told to move."""

    timings: Timings = field(default_factory=Timings)
    time: float = 0.0
    url: str = ""
    aws: LocalAws | None = None
    _sessions: dict[str, Any] = field(default_factory=dict)
    _clients: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def client(self, service: str, region: str = "us-west-1", account: str = "staging") -> Any:
        """A client that does not retry; by default where the seed has planted nothing."""
        key = (service, region, account)
        if key not in self._clients:
            login = credentials(account)
            session = self._sessions.setdefault(account, boto3.Session(login.access_key_id, login.secret_access_key))
            config = Config(retries={"total_max_attempts": 1})
            self._clients[key] = session.client(service, region, endpoint_url=self.url, config=config)
        return self._clients[key]

    def passes(self, timing: str, share: float = 1.0) -> None:
        """Let the named duration pass, or a share of it."""
        self.time += self.timings.of(timing) * share

    def observe(self, kind: str, identifier: str, state: str | None) -> None:
        """Set what probers see."""
        assert self.aws
        self.aws.observations.set(kind, identifier, state)


@pytest.fixture(scope="session")
def process() -> Iterator[Local]:
    """The one local AWS of this process: moto's state is global."""
    local = Local()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "now", lambda _world: local.time)
        local.aws = LocalAws(local.timings)
        with Server(0, local.aws) as server:
            local.url = f"http://127.0.0.1:{server.server_address[1]}"
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
            thread.start()
            yield local
            server.shutdown()
            thread.join()


@pytest.fixture
def local(process: Local) -> Local:
    """The local AWS as it is when nothing was done yet."""
    assert process.aws
    # Moments that are sums of tenths are the same for each test, whichever came before.
    process.time = 0.0
    process.aws.reset(seed=False)
    return process


@pytest.fixture
def ec2(local: Local) -> Any:
    """EC2."""
    return local.client("ec2")


@pytest.fixture
def elb(local: Local) -> Any:
    """Elastic Load Balancing."""
    return local.client("elbv2")


@pytest.fixture
def platform(local: Local) -> Platform:
    """A network, an active load balancer and a cluster."""
    made = Platform(local)
    made.set_up()
    return made
