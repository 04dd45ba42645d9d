# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import typing as t

import botocore.exceptions
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.clients import Clients
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import DryRunError, Stopped
from ansible_collections.everlook.failover.plugins.plugin_utils.worker.shared_clients import SharedClients

# Nothing listens there: a call that gets past the guard fails with another error.
PARAMS: dict[str, t.Any] = {
    "endpoint_url": "http://127.0.0.1:9",
    "access_key": "AKIA",
    "secret_key": "secret",
    "region": "us-east-1",
    "stack": "hello",
}
Run = t.Callable[..., tuple[Clients, threading.Event]]


@pytest.fixture
def run() -> Run:
    shared = SharedClients()

    def begin(*, check_mode: bool = False, **params: t.Any) -> tuple[Clients, threading.Event]:
        stop = threading.Event()
        return shared({**PARAMS, **params}, stop=stop, check_mode=check_mode), stop

    return begin


def write(client: t.Any) -> None:
    client.create_vpc(CidrBlock="10.0.0.0/16")


def test_the_next_item_of_a_loop_has_the_clients_of_the_last_one(run: Run) -> None:
    first = run(stack="hello")[0].get("ec2", retry=False)
    clients, stop = run(stack="other")
    assert clients.get("ec2", retry=False) is first
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        write(first)
    stop.set()
    with pytest.raises(Stopped):
        write(first)


def test_what_was_stopped_stays_so(run: Run) -> None:
    """A call that has not ended yet would write after its run has failed."""
    clients, stop = run()
    old = clients.get("ec2", retry=False)
    stop.set()
    new = run()[0].get("ec2", retry=False)
    with pytest.raises(Stopped):
        write(old)
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        write(new)


@pytest.mark.parametrize("other", [{"region": "us-west-1"}, {"access_key": "AKIB"}, {"check_mode": True}])
def test_another_connection_has_clients_of_its_own(run: Run, other: dict[str, t.Any]) -> None:
    first = run()[0]
    assert run(**other)[0] is not first


def test_a_dry_run_writes_nothing(run: Run) -> None:
    run()
    with pytest.raises(DryRunError):
        write(run(check_mode=True)[0].get("ec2"))
