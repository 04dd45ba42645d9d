# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two settings of the way out, and which region an address belongs to."""

from __future__ import annotations

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._probe.answers import Answer, ServerAnswer, differing
from ansible_collections.everlook.failover.plugins.module_utils._probe.network import Network
from ansible_collections.everlook.failover.plugins.module_utils._probe.regions import Regions

RESOLVER, SHIFT = "EVERLOOK_FAILOVER_RESOLVER", "EVERLOOK_FAILOVER_PORT_SHIFT"

CERTIFICATE, KEY = "EVERLOOK_FAILOVER_CLIENT_CERTIFICATE", "EVERLOOK_FAILOVER_CLIENT_KEY"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Network()),
        ({RESOLVER: "", SHIFT: ""}, Network()),
        ({RESOLVER: "none", SHIFT: "10000"}, Network(port_shift=10000, dns=False)),
        (
            {CERTIFICATE: "/client.pem", KEY: "/client.key", RESOLVER: "none"},
            Network(client_certificate="/client.pem", client_key="/client.key", dns=False),
        ),
        ({RESOLVER: "192.0.2.53"}, Network(resolver=("192.0.2.53", 53))),
        ({RESOLVER: " 192.0.2.53:5353 "}, Network(resolver=("192.0.2.53", 5353))),
        ({RESOLVER: "192.0.2.53", SHIFT: "10000"}, Network(resolver=("192.0.2.53", 10053), port_shift=10000)),
        ({RESOLVER: "192.0.2.53:53", SHIFT: "10000"}, Network(resolver=("192.0.2.53", 53), port_shift=10000)),
        ({RESOLVER: "2001:db8::53"}, Network(resolver=("2001:db8::53", 53))),
        ({RESOLVER: "[2001:db8::53]:5353"}, Network(resolver=("2001:db8::53", 5353))),
    ],
)
def test_the_environment_says_where_to_ask(environ: dict[str, str], expected: Network) -> None:
    assert Network.from_environment(environ) == expected


@pytest.mark.parametrize("written", ["ns.example.com", "192.0.2.53:dns", "192.0.2.53:0", "192.0.2.53:65536"])
def test_what_is_no_resolver_is_refused(written: str) -> None:
    with pytest.raises(SpecError, match=RESOLVER):
        Network.from_environment({RESOLVER: written})


@pytest.mark.parametrize("written", ["-1", "ten", "64512"])
def test_what_is_no_shift_is_refused(written: str) -> None:
    with pytest.raises(SpecError, match=SHIFT):
        Network.from_environment({SHIFT: written})


@pytest.mark.parametrize(("port", "expected"), [(53, 10053), (443, 10443), (1023, 11023), (1024, 1024), (8080, 8080)])
def test_ports_that_need_privileges_are_shifted(port: int, expected: int) -> None:
    assert Network(port_shift=10000).port(port) == expected
    assert Network().port(port) == port


class Names:
    """A resolver that knows names."""

    def __init__(self, **addresses: list[str]) -> None:
        self.addresses = {f"{region.replace('_', '-')}.dev.example.com": found for region, found in addresses.items()}
        self.asked: list[str] = []
        self.servers: dict[str, dict[str, list[str]]] = {}

    def ask(self, name: str, rtype: str = "A") -> Answer:
        assert rtype == "A"
        self.asked.append(name)
        return Answer(rcode="NOERROR", addresses=tuple(self.addresses[name]))

    def ask_each(self, name: str, rtype: str = "A") -> Answer:
        assert rtype == "A"
        first, *others = self.servers[name].items()
        said = tuple(
            ServerAnswer(server, tuple(found), "" if found else f"{server} is silent") for server, found in others
        )
        return Answer(rcode="NOERROR", addresses=tuple(first[1]), name_servers=(first[0],), others=said)


def test_addresses_are_a_regions() -> None:
    names = Names(us_east_1=["192.0.2.1", "192.0.2.2"], us_west_1=["198.51.100.1"])
    regions = Regions(names, "dev.example.com", ["us-east-1", "us-west-1"])
    assert regions.region_of([]) is None
    assert names.asked == []
    assert regions.region_of(["192.0.2.2"]) == "us-east-1"
    assert regions.region_of(["192.0.2.1", "192.0.2.2"]) == "us-east-1"
    assert regions.region_of(["198.51.100.1"]) == "us-west-1"
    assert len(names.asked) == 2  # known by now
    assert regions.region_of(["192.0.2.1", "198.51.100.1"]) is None
    assert regions.region_of(["203.0.113.1"]) is None


def test_an_address_that_moves_belongs_to_its_new_region() -> None:
    names = Names(us_east_1=["192.0.2.1"], us_west_1=["198.51.100.1"])
    regions = Regions(names, "dev.example.com", ["us-east-1", "us-west-1"])
    assert regions.region_of(["192.0.2.1"]) == "us-east-1"
    names.addresses["us-east-1.dev.example.com"] = ["192.0.2.9"]
    assert regions.region_of(["192.0.2.9"]) == "us-east-1"
    assert regions.region_of(["192.0.2.1"]) == "us-east-1"  # resolvers may still answer with it
    names.addresses["us-west-1.dev.example.com"] = ["192.0.2.1"]
    assert set(regions.resolve_all()) == {"us-east-1", "us-west-1"}
    assert regions.region_of(["192.0.2.1"]) == "us-west-1"


EAST, WEST = "us-east-1", "us-west-1"


@pytest.mark.parametrize(
    ("said", "region", "differing"),
    [
        ({"a": ["192.0.2.1"]}, EAST, []),
        ({"a": ["192.0.2.1"], "b": ["192.0.2.2"]}, EAST, []),  # some of the load balancer's addresses at a time
        ({"a": ["192.0.2.1"], "b": ["198.51.100.1"]}, None, [f"a says {EAST}", f"b says {WEST}"]),
        ({"a": ["192.0.2.1"], "b": []}, EAST, [f"a says {EAST}", "b is silent"]),
        ({"a": ["192.0.2.1"], "b": ["203.0.113.1"]}, None, [f"a says {EAST}", "b says 203.0.113.1"]),
    ],
)
def test_a_region_serves_when_every_name_server_says_so(
    said: dict[str, list[str]], region: str | None, differing: list[str]
) -> None:
    names = Names(us_east_1=["192.0.2.1", "192.0.2.2"], us_west_1=["198.51.100.1"])
    names.servers["dev.example.com"] = said
    answer, found = Regions(names, "dev.example.com", [EAST, WEST]).resolve_each()
    assert (found, list(answer.differing)) == (region, differing)


def test_servers_that_all_know_nothing_say_the_same() -> None:
    servers = ("ns-1 (192.0.2.1)", "ns-2 (192.0.2.2)")
    labels = {server: f"dev.example.com does not exist, says {server}" for server in servers}
    assert differing(labels) == ()
    assert differing({**labels, "ns-2 (192.0.2.2)": "us-east-1"}) == (
        "ns-1 (192.0.2.1) says dev.example.com does not exist",
        "ns-2 (192.0.2.2) says us-east-1",
    )
    assert differing({server: f"{server} does not answer" for server in labels}) == ()
