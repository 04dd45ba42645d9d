# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to servers that want a client's certificate, and to those that redirect there."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import ssl
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._probe.http import Reply, Site, ask, https_redirect
from ansible_collections.everlook.failover.plugins.module_utils._probe.network import Network
from sandbox.certificate_authority import CertificateAuthority
from tests.client_certificates import client_certificate

HOME = "127.0.0.1"


class _Handler(http.server.BaseHTTPRequestHandler):
    location = ""

    def do_GET(self) -> None:
        self.send_response(301 if self.location else 200)
        if self.location:
            self.send_header("Location", self.location)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None: ...


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_arguments: object) -> None:
        """Handshakes that are refused are meant."""


@contextlib.contextmanager
def serving(location: str = "", context: ssl.SSLContext | None = None) -> t.Iterator[int]:
    handler = type("Handler", (_Handler,), {"location": location})
    with _Server((HOME, 0), handler) as running:
        if context:
            running.socket = context.wrap_socket(running.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield running.server_address[1]
        running.shutdown()


@pytest.fixture
def client(tmp_path: Path) -> Path:
    return tmp_path / "client.pem"


@pytest.fixture
def secure(tmp_path: Path, client: Path) -> t.Iterator[int]:
    """A server that verifies its clients; its port. `client` is a certificate that it takes."""
    authority = CertificateAuthority()
    client_certificate(authority, client)
    own = tmp_path / "server.pem"
    own.write_bytes(b"".join(authority.issue(["dev.example.com"], "EC_prime256v1", datetime.timedelta(days=1))))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    context.load_verify_locations(cadata=authority.root().decode())
    context.verify_mode = ssl.CERT_REQUIRED
    with serving(context=context) as port:
        yield port


def test_a_certificate_is_shown_to_who_asks_for_one(secure: int, client: Path) -> None:
    url = f"https://dev.example.com:{secure}/"
    refused = Site(Network(), url, verify=False).get(HOME)
    assert (refused.ok, refused.status) == (False, None)
    assert Site(Network(client_certificate=str(client)), url, verify=False).get(HOME).status == 200


def test_authorities_are_read_only_where_a_certificate_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *_arguments: read.append("authorities"))
    Site(Network(), "https://dev.example.com", verify=False)
    assert not read
    Site(Network(), "https://dev.example.com")
    assert read == ["authorities"]


def test_a_redirect_is_followed_by_who_has_a_certificate(secure: int, client: Path) -> None:
    where = f"https://dev.example.com:{secure}/health?a=b"
    with serving(where) as port:
        url = f"http://dev.example.com:{port}/health"
        asked, reply = ask(Network(), url, HOME)
        assert (asked, reply.status, reply.ok) == (url, 301, True)
        asked, reply = ask(Network(client_certificate=str(client)), url, HOME, verify=False)
        assert (asked, reply.status) == (where, 200)


@pytest.mark.parametrize(
    ("url", "location", "then"),
    [
        ("http://a.example.com/", "https://a.example.com:443/x", "https://a.example.com/x"),
        ("http://a.example.com:8080/", "https://a.example.com:8443/?y=z", "https://a.example.com:8443/?y=z"),
        ("http://a.example.com/", "https://b.example.com/", ""),
        ("http://a.example.com/", "http://a.example.com/x", ""),
        ("http://a.example.com/", "/x", ""),
        ("http://a.example.com/", "", ""),
        ("https://a.example.com/", "https://a.example.com/x", ""),
    ],
)
def test_where_a_redirect_leads_to(url: str, location: str, then: str) -> None:
    assert https_redirect(url, Reply(ok=True, status=301, error="", ms=1, location=location)) == then


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_certificate_that_cannot_be_used_is_told(client: Path, text: str | None) -> None:
    if text:
        client.write_text(text)
    network = Network(client_certificate=str(client))
    with pytest.raises(SpecError, match=f"EVERLOOK_FAILOVER_CLIENT_CERTIFICATE: {client} cannot be used"):
        Site(network, "https://dev.example.com/")
