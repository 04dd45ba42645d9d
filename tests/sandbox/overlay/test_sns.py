# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SNS: who is told, and only who agreed."""

from __future__ import annotations

import contextlib
import http.server
import json
import queue
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from .conftest import Local

_SECONDS = 30


@contextlib.contextmanager
def endpoint(certificate: Path | None = None) -> Iterator[tuple[str, queue.Queue[dict[str, Any]]]]:
    """An endpoint of a subscription: its URL, and the messages that it gets. With a certificate it is of HTTPS."""
    got: queue.Queue[dict[str, Any]] = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        place = "https://localhost" if certificate else "http://127.0.0.1"
        yield f"{place}:{server.server_address[1]}/notices", got
        server.shutdown()
        thread.join()


def test_an_endpoint_is_told_once_it_has_visited_the_link(local: Local) -> None:
    sns = local.client("sns")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    with endpoint() as (url, got):
        answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
        assert answer["SubscriptionArn"] == "pending confirmation"
        asked = got.get(timeout=_SECONDS)
        assert asked["Type"] == "SubscriptionConfirmation"
        (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        assert listed["SubscriptionArn"] == "PendingConfirmation"
        sns.publish(TopicArn=topic, Message="too early")
        with urllib.request.urlopen(asked["SubscribeURL"], timeout=_SECONDS) as confirmed:
            assert json.load(confirmed)["SubscriptionArn"].startswith(f"{topic}:")
        sns.publish(TopicArn=topic, Subject="ALARM", Message="in time")
        told = got.get(timeout=_SECONDS)
        assert (told["Type"], told["Subject"], told["Message"]) == ("Notification", "ALARM", "in time")
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"].startswith(f"{topic}:")


def test_nobody_can_guess_a_link(local: Local) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{local.url}/_sandbox/subscription?token=guessed", timeout=_SECONDS)
    assert refused.value.code == 404


def test_a_topic_of_the_name_with_other_tags_is_refused(local: Local) -> None:
    sns = local.client("sns")
    topic = sns.create_topic(Name="alarms", Tags=[{"Key": "Stack", "Value": "hello"}])["TopicArn"]
    assert sns.create_topic(Name="alarms", Tags=[{"Key": "Stack", "Value": "hello"}])["TopicArn"] == topic
    with pytest.raises(botocore.exceptions.ClientError, match="already exists with different tags"):
        sns.create_topic(Name="alarms", Tags=[{"Key": "Stack", "Value": "other"}])


@pytest.mark.parametrize(("protocol", "where"), [("email", "ops"), ("https", "http://ops.example.com")])
def test_an_endpoint_has_to_be_one_of_its_protocol(local: Local, protocol: str, where: str) -> None:
    sns = local.client("sns")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    with pytest.raises(botocore.exceptions.ClientError, match="Invalid parameter"):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=where)
