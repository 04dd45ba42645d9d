# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolver: from the topmost zone down, by what the parent really says, and nothing remembered."""

from __future__ import annotations

from pathlib import Path

import dns.flags
import dns.rcode
import pytest

from sandbox import Sandbox
from sandbox.__main__ import NoAddressError, locate
from tests.sandbox.plane.dns_client import Dns, values_in
from tests.sandbox.plane.zones import PARENT, Zone, delegated, endpoint_check
from tests.waiting import eventually

NAME = "dev.example.com."


@pytest.fixture
def zone(plane: Sandbox) -> Zone:
    return delegated(plane)


def test_it_resolves_across_accounts(names: Dns, zone: Zone) -> None:
    zone.put(f"www.{NAME}", "A", "192.0.2.1", ttl=42)
    reply = names.ask(f"www.{NAME}")
    assert values_in(reply.answer, "A") == ["192.0.2.1"]
    assert reply.answer[0].ttl == 42  # of the record, not what is left of it
    assert reply.flags & dns.flags.RA
    assert not reply.flags & dns.flags.AA


def test_the_command_says_where_a_name_is_on_this_machine(plane: Sandbox, zone: Zone) -> None:
    environment = plane.credentials()
    with pytest.raises(NoAddressError, match=r"no address of www\.dev\.example\.com"):
        locate(environment, f"www.{NAME}".rstrip("."), 80)
    zone.put(f"www.{NAME}", "A", "192.0.2.1")
    shift = int(environment.get("EVERLOOK_FAILOVER_PORT_SHIFT", 0))
    assert locate(environment, f"www.{NAME}", 80) == f"192.0.2.1:{80 + shift}"
    assert locate(environment, f"www.{NAME}", 8080) == "192.0.2.1:8080"


def test_it_remembers_nothing(names: Dns, zone: Zone) -> None:
    assert names.values(NAME) == ["NOERROR"]
    for value in ("192.0.2.1", "192.0.2.2"):
        zone.put(NAME, "A", value)
        assert names.values(NAME) == [value]


def test_without_delegation_there_is_no_such_name(names: Dns, plane: Sandbox) -> None:
    zone = Zone.make(plane, NAME)
    zone.put(NAME, "A", "192.0.2.1")
    assert names.values(NAME) == ["NXDOMAIN"]
    parent = Zone.parent(plane)
    delegation = parent.delegate(zone)
    assert names.values(NAME) == ["192.0.2.1"]
    parent.change("DELETE", delegation)
    reply = names.ask(NAME)
    assert dns.rcode.to_text(reply.rcode()) == "NXDOMAIN"
    assert [rrset.name.to_text() for rrset in reply.authority] == [PARENT]  # it is the parent that says so


def test_a_delegation_to_another_zones_servers_leads_nowhere(names: Dns, plane: Sandbox, zone: Zone) -> None:
    zone.put(NAME, "A", "192.0.2.1")
    parent, other = Zone.parent(plane), Zone.make(plane, "other.example.net.")
    parent.delegate(zone, servers=other.servers)
    assert names.values(NAME) == ["SERVFAIL"]
    parent.delegate(zone, servers=(other.servers[0], zone.servers[0]))
    assert [names.values(NAME) for _ in range(8)] == [["192.0.2.1"]] * 8  # one of them is enough


def test_a_delegation_to_a_deleted_zone_leads_nowhere(names: Dns, plane: Sandbox, zone: Zone) -> None:
    zone.delete()
    assert names.values(NAME) == ["SERVFAIL"]
    again = Zone.make(plane, NAME)  # it has other servers
    again.put(NAME, "A", "192.0.2.1")
    assert names.values(NAME) == ["SERVFAIL"]
    Zone.parent(plane).delegate(again)
    assert names.values(NAME) == ["192.0.2.1"]


def test_name_servers_of_others_are_out_of_reach(names: Dns, plane: Sandbox, zone: Zone) -> None:
    Zone.parent(plane).delegate(zone, servers=("ns1.example.net.", "www.example.com."))
    assert names.values(NAME) == ["SERVFAIL"]


def test_a_zone_below_a_zone_below_a_zone(names: Dns, plane: Sandbox, zone: Zone) -> None:
    deeper = Zone.make(plane, f"eu.{NAME}", account="prod")
    zone.delegate(deeper)
    deeper.put(f"www.eu.{NAME}", "A", "192.0.2.3")
    assert names.values(f"www.eu.{NAME}") == ["192.0.2.3"]


def test_aliases_of_names_are_followed_into_other_zones(names: Dns, plane: Sandbox, zone: Zone) -> None:
    zone.put(NAME, "A", "192.0.2.1")
    Zone.parent(plane).put("shop.example.com.", "CNAME", NAME, ttl=20)
    reply = names.ask("shop.example.com.")
    assert [(rrset.name.to_text(), rrset.ttl) for rrset in reply.answer] == [("shop.example.com.", 20), (NAME, 60)]
    assert names.values("shop.example.com.", "CNAME") == [NAME]


def test_names_that_lead_to_each_other_are_a_failure(names: Dns, plane: Sandbox, zone: Zone) -> None:
    zone.put(f"a.{NAME}", "CNAME", "b.example.com.")
    Zone.parent(plane).put("b.example.com.", "CNAME", f"a.{NAME}")
    assert names.values(f"a.{NAME}") == ["SERVFAIL"]


@pytest.mark.parametrize("name", ["example.net.", "com.", ".", "ns1.example.org.", "x.elb.amazonaws.com."])
def test_what_is_in_no_zone_does_not_exist(names: Dns, name: str) -> None:
    assert names.values(name) == ["NXDOMAIN"]


@pytest.mark.usefixtures("zone")
def test_every_name_server_has_one_address(names: Dns) -> None:
    for server in (*names.values(NAME, "NS"), *names.values(PARENT, "NS")):
        assert len(names.values(server)) == 1
        assert names.values(server, "AAAA") == ["NOERROR"]


def test_the_topmost_zone_counts_whoever_has_one_below(names: Dns, plane: Sandbox) -> None:
    # The seed's dev2.example.com is a zone that nobody delegates.
    assert names.values("www.dev2.example.com.") == ["NXDOMAIN"]
    lonely = Zone.make(plane, "example.net.", account="staging")
    lonely.put("www.example.net.", "A", "192.0.2.5")
    assert names.values("www.example.net.") == ["192.0.2.5"]


def test_the_topmost_zone_of_a_name_that_is_there_twice_is_the_first(names: Dns, plane: Sandbox) -> None:
    Zone.make(plane, PARENT, account="staging").put("www.example.com.", "A", "192.0.2.66")
    assert names.values("www.example.com.") == ["192.0.2.10"]


def test_over_tcp_and_over_udp(names: Dns) -> None:
    assert values_in(names.ask("www.example.com.", tcp=True).answer, "A") == ["192.0.2.10"]
    assert values_in(names.ask("www.example.com.").answer, "A") == ["192.0.2.10"]


def test_every_sandbox_has_its_own(names: Dns) -> None:
    with Sandbox(plane=True) as other:
        there = Dns.of(other.credentials())
        assert there.resolver != names.resolver
        Zone.parent(other).put("www.example.com.", "A", "192.0.2.77")
        assert there.values("www.example.com.") == ["192.0.2.77"]
        assert names.values("www.example.com.") == ["192.0.2.10"]


def test_what_is_asked_and_forgotten_leaves_no_socket_behind(names: Dns, plane: Sandbox) -> None:
    def round_trip() -> None:
        zone = delegated(plane)
        endpoint_check(plane, 1)
        zone.put(NAME, "A", "192.0.2.1")
        for _ in range(10):
            assert names.values(NAME) == ["192.0.2.1"]
            names.ask(NAME, tcp=True)
        plane.reset()

    def open_files() -> int:
        return len(list(Path(f"/proc/{plane.api.get('health')['pid']}/fd").iterdir()))

    plane.reset()
    before = open_files()
    for _ in range(3):
        round_trip()
    # A few are in use at any moment: by who asks here, and by the checkers of the seed.
    eventually(lambda: open_files() <= before + 2)
