# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a load balancer does with a request: conditions, actions, redirects, its own answers."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plane import rules
from sandbox.plane.balancers import forwarded
from sandbox.plane.messages import Request
from sandbox.plane.rules import Origin, Rule

ORIGIN = Origin("203.0.113.7", "HTTP", 80)


def request(target: str = "/", method: str = "GET", **headers: str) -> Request:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request(method, target, named)


def field(name: str, config: str, **content: Any) -> dict[str, Any]:
    return {"Field": name, config: content}


HOST = ("host-header", "HostHeaderConfig")
PATH = ("path-pattern", "PathPatternConfig")


@pytest.mark.parametrize(
    ("condition", "asked", "met"),
    [
        (field(*HOST, Values=["a.example.com"]), request(Host="a.example.com"), True),
        (field(*HOST, Values=["a.example.com"]), request(Host="A.Example.com:10080"), True),
        (field(*HOST, Values=["A.example.com"]), request(host="a.example.com"), True),
        (field(*HOST, Values=["a.example.com"]), request(Host="b.example.com"), False),
        (field(*HOST, Values=["a.example.com"]), request(), False),
        (field(*HOST, Values=["*.example.com"]), request(Host="a.b.example.com"), True),
        (field(*HOST, Values=["*.example.com"]), request(Host="example.com"), False),
        (field(*HOST, Values=["x.org", "?.example.com"]), request(Host="a.example.com"), True),
        ({"Field": "host-header", "Values": ["a.example.com"]}, request(Host="a.example.com"), True),
        (field(*PATH, Values=["/api/*"]), request("/api/users?x=/other"), True),
        (field(*PATH, Values=["/api/*"]), request("/api"), False),
        (field(*PATH, Values=["/api/*"]), request("/API/users"), False),
        (field(*PATH, Values=["/[a-z]+"]), request("/b"), False),
        (field(*PATH, Values=["/img?.png"]), request("/img1.png"), True),
        (field("http-request-method", "HttpRequestMethodConfig", Values=["PUT"]), request(method="PUT"), True),
        (field("http-request-method", "HttpRequestMethodConfig", Values=["PUT"]), request(), False),
        (field("http-header", "HttpHeaderConfig", HttpHeaderName="x-a", Values=["*1*"]), request(X_A="v1.0"), True),
        (field("http-header", "HttpHeaderConfig", HttpHeaderName="x-a", Values=["*1*"]), request(X_A="v2"), False),
        (field("http-header", "HttpHeaderConfig", HttpHeaderName="x-a", Values=["*"]), request(X_B="v2"), False),
        (field("query-string", "QueryStringConfig", Values=[{"Key": "v", "Value": "1"}]), request("/?a=b&V=1"), True),
        (field("query-string", "QueryStringConfig", Values=[{"Value": "on*"}]), request("/?x=once"), True),
        (field("query-string", "QueryStringConfig", Values=[{"Key": "v", "Value": "1"}]), request("/?v=2"), False),
        (field("source-ip", "SourceIpConfig", Values=["203.0.113.0/24"]), request(), True),
        (field("source-ip", "SourceIpConfig", Values=["10.0.0.0/8", "::1/128"]), request(), False),
        ({"Field": "of-the-future", "Values": ["*"]}, request(), False),
    ],
)
def test_conditions(condition: dict[str, Any], asked: Request, met: bool) -> None:
    assert rules.meets(asked, ORIGIN, condition) is met


def rule(action: str, *conditions: dict[str, Any]) -> Rule:
    return Rule(conditions, ({"Type": "authenticate-oidc"}, {"Type": "forward", "TargetGroupArn": action}))


def test_the_first_rule_with_all_conditions_met_routes() -> None:
    path, host = field(*PATH, Values=["/api/*"]), field(*HOST, Values=["a.example.com"])
    listed = [rule("both", path, host), rule("path", path), rule("rest")]
    for asked, expected in (
        (request("/api/1", Host="a.example.com"), "both"),
        (request("/api/1", Host="b.example.com"), "path"),
        (request("/", Host="a.example.com"), "rest"),
    ):
        action = rules.chosen(listed, asked, ORIGIN)
        assert action is not None
        assert rules.groups(action) == [(expected, 1)]
    assert rules.chosen(listed[:1], request(), ORIGIN) is None


def test_weights_share_out_requests() -> None:
    groups = [{"TargetGroupArn": "a", "Weight": 3}, {"TargetGroupArn": "b"}, {"TargetGroupArn": "c", "Weight": 0}]
    weighted = rules.groups({"Type": "forward", "ForwardConfig": {"TargetGroups": groups}})
    turns = [rules.turn(weighted, number) for number in range(8)]
    assert turns == ["a", "a", "a", "b"] * 2
    assert rules.turn([("a", 0)], 5) is None


@pytest.mark.parametrize(
    ("config", "status", "location"),
    [
        ({}, 302, "http://a.example.com:80/p/q?x=1"),
        ({"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}, 301, "https://a.example.com:443/p/q?x=1"),
        ({"Host": "www.#{host}", "Path": "/old/#{path}", "Query": "from=#{port}"}, 302,
         "http://www.a.example.com:80/old/p/q?from=80"),
        ({"Path": "/é x"}, 302, "http://a.example.com:80/%C3%A9%20x?x=1"),
    ],
)  # fmt: skip
def test_redirects(config: dict[str, str], status: int, location: str) -> None:
    asked = request("/p/q?x=1", Host="a.example.com:10080")
    response = rules.redirect({"Type": "redirect", "RedirectConfig": config}, asked, ORIGIN)
    assert (response.status, response.header("Location")) == (status, location)


def test_a_redirect_without_a_query_has_none() -> None:
    response = rules.redirect({"RedirectConfig": {"Query": "#{query}"}}, request("/", Host="a.example.com"), ORIGIN)
    assert response.header("Location") == "http://a.example.com:80/"


def test_fixed_responses() -> None:
    config = {"StatusCode": "503", "ContentType": "application/json", "MessageBody": "{}"}
    response = rules.fixed({"Type": "fixed-response", "FixedResponseConfig": config})
    assert (response.status, response.body) == (503, b"{}")
    assert response.header("Content-Type") == "application/json; charset=utf-8"
    assert rules.fixed({"FixedResponseConfig": {"StatusCode": "200"}}).body == b""


def test_its_own_answers_name_the_error() -> None:
    response = rules.refusal(502)
    assert response.header("Server") == "awselb/2.0"
    assert b"<title>502 Bad Gateway</title>" in response.body


def test_a_target_learns_who_asked_and_nothing_of_the_connection() -> None:
    asked = request("/p?q", "POST", Host="a.example.com", Connection="keep-alive", Transfer_Encoding="chunked",
                    X_Forwarded_For="198.51.100.1", X_Forwarded_Proto="https", X_Other="kept")  # fmt: skip
    sent = forwarded(Request(asked.method, asked.target, asked.headers, b"body"), ORIGIN)
    assert (sent.method, sent.target, sent.body) == ("POST", "/p?q", b"body")
    assert dict(sent.headers) == {
        "Host": "a.example.com",
        "X-Other": "kept",
        "X-Forwarded-For": "198.51.100.1, 203.0.113.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Port": "80",
    }
