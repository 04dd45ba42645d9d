# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where port 53 is closed, a resolver over HTTPS is asked, and the answer says so."""

from __future__ import annotations

import http.server
import threading
import typing as t

import dns.message
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._probe.network import Network
from ansible_collections.everlook.failover.plugins.module_utils._probe.regions import Regions
from ansible_collections.everlook.failover.plugins.module_utils._probe.resolver import IterativeResolver

from .name_servers import REFUSED, NameServers, Reply, respond

# Seconds for a server that answers on a machine with other things to do; one that is silent is given as many.
PATIENCE = 2.0
RESOLVER, PARENT = "127.83.1.1", "127.83.1.2"
NAME, OTHER = ("dev.example.com", "A"), ("us-east-1.dev.example.com", "A")
HERE = Reply(answer=("dev.example.com. 60 A 198.51.100.1",))
SILENT = Reply(silent=True)
FOUND = {
    ("example.com", "NS"): Reply(answer=("example.com. 60 NS ns.parent.test.",), authoritative=False),
    ("ns.parent.test", "A"): Reply(answer=(f"ns.parent.test. 60 A {PARENT}",), authoritative=False),
}
DELEGATION = Reply(answer=("dev.example.com. 300 NS ns-2.child.test. ns-1.child.test.",))
WORLD = {NAME: HERE, OTHER: Reply(answer=("us-east-1.dev.example.com. 60 A 198.51.100.1",))}


class Resolver:
    """As a context manager: answers over HTTP what is in ``zone``; ``type`` is the content type."""

    def __init__(self, zone: dict[tuple[str, str], Reply]) -> None:
        self.zone = zone
        self.type = "application/dns-message"
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_port}/dns-query"

    def _handler(resolver: Resolver) -> type[http.server.BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = dns.message.from_wire(self.rfile.read(int(self.headers["Content-Length"])))
                resolver.asked.append((self.path, dict(self.headers)))
                question = query.question[0]
                key = (question.name.to_text(omit_final_dot=True), question.rdtype.name)
                body = respond(query, resolver.zone.get(key, Reply(rcode="NXDOMAIN")))
                self.send_response(200)
                self.send_header("Content-Type", resolver.type)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None: ...

        return Handler

    def __enter__(self) -> Resolver:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def https() -> t.Iterator[Resolver]:
    with Resolver({**WORLD, ("dev.example.com", "NS"): DELEGATION}) as running:
        yield running


@pytest.fixture
def servers() -> t.Iterator[NameServers]:
    """A resolver that answers, and a server of the parent zone from which nothing comes back."""
    with NameServers({RESOLVER: FOUND, PARENT: dict.fromkeys([NAME, OTHER, ("dev.example.com", "NS")], SILENT)}) as up:
        yield up


def resolver(servers: NameServers, https: Resolver) -> IterativeResolver:
    return IterativeResolver(servers.network(RESOLVER, https.url), "example.com", seconds=PATIENCE)


def test_it_goes_on_over_https_and_says_so(servers: NameServers, https: Resolver) -> None:
    answer = resolver(servers, https).ask_each("dev.example.com")
    assert (answer.addresses, answer.ttl, answer.problem) == (("198.51.100.1",), 60, "")
    assert answer.name_servers == (f"127.0.0.1:{https.url.split(':')[2].split('/')[0]} (HTTPS)",)
    assert answer.note == f"queried over HTTPS ({https.url}), since port 53 is closed here"
    [(path, headers)] = https.asked
    assert (path, headers["Content-Type"], headers["Accept"]) == ("/dns-query", *["application/dns-message"] * 2)


def test_what_is_closed_is_not_tried_again(servers: NameServers, https: Resolver) -> None:
    closed = resolver(servers, https)
    regions = Regions(closed, "dev.example.com", ["us-east-1"])
    answer, region = regions.resolve_each()
    assert (region, bool(answer.over_https)) == ("us-east-1", True)
    assert servers.count(*NAME) == 1
    assert servers.count(*OTHER) == 0
    delegation = closed.delegation("dev.example.com")
    assert (delegation.name_servers, delegation.problem) == (("ns-1.child.test", "ns-2.child.test"), "")


def test_it_goes_on_without_any_resolver_on_port_53(servers: NameServers, https: Resolver) -> None:
    servers.zones[RESOLVER] = dict.fromkeys(FOUND, SILENT)
    assert resolver(servers, https).ask("dev.example.com").addresses == ("198.51.100.1",)
    assert resolver(servers, https).delegation("dev.example.com").name_servers


def test_that_there_is_nothing_is_an_answer_too(servers: NameServers, https: Resolver) -> None:
    https.zone.clear()
    answer = resolver(servers, https).ask("dev.example.com")
    assert (answer.rcode, answer.addresses, bool(answer.note)) == ("NXDOMAIN", (), True)
    assert "know no name servers" in resolver(servers, https).delegation("dev.example.com").problem


def test_servers_that_answer_and_refuse_are_no_closed_port(servers: NameServers, https: Resolver) -> None:
    servers.zones[PARENT][NAME] = REFUSED
    answer = resolver(servers, https).ask("dev.example.com")
    assert (answer.rcode, answer.over_https) == ("", "")
    assert "REFUSED" in answer.problem
    assert https.asked == []


def test_a_server_that_once_answered_is_only_away(servers: NameServers, https: Resolver) -> None:
    servers.zones[PARENT][NAME] = HERE
    open_port = resolver(servers, https)
    assert open_port.ask("dev.example.com").over_https == ""
    servers.zones[PARENT][NAME] = SILENT
    assert "does not answer" in open_port.ask("dev.example.com").problem
    assert https.asked == []


def test_where_nobody_answers_both_ways_are_named(servers: NameServers, https: Resolver) -> None:
    https.type = "text/html"  # what a proxy's page of refusal is
    problem = resolver(servers, https).ask("dev.example.com").problem
    assert f"ns.parent.test ({PARENT}) does not answer" in problem
    assert f"nor does {https.url} answer (text/html is not a DNS message)" in problem
    assert "text/html" in resolver(servers, https).delegation("dev.example.com").problem


def test_a_proxy_is_asked_where_there_is_one(https: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", https.url.removesuffix("/dns-query"))
    network = Network(resolver=("127.83.1.9", 1), dns_over_https="http://127.83.1.8:1/dns-query")
    assert IterativeResolver(network, "example.com", seconds=PATIENCE).ask("dev.example.com").addresses == (
        "198.51.100.1",
    )
    assert [path for path, _headers in https.asked] == ["http://127.83.1.8:1/dns-query"]


VARIABLE = "EVERLOOK_FAILOVER_DNS_OVER_HTTPS"


@pytest.mark.parametrize(
    ("environ", "option", "expected"),
    [
        ({}, "", ""),
        ({}, "https://dns.google/dns-query", "https://dns.google/dns-query"),
        ({VARIABLE: ""}, "https://dns.google/dns-query", "https://dns.google/dns-query"),
        ({VARIABLE: "http://127.9.0.2:8053/dns-query"}, "https://dns.google/", "http://127.9.0.2:8053/dns-query"),
        ({}, "http://[::1]/dns-query", "http://[::1]/dns-query"),
    ],
)
def test_the_environment_counts_instead_of_the_option(environ: dict[str, str], option: str, expected: str) -> None:
    assert Network.from_environment(environ, option).dns_over_https == expected


@pytest.mark.parametrize("written", ["dns.google", "http://dns.google/dns-query", "https:///dns-query", "off"])
def test_what_is_no_safe_url_is_refused(written: str) -> None:
    with pytest.raises(SpecError, match="dns_over_https_url"):
        Network.from_environment({}, written)
    with pytest.raises(SpecError, match=VARIABLE):
        Network.from_environment({VARIABLE: written})
