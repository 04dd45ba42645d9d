# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Name servers of Route 53: who serves what, how, and what they say of the zones below."""

from __future__ import annotations

import socket

import dns.flags
import dns.message
import dns.rcode
import pytest

from sandbox import Sandbox
from tests.sandbox.plane.dns_client import Dns, values_in
from tests.sandbox.plane.zones import PARENT, Zone, delegated
from tests.waiting import eventually

NAME = "dev.example.com."


@pytest.fixture
def zone(plane: Sandbox) -> Zone:
    return delegated(plane)


def code(message: dns.message.Message) -> str:
    return dns.rcode.to_text(message.rcode())


def authoritative(message: dns.message.Message) -> bool:
    return bool(message.flags & dns.flags.AA)


@pytest.mark.usefixtures("zone")
def test_every_zone_has_four_servers_at_addresses_of_their_own(names: Dns) -> None:
    addresses = names.servers(NAME) + names.servers(PARENT)
    assert len(set(addresses)) == 8
    assert names.resolver not in addresses


def test_all_four_answer_the_same_with_authority_and_no_recursion(names: Dns, zone: Zone) -> None:
    zone.put(f"www.{NAME}", "A", "192.0.2.1", ttl=77)
    for server in names.servers(NAME):
        reply = names.ask(f"www.{NAME}", at=server)
        assert (code(reply), authoritative(reply)) == ("NOERROR", True)
        assert not reply.flags & dns_flag("RA")
        assert [(rrset.name.to_text(), rrset.ttl) for rrset in reply.answer] == [(f"www.{NAME}", 77)]
        assert values_in(reply.answer, "A") == ["192.0.2.1"]


def dns_flag(name: str) -> int:
    return int(dns.flags.from_text(name))


def test_zones_that_share_their_servers_answer_each_for_itself(names: Dns, plane: Sandbox) -> None:
    route53 = plane.client("route53")
    shared = route53.create_reusable_delegation_set(CallerReference="shared")["DelegationSet"]["Id"]
    first, second = (Zone.make(plane, name, DelegationSetId=shared) for name in ("example.net.", "example.org."))
    assert first.servers == second.servers
    server = names.servers(first.name)[0]
    for zone, value in ((first, "192.0.2.1"), (second, "192.0.2.2")):
        zone.put(f"www.{zone.name}", "A", value)
        assert names.values(f"www.{zone.name}", at=server) == [value]


def test_a_change_is_answered_at_once(names: Dns, zone: Zone) -> None:
    server = names.servers(NAME)[0]
    for value in ("192.0.2.1", "192.0.2.2"):
        zone.put(NAME, "A", value)
        assert names.values(NAME, at=server) == [value]


@pytest.mark.usefixtures("zone")
def test_a_server_refuses_zones_that_are_not_its_own(names: Dns) -> None:
    reply = names.ask(PARENT, "SOA", at=names.servers(NAME)[0])
    assert (code(reply), authoritative(reply), reply.answer, reply.authority) == ("REFUSED", False, [], [])
    assert code(names.ask("example.net", at=names.servers(NAME)[0])) == "REFUSED"


def test_a_zone_that_is_gone_is_refused_by_the_servers_it_had(names: Dns, zone: Zone) -> None:
    server = names.servers(NAME)[0]
    zone.delete()
    assert code(names.ask(NAME, "SOA", at=server)) == "REFUSED"


def test_no_such_name_and_no_such_type_come_with_the_soa(names: Dns, zone: Zone) -> None:
    zone.put(f"a.b.{NAME}", "A", "192.0.2.1")
    server = names.servers(NAME)[0]
    expected = {f"nothing.{NAME}": "NXDOMAIN", f"b.{NAME}": "NOERROR", NAME: "NOERROR"}
    for name, wanted in expected.items():
        reply = names.ask(name, at=server)
        assert (code(reply), authoritative(reply), reply.answer) == (wanted, True, [])
        (soa,) = reply.authority
        # min(TTL, minimum) of Route 53's default SOA: what a resolver may believe it for
        assert (soa.name.to_text(), soa.ttl) == (NAME, 900)
        assert values_in([soa], "SOA")[0].startswith(zone.servers[0])


def test_the_minimum_of_the_soa_limits_how_long_nothing_is_believed(names: Dns, zone: Zone) -> None:
    zone.put(NAME, "SOA", f"{zone.servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 60", ttl=900)
    assert names.ask(f"nothing.{NAME}", at=names.servers(NAME)[0]).authority[0].ttl == 60


def test_the_parent_refers_to_the_child_with_glue(names: Dns, zone: Zone) -> None:
    (parent, *_others) = names.servers(PARENT)
    for name, kind in ((NAME, "A"), (f"deep.below.{NAME}", "A"), (NAME, "NS"), (NAME, "SOA")):
        reply = names.ask(name, kind, at=parent)
        assert (code(reply), authoritative(reply), reply.answer) == ("NOERROR", False, [])
        assert [rrset.name.to_text() for rrset in reply.authority] == [NAME]
        assert values_in(reply.authority, "NS") == sorted(zone.servers)
        assert values_in(reply.additional, "A") == sorted(names.servers(NAME))


@pytest.mark.usefixtures("zone")
def test_the_ds_of_a_child_is_the_parents_matter(names: Dns, plane: Sandbox) -> None:
    parent, (server, *_others) = Zone.parent(plane), names.servers(PARENT)
    reply = names.ask(NAME, "DS", at=server)
    assert (code(reply), authoritative(reply), values_in(reply.answer, "DS")) == ("NOERROR", True, [])
    parent.put(NAME, "DS", "123 13 2 " + "AB" * 32)
    assert len(values_in(names.ask(NAME, "DS", at=server).answer, "DS")) == 1


def test_the_child_speaks_for_its_own_name_servers(names: Dns, zone: Zone) -> None:
    reply = names.ask(NAME, "NS", at=names.servers(NAME)[0])
    assert authoritative(reply)
    assert values_in(reply.answer, "NS") == sorted(zone.servers)
    assert reply.answer[0].ttl == 172800


def test_wildcards_stand_for_what_is_not_there(names: Dns, zone: Zone) -> None:
    zone.put(f"*.{NAME}", "A", "192.0.2.9")
    zone.put(f"there.{NAME}", "TXT", '"here"')
    zone.put(f"x.inner.{NAME}", "A", "192.0.2.8")
    server = names.servers(NAME)[0]
    reply = names.ask(f"any.{NAME}", at=server)
    assert [rrset.name.to_text() for rrset in reply.answer] == [f"any.{NAME}"]
    assert names.values(f"a.b.{NAME}", at=server) == ["192.0.2.9"]
    # A name that is there has what it has; one above another is there; below that one no wildcard stands.
    assert names.values(f"there.{NAME}", at=server) == ["NOERROR"]
    assert names.values(f"inner.{NAME}", at=server) == ["NOERROR"]
    assert names.values(f"y.inner.{NAME}", at=server) == ["NXDOMAIN"]
    assert names.values(f"*.{NAME}", at=server) == ["192.0.2.9"]


def test_cnames_are_followed_inside_the_zone(names: Dns, zone: Zone) -> None:
    zone.put(f"www.{NAME}", "CNAME", f"app.{NAME}", ttl=30)
    zone.put(f"app.{NAME}", "A", "192.0.2.1")
    zone.put(f"lost.{NAME}", "CNAME", f"nothing.{NAME}")
    zone.put(f"out.{NAME}", "CNAME", "www.example.com.")
    server = names.servers(NAME)[0]
    reply = names.ask(f"www.{NAME}", at=server)
    assert [(rrset.name.to_text(), rrset.ttl) for rrset in reply.answer] == [(f"www.{NAME}", 30), (f"app.{NAME}", 60)]
    assert values_in(names.ask(f"www.{NAME}", "CNAME", at=server).answer, "CNAME") == [f"app.{NAME}"]
    lost = names.ask(f"lost.{NAME}", at=server)
    assert (code(lost), values_in(lost.answer, "CNAME")) == ("NXDOMAIN", [f"nothing.{NAME}"])
    outside = names.ask(f"out.{NAME}", at=server)
    assert (code(outside), len(outside.answer), outside.authority) == ("NOERROR", 1, [])


def test_a_loop_of_cnames_is_a_failure_and_not_the_end(names: Dns, zone: Zone) -> None:
    zone.put(f"a.{NAME}", "CNAME", f"b.{NAME}")
    zone.put(f"b.{NAME}", "CNAME", f"a.{NAME}")
    assert names.values(f"a.{NAME}", at=names.servers(NAME)[0]) == ["SERVFAIL"]
    zone.put(f"c.{NAME}", "A", "192.0.2.1")
    assert names.values(f"c.{NAME}", at=names.servers(NAME)[0]) == ["192.0.2.1"]


def test_an_alias_has_the_values_and_the_ttl_of_what_it_leads_to(names: Dns, plane: Sandbox, zone: Zone) -> None:
    other = Zone.make(plane, "other.example.net.")
    other.put("app.other.example.net.", "A", "192.0.2.7", ttl=33)
    zone.put(f"app.{NAME}", "A", "192.0.2.6", ttl=44)
    targets = {"own": (zone.id, f"app.{NAME}"), "far": (other.id, "app.other.example.net.")}
    for label, (zone_id, target) in targets.items():
        alias = {"HostedZoneId": zone_id, "DNSName": target, "EvaluateTargetHealth": False}
        zone.change("CREATE", {"Name": f"{label}.{NAME}", "Type": "A", "AliasTarget": alias})
    server = names.servers(NAME)[0]
    for label, (value, ttl) in {"own": ("192.0.2.6", 44), "far": ("192.0.2.7", 33)}.items():
        (rrset,) = names.ask(f"{label}.{NAME}", at=server).answer
        assert (rrset.name.to_text(), [item.to_text() for item in rrset], rrset.ttl) == (
            f"{label}.{NAME}",
            [value],
            ttl,
        )


def test_the_order_of_addresses_changes(names: Dns, zone: Zone) -> None:
    values = [f"192.0.2.{number}" for number in range(1, 9)]
    zone.put(NAME, "A", *values)
    server = names.servers(NAME)[0]
    orders = {tuple(item.to_text() for item in names.ask(NAME, at=server).answer[0]) for _ in range(10)}
    assert len(orders) > 1
    assert all(sorted(order) == values for order in orders)


def test_what_is_too_long_for_udp_comes_over_tcp(names: Dns, zone: Zone) -> None:
    values = [f'"{number:0200d}"' for number in range(10)]
    zone.put(NAME, "TXT", *values)
    server = names.servers(NAME)[0]
    short = names.ask(NAME, "TXT", at=server)
    assert short.flags & dns_flag("TC")
    assert short.answer == []
    whole = names.ask(NAME, "TXT", at=server, tcp=True)
    assert values_in(whole.answer, "TXT") == values
    assert names.values(NAME, "TXT") == ["NOERROR"]  # the resolver's reply over UDP is as short
    assert values_in(names.ask(NAME, "TXT", tcp=True).answer, "TXT") == values


def test_names_are_known_in_any_case(names: Dns, zone: Zone) -> None:
    zone.put(NAME, "A", "192.0.2.1")
    assert names.values("DEV.eXample.COM", at=names.servers(NAME)[0]) == ["192.0.2.1"]


def test_private_zones_are_nobodys_business(names: Dns) -> None:
    # The seed has a private dev.example.com; without a public one the name is not there.
    assert names.values(NAME, "NS") == ["NXDOMAIN"]


@pytest.mark.usefixtures("zone")
def test_a_reset_closes_the_servers_that_were(names: Dns, plane: Sandbox) -> None:
    server = names.servers(NAME)[0]
    assert code(names.ask(NAME, "SOA", at=server)) == "NOERROR"
    plane.reset()

    def listens() -> bool:
        with socket.socket() as trial:
            return trial.connect_ex((server, names.port)) == 0

    eventually(lambda: not listens())
    assert names.values("www.example.com") == ["192.0.2.10"]
