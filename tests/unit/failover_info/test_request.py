# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import http.server
import threading
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.health_checks import Check
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.request import request
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.status_calls import readers
from ansible_collections.everlook.failover.plugins.module_utils._probe.answers import Answer


def said(*addresses: str, note: str = "") -> dict[str, t.Any]:
    """What status_calls has read."""
    return {"response_code": "NOERROR", "values": list(addresses), "name_server": "ns-1", "note": note}


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
    found = request("dev.example.com", endpoint(port), ANSWER)
    assert found is not None
    assert (found.url, found.address) == (f"http://dev.example.com:{port}/health", "127.0.0.1")
    assert (found.reply.ok, found.reply.status) == (True, 200)


def test_another_address_is_tried_as_browsers_do(port: int) -> None:
    found = request("dev.example.com", endpoint(port), said("127.0.0.2", "127.0.0.1", "127.0.0.3"))
    assert found is not None
    assert (found.address, found.reply.ok) == ("127.0.0.1", True)


def test_what_is_wrong_is_said(port: int) -> None:
    wrong = request("dev.example.com", endpoint(port, "/nothing"), ANSWER)
    silent = request("dev.example.com", endpoint(port), said("127.0.0.2"))
    assert [found.reply.error for found in (wrong, silent) if found] == ["HTTP 503", "connection refused"]


@pytest.mark.parametrize(("checks", "answer"), [([], ANSWER), (endpoint(80), None), (endpoint(80), said())])
def test_without_an_address_nobody_is_asked(checks: list[Check], answer: dict[str, t.Any] | None) -> None:
    assert request("dev.example.com", checks, answer) is None


def test_nothing_is_requested_where_no_name_server_is_asked(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERLOOK_FAILOVER_RESOLVER", "none")
    found = request("dev.example.com", endpoint(port), ANSWER)
    assert found is not None
    assert (found.address, found.reply.ok, found.reply.error) == ("", False, "EVERLOOK_FAILOVER_RESOLVER is none")


def test_how_dns_was_asked_is_said(port: int) -> None:
    found = request("dev.example.com", endpoint(port), said("127.0.0.1", note="queried over HTTPS"))
    assert found is not None
    assert (found.reply.ok, found.note) == (True, "queried over HTTPS")


class Api:
    """Route 53's, which need not follow health checks."""

    def __init__(self) -> None:
        self.asked = 0

    def test_dns_answer(self, **_request: str) -> dict[str, t.Any]:
        self.asked += 1
        return {"ResponseCode": "NOERROR", "RecordData": ["192.0.2.2"], "Nameserver": "ns-0"}

    def client(self, _service: str) -> Api:
        return self


def read(api: Api, ask: t.Callable[[], Answer] | None) -> dict[str, t.Any]:
    found: dict[str, t.Any] = readers(t.cast(Context, api), "Z1", "dev.example.com.", [], {}, ask)["answer"]()
    return found


def test_dns_says_where_and_the_api_is_not_asked() -> None:
    api, answer = Api(), Answer(rcode="NOERROR", addresses=("192.0.2.1",), name_servers=("parent", "ns-1"))
    expected = {"response_code": "NOERROR", "values": ["192.0.2.1"], "name_server": "ns-1", "note": ""}
    assert read(api, lambda: answer) == expected
    over_https = dataclasses.replace(answer, over_https="https://dns.example.net/dns-query")
    note = "queried over HTTPS (https://dns.example.net/dns-query), since port 53 is closed here"
    assert read(api, lambda: over_https) == {**expected, "note": note}
    nothing = read(api, lambda: Answer(rcode="NXDOMAIN", problem="it does not exist"))
    assert (nothing["response_code"], nothing["values"]) == ("NXDOMAIN", [])
    assert api.asked == 0


def test_the_api_is_the_last_resort_and_said() -> None:
    api, nobody = Api(), Answer(problem="ns-1.example.net (192.0.2.1) does not answer (Timeout)")
    found = read(api, lambda: nobody)
    assert (found["values"], api.asked) == (["192.0.2.2"], 1)
    assert found["note"] == (
        f"it cannot be queried here ({nobody.problem}), so TestDNSAnswer was, which need not follow health checks"
    )
    assert read(api, None)["note"] == ""
