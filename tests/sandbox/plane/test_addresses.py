# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses: a block of its own for each sandbox, one address for each thing."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from sandbox.plane.addresses import Addresses, NoBlockError


@pytest.fixture
def addresses() -> Iterator[Addresses]:
    """A block that ends with the test."""
    taken = Addresses.take()
    yield taken
    taken.close()


def test_two_never_have_the_same_block(addresses: Addresses) -> None:
    others = [Addresses.take() for _ in range(40)]
    try:
        assert len({addresses.block, *(other.block for other in others)}) == 41
    finally:
        for other in others:
            other.close()


def test_a_block_that_was_let_go_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Addresses.take()
    monkeypatch.setattr("sandbox.plane.addresses._BLOCKS", range(first.block, first.block + 1))
    with pytest.raises(NoBlockError, match="stop sandboxes"):
        Addresses.take()
    first.close()
    again = Addresses.take()
    assert again.block == first.block
    again.close()


def test_everything_is_in_the_block_and_different(addresses: Addresses) -> None:
    given = [addresses.of(kind, key) for kind in ("name server", "balancer", "task") for key in ("a", "b")]
    assert len({*given, addresses.resolver[0], f"127.{addresses.block}.0.1"}) == 8
    assert all(address.startswith(f"127.{addresses.block}.") for address in given)


def test_a_thing_keeps_its_address_until_it_is_forgotten(addresses: Addresses) -> None:
    first = addresses.of("task", "vpc-1/10.0.0.4")
    assert addresses.of("task", "vpc-1/10.0.0.4") == first
    assert addresses.of("balancer", "vpc-1/10.0.0.4") != first
    addresses.forget()
    assert addresses.of("task", "vpc-2/10.0.0.4") != first


def test_addresses_go_round_within_their_kind(addresses: Addresses) -> None:
    beginning = addresses.of("name server", "0")
    others = [addresses.of("name server", str(number)) for number in range(1, 63 * 256)]
    assert others[-1] == f"127.{addresses.block}.63.255"
    addresses.forget()
    assert addresses.of("name server", "again") == beginning


@pytest.mark.parametrize(("shift", "http", "resolver"), [(0, 80, ""), (10000, 10080, ":10053")])
def test_low_ports_are_shifted_where_they_cannot_be_used(
    addresses: Addresses, shift: int, http: int, resolver: str
) -> None:
    addresses.port_shift = shift
    assert [addresses.port(port) for port in (80, 1023, 1024, 8080)] == [http, 1023 + shift, 1024, 8080]
    environment = {"EVERLOOK_FAILOVER_RESOLVER": f"127.{addresses.block}.0.2{resolver}"}
    environment["EVERLOOK_FAILOVER_DNS_OVER_HTTPS"] = f"http://127.{addresses.block}.0.2:8053/dns-query"
    if shift:
        environment["EVERLOOK_FAILOVER_PORT_SHIFT"] = "10000"
    assert addresses.environment() == environment


def test_whether_low_ports_can_be_used_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    bind = socket.socket.bind

    class Unprivileged(socket.socket):
        def bind(self, address: tuple[str, int]) -> None:  # type: ignore[override]
            if address[1] < 1024:
                raise PermissionError(13, "Permission denied")
            bind(self, address)

    monkeypatch.setattr("sandbox.plane.addresses.socket.socket", Unprivileged)
    taken = Addresses.take()
    assert taken.port_shift == 10000
    taken.close()
