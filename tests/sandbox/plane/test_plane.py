# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plane itself: its parts open before the server says so, come back when they break, leave nothing behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.commands import Commands
from sandbox.outages import Outages
from sandbox.plane import Plane
from sandbox.plane.addresses import Addresses
from tests.processes import open_files
from tests.sandbox.plane.stacks import Stack
from tests.waiting import eventually


@pytest.fixture
def aws() -> Iterator[Any]:
    """As much of a local AWS as a plane without parts needs."""
    addresses = Addresses.take()
    yield SimpleNamespace(
        world=SimpleNamespace(addresses=addresses),
        gateway=SimpleNamespace(lock=threading.RLock(), outages=Outages()),
        commands=Commands(),
    )
    addresses.close()


class Recorder:
    """A part that writes down what happens to it, and breaks as often as it is told."""

    def __init__(self, breaks: int = 0, opens: BaseException | None = None) -> None:
        self.breaks, self.opens = breaks, opens
        self.events: list[str] = []
        self.child: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self.events.append("open")
        if self.opens:
            raise self.opens

    async def run(self) -> None:
        self.events.append("run")
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("a bug")
        self.child = asyncio.create_task(asyncio.sleep(3600))
        try:
            await asyncio.sleep(3600)
        finally:
            self.events.append("end")


def started(monkeypatch: pytest.MonkeyPatch, aws: Any, *parts: Recorder) -> Plane:
    monkeypatch.setattr("sandbox.plane.parts", lambda _site, _checkers: list(parts))
    plane = Plane(aws)
    plane.start()
    return plane


def test_every_part_is_open_when_it_has_started(monkeypatch: pytest.MonkeyPatch, aws: Any) -> None:
    parts = [Recorder(), Recorder()]
    plane = started(monkeypatch, aws, *parts)
    assert [part.events[0] for part in parts] == ["open", "open"]
    eventually(lambda: all(part.child for part in parts))
    plane.stop()
    plane.stop()
    assert [part.events for part in parts] == [["open", "run", "end"]] * 2
    assert all(part.child and part.child.cancelled() for part in parts)


def test_a_part_that_breaks_is_run_again_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, aws: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sandbox.plane._RESTART_SECONDS", 0.01)
    broken, other = Recorder(breaks=2), Recorder()
    plane = started(monkeypatch, aws, broken, other)
    eventually(lambda: broken.child)
    plane.stop()
    assert broken.events == ["open", "run", "run", "run", "end"]
    assert other.events == ["open", "run", "end"]
    assert capsys.readouterr().err.count("RuntimeError: a bug") == 2


def test_what_keeps_a_part_from_opening_is_raised(monkeypatch: pytest.MonkeyPatch, aws: Any) -> None:
    with pytest.raises(OSError, match="in use"):
        started(monkeypatch, aws, Recorder(opens=OSError("the address is in use")))


def test_a_local_aws_without_addresses_has_none() -> None:
    without: Any = SimpleNamespace(world=SimpleNamespace(addresses=None))
    with pytest.raises(ValueError, match="no data plane"):
        Plane(without)


def sockets(pid: int) -> dict[str, set[tuple[str, int]]]:
    """Where a process listens, as TCP or UDP."""
    inodes = set(open_files(pid))
    found: dict[str, set[tuple[str, int]]] = {"tcp": set(), "udp": set(), "tcp6": set(), "udp6": set()}
    for kind, places in found.items():
        for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] in ("0A", "07") and f"socket:[{words[9]}]" in inodes:
                address, port = words[1].split(":")
                places.add(
                    (socket.inet_ntoa(bytes.fromhex(address)[::-1]) if len(address) == 8 else "::", int(port, 16))
                )
    return found


def test_it_listens_on_loopback_alone_and_on_nothing_after_a_reset(plane: Sandbox) -> None:
    pid = plane.api.get("health")["pid"]
    stack = Stack(plane).set_up().serve()
    shift = int(plane.network().get("EVERLOOK_FAILOVER_PORT_SHIFT", 0))
    nodes = {(node, 80 + shift) for node in stack.nodes()}
    found = sockets(pid)
    assert nodes <= found["tcp"]
    assert all(address.startswith("127.") for places in found.values() for address, _port in places)
    plane.reset()
    eventually(lambda: sockets(pid)["tcp"] & nodes, lambda left: not left)


def test_it_has_nothing_to_complain_of() -> None:
    """Also when connections are cut: by the end of their load balancer, and by the end of the server."""
    with Sandbox(plane=True, speed=20) as aws:
        address, _colon, port = aws.network()["EVERLOOK_FAILOVER_RESOLVER"].partition(":")
        asking = socket.create_connection((address, int(port or 53)), 5)
        clients = []
        for _ in range(2):
            stack = Stack(aws).set_up().serve()
            shift = int(aws.network().get("EVERLOOK_FAILOVER_PORT_SHIFT", 0))
            clients.append(socket.create_connection((stack.nodes()[0], 80 + shift), 5))
            clients[-1].sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert clients[-1].recv(15) == b"HTTP/1.1 200 OK"
            if len(clients) == 1:
                aws.reset()
                clients[-1].settimeout(20)
                assert clients[-1].recv(1000).endswith(b"}\n")
                assert clients[-1].recv(1000) == b""
        output = aws._output
    assert output
    assert not output.exists(), output.read_text()
    for client in (asking, *clients):
        client.close()


def test_two_at_once_are_apart(plane: Sandbox) -> None:
    with Sandbox(plane=True, speed=20) as other:
        assert other.network() != plane.network()
        stacks = [Stack(aws).set_up().serve(f"hello:{name}") for aws, name in ((plane, "a"), (other, "b"))]
        assert [stack.get().facts["version"] for stack in stacks] == ["a", "b"]
