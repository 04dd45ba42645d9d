# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walking down from the parent zone: every kind of answer, and every way not to get one."""

from __future__ import annotations

import sys
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._probe.answers import Answer, Delegation
from ansible_collections.everlook.failover.plugins.module_utils._probe.network import Network
from ansible_collections.everlook.failover.plugins.module_utils._probe.resolver import (
    DnsUnavailable,
    IterativeResolver,
)

from .name_servers import REFUSED, NameServers, Reply

RESOLVER, PARENT, CHILD, OTHER_CHILD = "127.83.0.1", "127.83.0.2", "127.83.0.3", "127.83.0.4"
NAME = ("dev.example.com", "A")
# Of a resolver nothing but the parent's servers is asked; where there is glue, that is.
FOUND = {
    ("example.com", "NS"): Reply(answer=("example.com. 60 NS ns.parent.test.",), authoritative=False),
    ("ns.parent.test", "A"): Reply(answer=(f"ns.parent.test. 60 A {PARENT}",), authoritative=False),
}
REFERRAL = Reply(
    authority=("dev.example.com. 300 NS ns-2.child.test. NS-1.child.test.",),
    additional=(f"ns-1.child.test. 300 A {OTHER_CHILD}", f"ns-2.child.test. 300 A {CHILD}"),
    authoritative=False,
)
ANSWER = Reply(answer=("dev.example.com. 60 A 198.51.100.2 198.51.100.1",))


@pytest.fixture
def servers() -> t.Iterator[NameServers]:
    child = {NAME: ANSWER}
    zones = {
        RESOLVER: FOUND,
        PARENT: {NAME: REFERRAL, ("dev.example.com", "NS"): REFERRAL},
        CHILD: child,
        OTHER_CHILD: child,
    }
    with NameServers(zones) as running:
        yield running


@pytest.fixture
def resolver(servers: NameServers) -> IterativeResolver:
    # A server that answers has as long on a machine with other things to do; one that is silent costs as much.
    return IterativeResolver(servers.network(RESOLVER), "example.com.", seconds=2.0)


def test_it_starts_at_the_parent_and_follows_the_referral(resolver: IterativeResolver) -> None:
    answer = resolver.ask("Dev.Example.com")
    assert sorted(answer.addresses) == ["198.51.100.1", "198.51.100.2"]
    assert (answer.rcode, answer.ttl, answer.problem) == ("NOERROR", 60, "")
    assert answer.name_servers[0] == f"ns.parent.test ({PARENT})"
    assert len(answer.name_servers) == 2
    assert resolver.zone == "example.com"


def test_only_the_parents_servers_are_remembered(servers: NameServers, resolver: IterativeResolver) -> None:
    for _time in range(3):
        resolver.ask("dev.example.com")
    assert servers.count("example.com", "NS") == 1
    assert servers.count("ns.parent.test", "A") == 1
    assert servers.count("dev.example.com", "A") == 6


def test_a_change_is_seen_by_the_next_question(servers: NameServers, resolver: IterativeResolver) -> None:
    resolver.ask("dev.example.com")
    for address in (CHILD, OTHER_CHILD):
        servers.zones[address][NAME] = Reply(answer=("dev.example.com. 5 A 203.0.113.9",))
    assert resolver.ask("dev.example.com").addresses == ("203.0.113.9",)


def test_the_zone_itself_may_be_where_the_walk_starts(servers: NameServers) -> None:
    servers.zones[RESOLVER] |= {
        ("dev.example.com", "NS"): Reply(answer=("dev.example.com. 60 NS ns-1.child.test.",)),
        ("ns-1.child.test", "A"): Reply(answer=(f"ns-1.child.test. 60 A {CHILD}",)),
    }
    answer = IterativeResolver(servers.network(RESOLVER), "dev.example.com").ask("dev.example.com")
    assert answer.name_servers == (f"ns-1.child.test ({CHILD})",)
    assert answer.rcode == "NOERROR"


def test_a_zone_that_nobody_delegates_does_not_exist(servers: NameServers) -> None:
    servers.zones[RESOLVER] |= {("dev.example.com", "NS"): Reply(rcode="NXDOMAIN")}
    answer = IterativeResolver(servers.network(RESOLVER), "dev.example.com").ask("dev.example.com")
    assert (answer.rcode, answer.problem) == ("NXDOMAIN", "dev.example.com has no name servers in DNS (NXDOMAIN)")


def test_every_name_server_of_the_zone_is_asked(servers: NameServers, resolver: IterativeResolver) -> None:
    servers.zones[CHILD][NAME] = Reply(answer=("dev.example.com. 60 A 203.0.113.9",))
    answer = resolver.ask_each("dev.example.com")
    [other] = answer.others
    said = {answer.name_servers[-1]: answer.addresses, other.server: tuple(sorted(other.addresses))}
    assert said[f"ns-2.child.test ({CHILD})"] == ("203.0.113.9",)
    assert set(said) == {f"ns-2.child.test ({CHILD})", f"ns-1.child.test ({OTHER_CHILD})"}


def test_one_that_says_nothing_is_told(servers: NameServers, resolver: IterativeResolver) -> None:
    servers.zones[CHILD][NAME] = Reply(silent=True)
    answer = resolver.ask_each("dev.example.com")
    assert sorted(answer.addresses) == ["198.51.100.1", "198.51.100.2"]
    assert [(other.server, other.addresses) for other in answer.others] == [(f"ns-2.child.test ({CHILD})", ())]
    assert "does not answer" in answer.others[0].problem


def test_the_zones_servers_may_be_known(servers: NameServers) -> None:
    servers.zones[RESOLVER][("ns-1.child.test", "A")] = Reply(answer=(f"ns-1.child.test. 60 A {CHILD}",))
    found = IterativeResolver(servers.network(RESOLVER), "dev.example.com", servers=["ns-1.child.test"]).ask_each(
        "dev.example.com"
    )
    assert (found.rcode, found.name_servers) == ("NOERROR", (f"ns-1.child.test ({CHILD})",))
    assert servers.count("dev.example.com", "NS") == 0


def test_servers_of_the_parent_zone_that_do_not_agree(servers: NameServers, resolver: IterativeResolver) -> None:
    servers.zones[RESOLVER] |= {
        ("example.com", "NS"): Reply(answer=("example.com. 60 NS ns.parent.test. ns-late.parent.test.",)),
        ("ns-late.parent.test", "A"): Reply(answer=(f"ns-late.parent.test. 60 A {OTHER_CHILD}",)),
    }
    servers.zones[OTHER_CHILD][("dev.example.com", "NS")] = Reply(rcode="NXDOMAIN")
    found = resolver.delegation("dev.example.com")
    assert found.name_servers == ("ns-1.child.test", "ns-2.child.test")
    assert sorted(found.differing) == [
        f"ns-late.parent.test ({OTHER_CHILD}) says no name servers",
        f"ns.parent.test ({PARENT}) says ns-1.child.test, ns-2.child.test",
    ]


@pytest.mark.parametrize("dead", [Reply(silent=True), REFUSED], ids=["silent", "refuses"])
def test_another_server_is_asked_when_one_does_not_answer(
    servers: NameServers, resolver: IterativeResolver, dead: Reply
) -> None:
    servers.zones[CHILD][NAME] = dead
    answer = resolver.ask("dev.example.com")
    assert answer.rcode == "NOERROR"
    assert answer.name_servers[1] == f"ns-1.child.test ({OTHER_CHILD})"


def test_servers_that_do_not_serve_the_zone_are_a_problem(servers: NameServers, resolver: IterativeResolver) -> None:
    for address in (CHILD, OTHER_CHILD):
        servers.zones[address][NAME] = REFUSED
    answer = resolver.ask("dev.example.com")
    assert (answer.rcode, answer.addresses) == ("", ())
    assert "REFUSED" in answer.problem


def test_a_delegation_that_is_gone(servers: NameServers, resolver: IterativeResolver) -> None:
    servers.zones[PARENT] = dict.fromkeys([NAME, ("dev.example.com", "NS")], Reply(rcode="NXDOMAIN"))
    assert resolver.ask("dev.example.com") == Answer(
        rcode="NXDOMAIN",
        name_servers=(f"ns.parent.test ({PARENT})",),
        problem=f"dev.example.com does not exist, says ns.parent.test ({PARENT})",
    )
    delegation = resolver.delegation("dev.example.com")
    assert (delegation.rcode, delegation.name_servers) == ("NXDOMAIN", ())
    assert "know no name servers of dev.example.com" in delegation.problem


def test_a_name_without_addresses(servers: NameServers, resolver: IterativeResolver) -> None:
    for address in (CHILD, OTHER_CHILD):
        servers.zones[address][NAME] = Reply(authority=("dev.example.com. 60 NS ns-1.child.test.",))
    answer = resolver.ask("dev.example.com")
    assert (answer.rcode, answer.addresses, answer.ttl) == ("NOERROR", (), None)
    assert "has no A record" in answer.problem


def test_a_referral_without_glue_goes_through_the_resolver(servers: NameServers, resolver: IterativeResolver) -> None:
    servers.zones[PARENT][NAME] = Reply(authority=("dev.example.com. 300 NS ns-1.child.test.",), authoritative=False)
    assert "no address is known of ns-1.child.test" in resolver.ask("dev.example.com").problem
    servers.zones[RESOLVER][("ns-1.child.test", "A")] = Reply(answer=(f"ns-1.child.test. 60 A {CHILD}",))
    assert resolver.ask("dev.example.com").rcode == "NOERROR"


def test_referrals_in_a_circle_end(servers: NameServers, resolver: IterativeResolver) -> None:
    for address in (CHILD, OTHER_CHILD):
        servers.zones[address][NAME] = REFERRAL
    assert "more than" in resolver.ask("dev.example.com").problem


def test_what_the_parent_names(resolver: IterativeResolver) -> None:
    expected = Delegation(rcode="NOERROR", name_servers=("ns-1.child.test", "ns-2.child.test"))
    assert resolver.delegation("dev.example.com") == expected


def test_a_parent_that_cannot_be_found_is_looked_for_again(servers: NameServers, resolver: IterativeResolver) -> None:
    lost = servers.zones[RESOLVER].pop(("example.com", "NS"))
    assert "the name servers of example.com cannot be found" in resolver.ask("dev.example.com").problem
    assert "EVERLOOK_FAILOVER_RESOLVER" in resolver.delegation("dev.example.com").problem
    servers.zones[RESOLVER][("example.com", "NS")] = lost
    assert resolver.ask("dev.example.com").rcode == "NOERROR"


def test_a_parents_server_that_moved_is_found_at_its_new_address(
    servers: NameServers, resolver: IterativeResolver
) -> None:
    resolver.ask("dev.example.com")
    servers.zones[PARENT].clear()
    assert resolver.ask("dev.example.com").rcode == ""
    servers.zones[RESOLVER][("ns.parent.test", "A")] = Reply(answer=(f"ns.parent.test. 60 A {CHILD}",))
    assert resolver.ask("dev.example.com").name_servers == (f"ns.parent.test ({CHILD})",)


def test_nobody_is_asked_where_there_is_no_dns() -> None:
    resolver = IterativeResolver(
        Network.from_environment({"EVERLOOK_FAILOVER_RESOLVER": "none"}, "https://dns.google/"), "example.com"
    )
    nobody = "EVERLOOK_FAILOVER_RESOLVER is none"
    assert resolver.ask_each("dev.example.com") == Answer(problem=nobody)
    assert resolver.delegation("dev.example.com") == Delegation(problem=nobody)


def test_without_dnspython_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "dns.resolver")
    with pytest.raises(DnsUnavailable, match="pip install dnspython"):
        IterativeResolver(Network(), "example.com")
