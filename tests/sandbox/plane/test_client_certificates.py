# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners that ask clients for certificates: whom they let in, and what targets learn of them."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from sandbox import Sandbox
from sandbox.certificate_authority import CertificateAuthority
from sandbox.plane.certificates import self_signed
from tests.client_certificates import EXPIRED, client_certificate, create_trust_store
from tests.sandbox.plane.stacks import Stack
from tests.waiting import eventually

PREFIX = "x-amzn-mtls-clientcert"
# A target that answers with the headers that it got.
_PROGRAM = """
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        content = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Echo).serve_forever()
"""


@pytest.fixture
def stack(plane: Sandbox, tmp_path: Path) -> Stack:
    program = tmp_path / "echo.py"
    program.write_text(_PROGRAM)
    found = Stack(plane).set_up()
    found.create(desired=1, command=[sys.executable, str(program)])
    return found


@pytest.fixture
def listener(stack: Stack) -> str:
    certificate, key = self_signed("one.example.com")
    arn = stack.client("acm").import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"]
    stack.admit(8443)
    return stack.listen(stack.forward(), port=8443, protocol="HTTPS", Certificates=[{"CertificateArn": arn}])


def visit(stack: Stack, shows: Path | None, **headers: str) -> dict[str, str] | str:
    """What a target learns of a client's certificate; else `refused`, or the status."""
    found = set()
    for newest in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        context = ssl._create_unverified_context()
        context.maximum_version = newest
        if shows:
            context.load_cert_chain(shows)
        connection = http.client.HTTPSConnection(stack.nodes()[0], 8443, timeout=5, context=context)
        try:
            connection.request("GET", "/", headers=headers)
            answer = connection.getresponse()
            said = json.loads(answer.read()) if answer.status == 200 else {}
            certified = {name: value for name, value in said.items() if name.startswith(PREFIX)}
            found.add(json.dumps(certified) if answer.status == 200 else str(answer.status))
        except OSError:
            found.add("refused")
        finally:
            connection.close()
    (same,) = found if len(found) == 1 else {"between"}
    return json.loads(same) if same.startswith("{") else same


def test_what_clients_show_is_verified_or_passed_on(stack: Stack, listener: str, tmp_path: Path) -> None:
    elb, ours, theirs = stack.client("elbv2"), CertificateAuthority(), CertificateAuthority()
    good, other, old = (
        client_certificate(authority, tmp_path / f"{number}.pem", **more)
        for number, (authority, more) in enumerate([(ours, {}), (theirs, {}), (ours, {"valid": EXPIRED})])
    )
    store = create_trust_store({"s3": stack.client("s3"), "elbv2": elb}, ours)

    def demand(**mutual: Any) -> None:
        elb.modify_listener(ListenerArn=listener, MutualAuthentication=mutual)

    nothing: dict[str, str] = {}
    eventually(lambda: visit(stack, None), lambda found: found == nothing)
    assert visit(stack, good) == nothing

    demand(Mode="verify", TrustStoreArn=store)
    eventually(lambda: visit(stack, None), lambda found: found == "refused")
    assert [visit(stack, each) for each in (other, old)] == ["refused"] * 2
    seen = visit(stack, good, **{f"{PREFIX}-subject": "CN=somebody"})
    assert isinstance(seen, dict)
    assert (seen[f"{PREFIX}-subject"], seen[f"{PREFIX}-issuer"]) == (
        "CN=client",
        "CN=The local AWS of everlook.failover",
    )
    assert unquote(seen[f"{PREFIX}-leaf"]) in good.read_text()
    assert seen[f"{PREFIX}-validity"].startswith("NotBefore=20")
    assert len(bytes.fromhex(seen[f"{PREFIX}-serial-number"])) > 8
    assert PREFIX not in seen

    demand(Mode="verify", TrustStoreArn=store, IgnoreClientCertificateExpiry=True)
    eventually(lambda: visit(stack, old), lambda found: isinstance(found, dict))
    assert visit(stack, other) == "refused"

    demand(Mode="passthrough")
    eventually(lambda: visit(stack, None), lambda found: found == nothing)
    for each in (good, other, old):
        passed = visit(stack, each)
        assert isinstance(passed, dict)
        assert list(passed) == [PREFIX]
        assert unquote(passed[PREFIX]) in each.read_text()

    demand(Mode="off")
    eventually(lambda: visit(stack, good), lambda found: found == nothing)


def test_a_client_that_was_asked_just_before_the_listener_stopped_asking_is_let_in(
    stack: Stack, listener: str, tmp_path: Path
) -> None:
    elb, authority = stack.client("elbv2"), CertificateAuthority()
    store = create_trust_store({"s3": stack.client("s3"), "elbv2": elb}, authority)
    eventually(lambda: visit(stack, None), lambda found: found == {})
    elb.modify_listener(ListenerArn=listener, MutualAuthentication={"Mode": "verify", "TrustStoreArn": store})
    eventually(lambda: visit(stack, None), lambda found: found == "refused")
    context = ssl._create_unverified_context()
    context.load_cert_chain(client_certificate(authority, tmp_path / "client.pem"))
    with socket.create_connection((stack.nodes()[0], 8443), timeout=30) as early:
        elb.modify_listener(ListenerArn=listener, MutualAuthentication={"Mode": "off"})
        eventually(lambda: visit(stack, None), lambda found: found == {})
        with context.wrap_socket(early) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: one.example.com\r\nConnection: close\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
