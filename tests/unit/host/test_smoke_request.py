# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smoke test by a request: where it goes, and which answers pass."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._probe.http import Reply, Site
from ansible_collections.everlook.failover.plugins.plugin_utils.worker.smoke_request import (
    SmokeRequest,
    smoke_request_of,
)

WEST = "us-west-1"
INVENTORY: t.Final[dict[str, t.Any]] = {
    "app_smoke_request": {"path": "/version", "contains": "1.4.2"},
    "route53_failover_zone": "dev.example.com",
    "app_parent_domain": "example.com",
}


def request_of(**variables: t.Any) -> SmokeRequest:
    found = smoke_request_of({**INVENTORY, **variables}.get)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, "http://us-west-1.dev.example.com/version"),
        ({"route53_failover_record_name": "shop.dev.example.com"}, "http://us-west-1.shop.dev.example.com/version"),
        ({"route53_failover_health_check": {"port": 8080}}, "http://us-west-1.dev.example.com:8080/version"),
        ({"route53_failover_health_check": {"protocol": "HTTPS"}}, "https://us-west-1.dev.example.com/version"),
    ],
)
def test_it_goes_to_the_regional_name(variables: dict[str, t.Any], url: str) -> None:
    assert request_of(**variables).url(WEST) == url


def test_no_request_is_made_where_the_inventory_has_none() -> None:
    assert smoke_request_of({"route53_failover_zone": "dev.example.com"}.get) is None


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(ok=True, status=200, error="", ms=1, body=b'{"version": "1.4.2"}'), ""),
        (
            Reply(ok=True, status=200, error="", ms=1, body=b"1.4.1"),
            "answers without '1.4.2' in its body",
        ),
        (Reply(ok=False, status=404, error="HTTP 404", ms=1), "answers with status 404, and 200 is wanted"),
        (Reply(ok=False, status=None, error="timed out", ms=1), "timed out"),
    ],
)
def test_the_answer_has_to_be_right(reply: Reply, problem: str) -> None:
    assert request_of().judge(reply) == problem


def test_it_tries_until_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    replies = iter([b"1.4.1", b"1.4.2"])
    monkeypatch.setattr(
        Site,
        "get",
        lambda _self, _address, _keep: Reply(ok=True, status=200, error="", ms=1, body=next(replies)),
    )
    monkeypatch.setattr(SmokeRequest, "_resolver", lambda _self, _region: lambda: (["127.0.0.1"], ""))
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    assert request_of().problem(WEST) == ""


def test_a_name_without_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmokeRequest, "_resolver", lambda _self, _region: lambda: ([], "NXDOMAIN"))
    once = request_of(app_smoke_request={"path": "/", "timeout": 0})
    assert once.problem(WEST) == "http://us-west-1.dev.example.com/: its name has no address (NXDOMAIN)"


def test_a_redirect_to_where_clients_are_verified_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    where = "https://us-west-1.dev.example.com:443/"
    moved = Reply(ok=True, status=301, error="", ms=1, location=where)
    monkeypatch.setattr(Site, "get", lambda _self, _address, _keep: moved)
    monkeypatch.setattr(SmokeRequest, "_resolver", lambda _self, _region: lambda: (["127.0.0.1"], ""))
    found = request_of(app_smoke_request={"path": "/", "timeout": 0}).problem(WEST)
    assert "answers with status 301, and 200 is wanted. It is sent over HTTPS if EVERLOOK_FAILOVER_CLIENT" in found
