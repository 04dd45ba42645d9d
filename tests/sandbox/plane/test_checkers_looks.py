# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at an endpoint: what counts as well, and what is said of the rest."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.plane.looks import Limits, Look, Target, judge, look, status_of, target_of
from tests.sandbox.plane.endpoints import Endpoint

PLENTY = Limits(connect=5, answer=5)


def target(port: int, kind: str = "HTTP", **more: Any) -> Target:
    settings = {"Type": kind, "Port": port, "FullyQualifiedDomainName": "us-east-1.dev.example.com", **more}
    return target_of(settings, "127.0.0.1", port)


def seen(wanted: Target, limits: Limits = PLENTY) -> Look:
    return asyncio.run(look(wanted, limits, "check-1"))


@pytest.mark.parametrize(("status", "well"), [(200, True), (204, True), (301, True), (399, True), (400, False)])
def test_two_and_three_hundreds_are_well(status: int, well: bool) -> None:
    with Endpoint.with_status(status) as endpoint:
        assert seen(target(endpoint.port)).well is well


def test_the_words_are_those_of_route_53() -> None:
    with Endpoint.with_status(200) as endpoint:
        assert seen(target(endpoint.port)).text == "Success: HTTP Status Code 200, OK"
        endpoint.set(503)
        text = "Failure: HTTP Status Code 503, Service Unavailable. Resolved IP: 127.0.0.1"
        assert seen(target(endpoint.port)).text == text


def test_who_asks_and_for_what() -> None:
    with Endpoint.with_status(200) as endpoint:
        seen(target(endpoint.port, ResourcePath="/health?deep=1"))
    (request,) = endpoint.requests
    lines = request.decode().splitlines()
    assert lines[0] == "GET /health?deep=1 HTTP/1.1"
    assert f"Host: us-east-1.dev.example.com:{endpoint.port}" in lines
    assert any(line.startswith("User-Agent: Amazon-Route53-Health-Check-Service (ref check-1;") for line in lines)


@pytest.mark.parametrize(
    ("settings", "host", "server_name"),
    [
        ({"Type": "HTTP", "Port": 80, "FullyQualifiedDomainName": "a.example.com"}, "a.example.com", None),
        ({"Type": "HTTP", "Port": 8080, "FullyQualifiedDomainName": "a.example.com"}, "a.example.com:8080", None),
        (
            {"Type": "HTTPS", "Port": 443, "FullyQualifiedDomainName": "a.example.com", "EnableSNI": True},
            "a.example.com",
            "a.example.com",
        ),
        ({"Type": "HTTPS", "Port": 443, "FullyQualifiedDomainName": "a.example.com"}, "a.example.com", None),
        ({"Type": "HTTP", "Port": 443, "FullyQualifiedDomainName": "a.example.com"}, "a.example.com:443", None),
        ({"Type": "HTTP", "Port": 80}, "192.0.2.1", None),
    ],
)
def test_the_host_header_and_the_server_name(settings: dict[str, Any], host: str, server_name: str | None) -> None:
    made = target_of(settings, "192.0.2.1", 10080)
    assert (made.address, made.port, made.host, made.server_name) == ("192.0.2.1", 10080, host, server_name)
    assert made.path == "/"


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = seen(target(port))
    assert not found.well
    assert found.text == "Failure: Connection refused. Resolved IP: 127.0.0.1"


def test_the_connection_does_not_come_about_in_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):  # fills the backlog: the next one gets no answer
            found = seen(target(port), Limits(connect=0.2, answer=5))
    assert not found.well
    assert found.text.startswith("Failure: Connection timed out. The endpoint or the internet connection is down")


def test_the_answer_does_not_come_in_time() -> None:
    with Endpoint(None) as endpoint:
        found = seen(target(endpoint.port), Limits(connect=5, answer=0.2))
    assert found == Look(False, "Failure: The endpoint did not answer within the timeout limit. Resolved IP: 127.0.0.1")


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])
def test_what_answers_is_no_web_server(answer: bytes) -> None:
    with Endpoint(answer) as endpoint:
        found = seen(target(endpoint.port))
    assert not found.well
    assert "without an HTTP answer" in found.text


def test_tcp_wants_a_connection_and_nothing_else() -> None:
    with Endpoint(None) as endpoint:
        assert seen(target(endpoint.port, "TCP")).well


@pytest.mark.parametrize(
    ("body", "well"), [("all is well", True), ("nothing", False), ("x" * 5109 + "all is well", True)]
)
def test_the_string_must_be_in_the_body(body: str, well: bool) -> None:
    with Endpoint.with_status(200, body) as endpoint:
        assert seen(target(endpoint.port, "HTTP_STR_MATCH", SearchString="all is well")).well is well


@pytest.mark.parametrize(("before", "well"), [(5115, True), (5116, False)])
def test_only_the_first_5120_bytes_are_searched(before: int, well: bool) -> None:
    with Endpoint.with_status(200, "x" * before + "hello" + "x" * 9000) as endpoint:
        found = seen(target(endpoint.port, "HTTP_STR_MATCH", SearchString="hello"))
    assert found.well is well
    assert well or "search string was not found" in found.text


def test_a_string_does_not_save_a_bad_status() -> None:
    wanted = target(80, "HTTP_STR_MATCH", SearchString="hello")
    assert not judge(wanted, 500, b"hello").well


@pytest.mark.parametrize(("head", "status"), [(b"HTTP/1.1 200 OK\r\n", 200), (b"HTTP/1.0 503\r\n", 503)])
def test_the_status_is_in_the_first_line(head: bytes, status: int) -> None:
    assert status_of(head) == status


def test_a_status_without_a_name() -> None:
    assert judge(target(80), 599, b"").text.startswith("Failure: HTTP Status Code 599, Unknown.")


def test_certificates_are_not_validated(certificate: Path) -> None:
    with Endpoint.with_status(200).secured_by(certificate) as endpoint:
        assert seen(target(endpoint.port, "HTTPS", EnableSNI=True)).well
        assert seen(target(endpoint.port, "HTTPS_STR_MATCH", SearchString="x")).text.startswith("Failure: HTTP Status")


def test_tls_where_there_is_none() -> None:
    with Endpoint.with_status(200) as endpoint:
        found = seen(target(endpoint.port, "HTTPS", EnableSNI=True))
    assert not found.well
    assert "TLS handshake failed" in found.text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate in one file: self-signed, for another name, and expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "elsewhere.invalid")])
    then = datetime(2020, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = builder.not_valid_before(then).not_valid_after(then + timedelta(days=1)).sign(key, hashes.SHA256())
    encoding = serialization.Encoding.PEM
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(built.public_bytes(encoding) + key.private_bytes(encoding, form, plain))
    return path
