# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server makes of HTTP: how answers go out, what it takes, and whom it refuses."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.accounts import credentials
from sandbox.server import Handler

# An API call that changes something, as a client of the SDK's sends it.
CALL = b"Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15"
FORM = "application/x-www-form-urlencoded"
KEY = credentials("prod").access_key_id
SIGNED = f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0"


class Control:
    """A control API that says the same to everybody."""

    def admits(self, _authorization: str) -> bool:
        """Everybody."""
        return True

    def answer(self, _method: str, _target: str, _body: bytes) -> tuple[int, bytes]:
        """An answer of two kilobytes."""
        return 200, b"x" * 2048


class LocalHandler(Handler):
    """On a socket pair, which knows no TCP."""

    disable_nagle_algorithm = False


def broken(_environ: Any, _start_response: Any) -> Any:
    """An application that cannot answer."""
    raise KeyError("what")


def attend(served: socket.socket) -> Thread:
    """Answer what comes on a connection, in a thread."""
    server: Any = SimpleNamespace(
        app=broken,
        control=Control(),
        ssl_context=None,
        multithread=True,
        multiprocess=False,
        server_address=("127.0.0.1", 1),
    )
    thread = Thread(target=LocalHandler, args=(served, ("127.0.0.1", 1), server))
    thread.start()
    return thread


def test_an_answer_goes_out_in_one_piece() -> None:
    # Each send is a packet of its own.
    client, served = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with client, served:
        client.settimeout(30)
        client.send(b"GET /_sandbox/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        thread = attend(served)
        first = client.recv(65536)
        thread.join()
    assert first.startswith(b"HTTP/1.1 200 ")
    assert first.endswith(b"x" * 2048)


def test_a_client_that_asks_first_is_told_to_send_its_body() -> None:
    client, served = socket.socketpair()
    with client, served:
        client.settimeout(30)
        head = b"POST /_sandbox/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        client.sendall(head + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        thread = attend(served)
        assert client.recv(65536).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"{}")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        thread.join()


def test_whatever_breaks_there_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    client, served = socket.socketpair()
    with client, served:
        client.settimeout(30)
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        attend(served).join()
        assert client.recv(65536).startswith(b"HTTP/1.1 500 ")
    assert "KeyError: 'what'" in capsys.readouterr().err


def say(aws: Sandbox, head: str, body: bytes = b"") -> tuple[int, str]:
    """Status and content of the answer to what is written here: a request line and headers, and what follows."""
    with socket.create_connection(("127.0.0.1", urlsplit(aws.url).port or 0), timeout=30) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, response.read().decode()


def call(aws: Sandbox, headers: str, body: bytes = CALL, line: str = "POST / HTTP/1.1") -> tuple[int, str]:
    """The same for a signed API call with these headers besides."""
    return say(aws, f"{line}\nContent-Type: {FORM}\nAuthorization: {SIGNED}\n{headers}", body)


def counted(body: bytes = CALL) -> str:
    return f"Content-Length: {len(body)}\n"


def chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


@pytest.mark.parametrize("host", ["127.0.0.1:4566", "localhost", "LOCALHOST:1", "127.3.2.1", "[::1]:80"])
def test_names_of_this_machine_are_answered(aws: Sandbox, host: str) -> None:
    assert call(aws, f"Host: {host}\n{counted()}")[0] == 200


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ("Host: attacker.example\n", "127.0.0.1"),
        ("Host: 127.0.0.1.attacker.example\n", "127.0.0.1"),
        ("Host: localhost@attacker.example\n", "127.0.0.1"),
        ("Host: localhost\nHost: attacker.example\n", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("Host: localhost\nOrigin: https://attacker.example\n", "Origin"),
        ("Host: localhost\nOrigin: null\n", "Origin"),
        ("Host: localhost\nOrigin:\n", "Origin"),
        # An image's address is fetched without Origin.
        ("Host: localhost\nSec-Fetch-Site: cross-site\n", "Sec-Fetch-Site"),
    ],
)
def test_web_pages_are_refused(aws: Sandbox, headers: str, said: str) -> None:
    mark = aws.requests.mark()
    status, content = call(aws, headers + counted())
    assert status == 403
    assert said in json.loads(content)["error"]
    assert aws.requests.since(mark) == []


def test_the_host_of_a_whole_url_counts(aws: Sandbox) -> None:
    headers = f"Host: localhost\n{counted()}"
    assert call(aws, headers, line="POST http://attacker.example/ HTTP/1.1")[0] == 403
    assert call(aws, headers, line="POST http://localhost:1/ HTTP/1.1")[0] == 200


@pytest.mark.parametrize("path", ["/moto-api/reset", "/moto%2Dapi/reset", "//moto-api/reset", "/moto-api"])
def test_motos_own_pages_are_not_served(aws: Sandbox, path: str) -> None:
    before = aws.snapshot()
    status, content = call(aws, f"Host: localhost\n{counted()}", line=f"POST {path} HTTP/1.1")
    assert (status, "moto-api" in content) == (403, True)
    assert aws.snapshot() == before


def test_control_calls_need_the_token(aws: Sandbox) -> None:
    for header in ("", "Authorization: Bearer \n", "Authorization: Bearer wrong\n", f"Authorization: {SIGNED}\n"):
        for line in ("GET /_sandbox/health HTTP/1.1", "POST /_sandbox/reset HTTP/1.1"):
            status, content = say(aws, f"{line}\nHost: localhost\n{header}")
            assert (status, "state.json" in content) == (403, True)
    assert say(aws, f"GET /_sandbox/health HTTP/1.1\nHost: localhost\nAuthorization: Bearer {aws.token}\n")[0] == 200


def test_a_body_in_chunks_is_taken(aws: Sandbox) -> None:
    status, content = call(aws, "Host: localhost\nTransfer-Encoding: chunked\n", chunks(CALL[:10], CALL[10:]))
    assert (status, "<cidrBlock>10.0.0.0/16</cidrBlock>" in content) == (200, True)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (counted() + "Transfer-Encoding: chunked\n", chunks(CALL)),
        ("Content-Length: 5\n" + counted(), CALL),
        ("Content-Length: +5\n", CALL),
        ("Content-Length: 99999999999\n", CALL),
        ("Transfer-Encoding: gzip, chunked\n", chunks(CALL)),
        ("Transfer-Encoding: xchunked\n", chunks(CALL)),
        ("Transfer-Encoding: \x0bchunked\n", chunks(CALL)),
        ("Transfer-Encoding:\n chunked\n", chunks(CALL)),
        # To Python's parser the headers end before it.
        ("Transfer-Encoding : chunked\n", chunks(CALL)),
        ("Transfer-Encoding: chunked\n", b"0x5\r\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked\n", b"5\r\nhello!\r\n0\r\n\r\n"),
    ],
)
def test_what_two_could_read_differently_is_refused(aws: Sandbox, headers: str, body: bytes) -> None:
    mark = aws.requests.mark()
    assert call(aws, "Host: localhost\n" + headers, body)[0] == 400
    assert aws.requests.since(mark) == []


def test_chunks_are_not_taken_in_http_1_0(aws: Sandbox) -> None:
    headers = "Host: localhost\nTransfer-Encoding: chunked\n"
    assert call(aws, headers, chunks(CALL), line="POST / HTTP/1.0")[0] == 400


def test_a_service_that_runs_what_it_is_given_is_not_served(tmp_path: Path, aws: Sandbox) -> None:
    made = tmp_path / "made"
    cloudformation = aws.client("cloudformation", account="dev", region="us-east-1")
    with pytest.raises(ClientError, match="501"):
        cloudformation.create_stack(
            StackName="stack", TemplateBody=f"Resources: {{}}\nDescription: !!python/object/apply:os.mkdir [{made}]\n"
        )
    assert not made.exists()
