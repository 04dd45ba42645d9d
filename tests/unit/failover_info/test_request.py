# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import http.server
import threading
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.health_checks import Check
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.request import request
from ansible_collections.everlook.failover.plugins.module_utils._probe.answers import Answer


def said(*addresses: str) -> Answer:
    """What DNS answers."""
    return Answer(rcode="NOERROR", addresses=addresses)


ANSWER = said("127.0.0.1")


class Service(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        right = self.path == "/health" and self.headers["Host"].startswith("dev.example.com")
        self.send_response(200 if right else 503)
        self.end_headers()

    def log_message(self, *_args: t.Any) -> None:
        pass


@pytest.fixture
def port() -> t.Iterator[int]:
    with http.server.HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def endpoint(port: int, path: str = "/health") -> list[Check]:
    config = {"Type": "HTTP", "Port": port, "ResourcePath": path}
    return [Check(id="1", region="us-east-1", role="endpoint", reference="", config=config)]


def test_the_health_path_is_requested_at_the_name_and_port_of_users(port: int) -> None:
    found = request("dev.example.com", endpoint(port), ANSWER, None)
    assert found is not None
    assert (found.url, found.address) == (f"http://dev.example.com:{port}/health", "127.0.0.1")
    assert (found.reply.ok, found.reply.status) == (True, 200)


def test_another_address_is_tried_as_browsers_do(port: int) -> None:
    found = request("dev.example.com", endpoint(port), said("127.0.0.2", "127.0.0.1", "127.0.0.3"), None)
    assert found is not None
    assert (found.address, found.reply.ok) == ("127.0.0.1", True)


def test_what_is_wrong_is_said(port: int) -> None:
    wrong = request("dev.example.com", endpoint(port, "/nothing"), ANSWER, None)
    silent = request("dev.example.com", endpoint(port), said("127.0.0.2"), None)
    assert [found.reply.error for found in (wrong, silent) if found] == ["HTTP 503", "connection refused"]


@pytest.mark.parametrize(("checks", "asked"), [([], ANSWER), (endpoint(80), None), (endpoint(80), said())])
def test_without_an_address_nobody_is_asked(checks: list[Check], asked: Answer | None) -> None:
    assert request("dev.example.com", checks, asked, None) is None
    assert request("dev.example.com", checks, asked, {"values": []}) is None


def test_dns_says_where_and_not_the_api(port: int) -> None:
    found = request("dev.example.com", endpoint(port), ANSWER, {"values": ["127.0.0.2"]})
    assert found is not None
    assert (found.address, found.reply.ok, found.note) == ("127.0.0.1", True, "")
    assert request("dev.example.com", endpoint(port), said(), {"values": ["127.0.0.1"]}) is None, "users have nothing"


def test_how_dns_was_asked_is_said(port: int) -> None:
    over_https = dataclasses.replace(ANSWER, over_https="https://dns.example.net/dns-query")
    found = request("dev.example.com", endpoint(port), over_https, None)
    assert found is not None
    assert found.note == "asked over HTTPS (https://dns.example.net/dns-query), since port 53 is closed here"


def test_the_api_is_the_last_resort_and_said(port: int) -> None:
    nobody = Answer(problem="ns-1.example.net (192.0.2.1) does not answer (Timeout)")
    found = request("dev.example.com", endpoint(port), nobody, {"values": ["127.0.0.1"]})
    assert found is not None
    assert found.reply.ok
    assert found.note == (
        f"it cannot be asked here ({nobody.problem}), so TestDNSAnswer was, which need not follow health checks"
    )
