# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application load balancer's decision about a request. Pure.

From the guide of Application Load Balancers, "Listener rules", and the API types RuleCondition and Action.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from sandbox.plane.messages import Request, Response

_ROUTING = ("forward", "redirect", "fixed-response")
_REASONS = {
    301: "Moved Permanently",
    302: "Found",
    400: "Bad Request",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
_SERVER = ("Server", "awselb/2.0")


@dataclass(frozen=True, slots=True)
class Rule:
    """A listener's rule: conditions and actions in the shape of the API. The default rule has no condition."""

    conditions: tuple[Mapping[str, Any], ...]
    actions: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin and destination of a request: client address, HTTP or HTTPS, the listener's port."""

    client: str
    protocol: str
    port: int


def chosen(rules: Sequence[Rule], request: Request, origin: Origin) -> Mapping[str, Any] | None:
    """The routing action of the first rule, in the order of priority, whose conditions are all met."""
    for rule in rules:
        if all(meets(request, origin, condition) for condition in rule.conditions):
            return next((action for action in rule.actions if action.get("Type") in _ROUTING), None)
    return None


def meets(request: Request, origin: Origin, condition: Mapping[str, Any]) -> bool:
    """Whether a request meets a condition: one of its values is enough."""
    field = str(condition.get("Field"))
    judge = _CONDITIONS.get(field)
    return judge is not None and judge(request, origin, condition)


def host_of(request: Request) -> str:
    """The host of a request without its port, in lower case."""
    return re.sub(r":\d+$", "", request.header("Host")).lower()


def _values(condition: Mapping[str, Any], config: str) -> list[str]:
    return list((condition.get(config) or {}).get("Values") or condition.get("Values") or [])


def _like(pattern: str, text: str) -> bool:
    """`*` matches any characters, `?` one; nothing else is special."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _any_like(patterns: Iterable[str], text: str) -> bool:
    return any(_like(pattern, text) for pattern in patterns)


def _host(request: Request, _origin: Origin, condition: Mapping[str, Any]) -> bool:
    return _any_like((value.lower() for value in _values(condition, "HostHeaderConfig")), host_of(request))


def _path(request: Request, _origin: Origin, condition: Mapping[str, Any]) -> bool:
    return _any_like(_values(condition, "PathPatternConfig"), urlsplit(request.target).path)


def _method(request: Request, _origin: Origin, condition: Mapping[str, Any]) -> bool:
    return request.method in _values(condition, "HttpRequestMethodConfig")


def _header(request: Request, _origin: Origin, condition: Mapping[str, Any]) -> bool:
    wanted = str((condition.get("HttpHeaderConfig") or {}).get("HttpHeaderName", "")).lower()
    patterns = [value.lower() for value in _values(condition, "HttpHeaderConfig")]
    return any(_any_like(patterns, value.lower()) for name, value in request.headers if name.lower() == wanted)


def _query(request: Request, _origin: Origin, condition: Mapping[str, Any]) -> bool:
    given = parse_qsl(urlsplit(request.target).query.lower(), keep_blank_values=True)
    for wanted in (condition.get("QueryStringConfig") or {}).get("Values") or []:
        key, value = str(wanted.get("Key") or "*").lower(), str(wanted["Value"]).lower()
        if any(_like(key, name) and _like(value, content) for name, content in given):
            return True
    return False


def _source(_request: Request, origin: Origin, condition: Mapping[str, Any]) -> bool:
    address = ip_address(origin.client)
    return any(address in ip_network(value, strict=False) for value in _values(condition, "SourceIpConfig"))


_CONDITIONS: dict[str, Callable[[Request, Origin, Mapping[str, Any]], bool]] = {
    "host-header": _host,
    "path-pattern": _path,
    "http-request-method": _method,
    "http-header": _header,
    "query-string": _query,
    "source-ip": _source,
}


def groups(action: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The target groups a forward action sends to, by ARN, each with its weight."""
    config = action.get("ForwardConfig") or {}
    listed = config.get("TargetGroups") or [{"TargetGroupArn": action.get("TargetGroupArn")}]
    return [(str(group["TargetGroupArn"]), int(group.get("Weight", 1))) for group in listed]


def turn(weighted: Sequence[tuple[str, int]], number: int) -> str | None:
    """The group whose turn it is for the request with that number; None when all weights are zero."""
    total = sum(weight for _group, weight in weighted)
    if not total:
        return None
    place = number % total
    for group, weight in weighted:
        if place < weight:
            return group
        place -= weight
    return None


def fixed(action: Mapping[str, Any]) -> Response:
    """The answer of a fixed-response action."""
    config = action.get("FixedResponseConfig") or {}
    status = int(config.get("StatusCode") or 200)
    kind = config.get("ContentType") or "text/plain"
    body = str(config.get("MessageBody") or "").encode()
    return Response(status, _REASONS.get(status, ""), (_SERVER, ("Content-Type", f"{kind}; charset=utf-8")), body)


def redirect(action: Mapping[str, Any], request: Request, origin: Origin) -> Response:
    """The answer of a redirect action, whose parts may refer to those of the request."""
    config = action.get("RedirectConfig") or {}
    parts = urlsplit(request.target)
    quoted = {
        "#{protocol}": origin.protocol,
        "#{host}": host_of(request),
        "#{port}": str(origin.port),
        "#{path}": parts.path.removeprefix("/"),
        "#{query}": parts.query,
    }

    def filled(name: str, default: str) -> str:
        text = str(config.get(name) or default)
        for word, value in quoted.items():
            text = text.replace(word, value)
        return text

    protocol, port = filled("Protocol", "#{protocol}"), filled("Port", "#{port}")
    host, path, query = filled("Host", "#{host}"), filled("Path", "/#{path}"), filled("Query", "#{query}")
    # AWS names the port always, also the standard one.
    location = f"{protocol.lower()}://{host}:{port}{quote(path, safe='/%:@!$&()*+,;=~')}" + (
        f"?{query}" if query else ""
    )
    status = 301 if config.get("StatusCode") == "HTTP_301" else 302
    return refusal(status, ("Location", location))


def refusal(status: int, *headers: tuple[str, str]) -> Response:
    """The load balancer's own answer."""
    title = f"{status} {_REASONS[status]}"
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
    body = (page + "</body>\r\n</html>\r\n").encode()
    return Response(status, _REASONS[status], (_SERVER, ("Content-Type", "text/html"), *headers), body)
