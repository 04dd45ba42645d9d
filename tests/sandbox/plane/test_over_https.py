# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS over HTTPS, in plain text on loopback, and port 53 that lets nothing through."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import dns.exception
import dns.message
import dns.rcode
import pytest

from sandbox import Sandbox
from tests.sandbox.plane.dns_client import Dns, values_in
from tests.sandbox.plane.zones import Zone, delegated

NAME = "dev.example.com."
TYPE = "application/dns-message"


@pytest.fixture
def zone(plane: Sandbox) -> Zone:
    made = delegated(plane)
    made.put(f"www.{NAME}", "A", "192.0.2.1", ttl=77)
    return made


@pytest.fixture
def closed(plane: Sandbox) -> Iterator[None]:
    plane.break_region("dns")
    yield
    plane.heal_region("dns")


def url(plane: Sandbox) -> str:
    return plane.network()["EVERLOOK_FAILOVER_DNS_OVER_HTTPS"]


def post(address: str, message: bytes, kind: str = TYPE) -> bytes:
    request = urllib.request.Request(address, data=message, headers={"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Content-Type"] == TYPE
        return bytes(answer.read())


def ask(plane: Sandbox, name: str, kind: str = "A") -> dns.message.Message:
    return dns.message.from_wire(post(url(plane), dns.message.make_query(name, kind).to_wire()))


@pytest.mark.usefixtures("zone", "closed")
def test_it_answers_as_the_resolver_does_when_port_53_is_closed(plane: Sandbox, names: Dns) -> None:
    assert values_in(ask(plane, f"www.{NAME}").answer, "A") == ["192.0.2.1"]
    assert len(ask(plane, NAME, "NS").answer[0]) == 4
    assert dns.rcode.to_text(ask(plane, f"nothing.{NAME}").rcode()) == "NXDOMAIN"
    query = dns.message.make_query(NAME, "NS")
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(query, names.resolver, timeout=0.3, port=names.port)


@pytest.mark.usefixtures("zone")
def test_a_closed_port_is_closed_at_every_name_server(plane: Sandbox, names: Dns) -> None:
    servers = names.servers(NAME)
    plane.break_region("dns")
    for server in servers:
        with pytest.raises(dns.exception.Timeout):
            dns.query.udp(dns.message.make_query(NAME, "NS"), server, timeout=0.2, port=names.port)
        with socket.create_connection((server, names.port), timeout=5) as connection:
            assert connection.recv(1) == b""
    plane.heal_region("dns")
    assert names.values(f"www.{NAME}") == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("path", "message", "kind", "status"),
    [
        ("/other", b"", TYPE, 404),
        ("/dns-query", b"", "text/plain", 415),
        ("/dns-query", b"no message", TYPE, 400),
    ],
)
def test_what_is_no_query_is_refused(plane: Sandbox, path: str, message: bytes, kind: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(url(plane).replace("/dns-query", path), message, kind)
    assert refused.value.code == status


def test_dns_can_only_be_cut(plane: Sandbox) -> None:
    with pytest.raises(Exception, match="can only be cut"):
        plane.break_region("dns", "slow")
