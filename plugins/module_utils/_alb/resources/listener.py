# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners. Pure; the calls are in the sister file."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ..._aws.changes import create_tagged, repair
from ..._aws.limits import PORTS
from ..._aws.validation import check_range
from ..._engine.changes import delete
from ..._engine.errors import ConflictError, SpecError
from ..._engine.field import Answer, Field, attribute, parameter, read
from ..._engine.plan import Change, Step
from ..._engine.resource import Resource
from ..._engine.unknown import is_unknown
from . import load_balancer

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "listener"
HTTP: t.Final = "http"
HTTPS: t.Final = "https"
# FixedResponseActionConfig, MessageBody.
_BODY_LENGTH: t.Final = 1024
# Besides the default one: Elastic Load Balancing's quota, "Certificates per Application Load Balancer".
_MOST_CERTIFICATES: t.Final = 25
_CERTIFICATE: t.Final = re.compile(
    r"arn:aws[a-z-]*:(?:acm:([a-z0-9-]+)|iam:):\d{12}:(?:server-)?certificate/.+", re.ASCII
)
# Policies of TLS 1.3 alone: ELBSecurityPolicy-TLS13-1-3-2021-06, …-FIPS-2023-04, …-PQ-2025-09.
_ONLY_TLS_1_3: t.Final = re.compile(r"ELBSecurityPolicy-TLS13-1-3-.*")
# RFC 6797, 6.1: what browsers know of.
_HSTS: t.Final = re.compile(r"max-age=\d+(\s*;\s*(includeSubDomains|preload))*", re.IGNORECASE)
# What a request gets that no service's rule is about, besides the body.
_RESPONSE: t.Final = {"StatusCode": "404", "ContentType": "text/plain"}


def address(name: str) -> str:
    """The address of a listener (``http``)."""
    return f"{KIND}/{name}"


def redirect(port: int) -> dict[str, t.Any]:
    """The value of ``not_found_body`` of a listener that sends clients to the same place over HTTPS instead."""
    return {"redirect": "HTTPS", "port": port}


def _redirection(port: object) -> dict[str, t.Any]:
    """Its RedirectConfig, as AWS tells it."""
    place = {"Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}
    return {"Protocol": "HTTPS", "Port": str(port), **place, "StatusCode": "HTTP_301"}


def _read_body(answer: Answer) -> str | dict[str, t.Any]:
    """The body or redirect; of any other default action AWS's JSON, which differs from everything that is wanted."""
    actions: list[dict[str, t.Any]] = answer.get("DefaultActions", [])
    only = actions[0] if len(actions) == 1 else {}
    response, config = only.get("FixedResponseConfig", {}), only.get("RedirectConfig", {})
    if {key: response.get(key) for key in _RESPONSE} == _RESPONSE:
        return str(response.get("MessageBody", ""))
    port = str(config.get("Port", ""))
    if port.isdecimal() and config == _redirection(port):
        return redirect(int(port))
    return json.dumps(actions, sort_keys=True, default=str)


def _write_body(body: str | dict[str, t.Any]) -> dict[str, t.Any]:
    if isinstance(body, dict):
        return {"DefaultActions": [{"Type": "redirect", "RedirectConfig": _redirection(body["port"])}]}
    response = {**_RESPONSE, "MessageBody": body}
    return {"DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": response}]}


def _read_certificate(answer: Answer) -> str:
    return next((str(item["CertificateArn"]) for item in answer.get("Certificates", ())), "")


PARAMETERS: t.Final = (
    parameter("protocol", "Protocol"),
    parameter("port", "Port"),
    Field(name="not_found_body", read=_read_body, write=_write_body),
)
# Of a listener that speaks TLS
TLS_PARAMETERS: t.Final = (
    *PARAMETERS,
    parameter("ssl_policy", "SslPolicy"),
    Field(
        name="certificate_arn",
        read=_read_certificate,
        write=lambda arn: {"Certificates": [{"CertificateArn": arn}]},
    ),
)
# ListenerAttribute
TLS_ATTRIBUTES: t.Final = (
    attribute("strict_transport_security", "routing.http.response.strict_transport_security.header_value", ""),
)
# The name of the field that AddListenerCertificates and RemoveListenerCertificates set
MORE_CERTIFICATES: t.Final = "more_certificate_arns"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ListenerSpec:
    """A listener as it should be.

    :param name: logical name, one for each protocol (``http``, ``https``).
    :param values: of its fields, by name.
    """

    name: str
    port: int
    values: t.Mapping[str, t.Any]


def parse_listeners(params: t.Mapping[str, t.Any], region: str) -> tuple[ListenerSpec, ...]:
    """The listeners that the options ask for. Raises SpecError."""
    body, port = _parse_body(params["not_found_body"]), check_range("listener_port", params["listener_port"], *PORTS)
    certificate = params["certificate_arn"]
    if not certificate:
        return (_http(port, body),)
    https_port = check_range("https_port", params["https_port"], *PORTS)
    if https_port == port:
        raise SpecError("https_port", f"is {port}, as listener_port is.", "A port has one listener.")
    values = {
        "protocol": "HTTPS",
        "port": https_port,
        "not_found_body": body,
        "ssl_policy": _parse_policy(params["ssl_policy"]),
        "certificate_arn": _parse_certificate("certificate_arn", certificate, region),
        "strict_transport_security": _parse_hsts(params["strict_transport_security"]),
        MORE_CERTIFICATES: _parse_more(params[MORE_CERTIFICATES], certificate, region),
    }
    first = redirect(https_port) if params["redirect_http"] else body
    return (_http(port, first), ListenerSpec(name=HTTPS, port=https_port, values=values))


def _http(port: int, body: str | dict[str, t.Any]) -> ListenerSpec:
    return ListenerSpec(name=HTTP, port=port, values={"protocol": "HTTP", "port": port, "not_found_body": body})


def unused(params: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """What the options say of an HTTPS listener that there is not, for people."""
    if params["certificate_arn"]:
        return ()
    said = [option for option in ("strict_transport_security", MORE_CERTIFICATES) if params[option]]
    return tuple(f"{option} is of the HTTPS listener, and there is none without certificate_arn" for option in said)


def _parse_body(body: str) -> str:
    if len(body) > _BODY_LENGTH:
        raise SpecError("not_found_body", f"has {len(body)} characters.", f"AWS allows {_BODY_LENGTH}.")
    return body


def _parse_policy(policy: str) -> str:
    if _ONLY_TLS_1_3.fullmatch(policy):
        raise SpecError(
            "ssl_policy",
            f"{policy} is of TLS 1.3 alone, which Route 53's health checkers do not speak: every region would count as "
            "unhealthy.",
            "Take one that has TLS 1.2 as well, such as ELBSecurityPolicy-TLS13-1-2-2021-06.",
        )
    return policy


def _parse_hsts(value: str | None) -> str:
    if value and not _HSTS.fullmatch(value):
        raise SpecError(
            "strict_transport_security",
            f"{value!r} is not what browsers know of.",
            "Write it as in max-age=31536000; includeSubDomains.",
        )
    return value or ""


def _parse_more(values: t.Sequence[str], default: str, region: str) -> list[str]:
    arns = sorted({_parse_certificate(MORE_CERTIFICATES, value, region) for value in values} - {default})
    if len(arns) > _MOST_CERTIFICATES:
        raise SpecError(MORE_CERTIFICATES, f"has {len(arns)} certificates.", f"AWS allows {_MOST_CERTIFICATES}.")
    return arns


def _parse_certificate(option: str, value: str, region: str) -> str:
    match = _CERTIFICATE.fullmatch(value)
    if not match and not is_unknown(value):
        raise SpecError(option, f"{value!r} is not the ARN of a certificate in ACM or IAM.")
    if match and match[1] not in (None, region):
        raise SpecError(option, f"{value} is in {match[1]}.", f"A load balancer takes those of its region, {region}.")
    return value


@dataclasses.dataclass(frozen=True, kw_only=True)
class Listener:
    """A listener as observed.

    :param values: of the fields, by name.
    :param rules: how many it has besides its default one; None if they were not read.
    """

    arn: str
    values: t.Mapping[str, t.Any]
    rules: int | None = None
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def parse(item: Answer) -> Listener:
    """From an element of DescribeListeners' Listeners: without tags, attributes and further certificates."""
    fields = TLS_PARAMETERS if item.get("Protocol") == "HTTPS" else PARAMETERS
    return Listener(arn=item["ListenerArn"], values=read(fields, item))


def find_own(spec: Spec, wanted: ListenerSpec, listeners: t.Iterable[Listener]) -> Listener | None:
    """Ours by its tags; else the one that has our port, since everything on our load balancer's port is ours."""
    found = sorted(listeners, key=lambda item: int(item.values["port"]))
    name = address(wanted.name)
    tagged = [item for item in found if spec.owner.owns(item.tags) and item.tags.get("Resource") == name]
    return next(iter([*tagged, *(item for item in found if item.values["port"] == wanted.port)]), None)


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """What is known of the stack's own."""
    spec, balancer = snapshot.spec, snapshot.load_balancer
    if balancer is None or not spec.owner.owns(balancer.tags):
        return {}
    found = {wanted.name: find_own(spec, wanted, snapshot.listeners) for wanted in spec.listeners}
    return {address(name): {"id": listener.arn} for name, listener in found.items() if listener}


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """Their changes. Raises ConflictError if a listener has to move to the port of another one."""
    if spec.absent:
        for name, found in tagged(spec, snapshot).items():
            yield delete(address(name), {key: found.values[key] for key in ("protocol", "port")}, data=found)
    staying = retiring(spec, snapshot)
    for wanted in spec.listeners:
        if wanted.name == HTTP and staying is not None and staying.rules:
            # Clients over HTTP go on to where the services still are.
            body = redirect(staying.values["port"])
            wanted = dataclasses.replace(wanted, values={**wanted.values, "not_found_body": body})  # noqa: PLW2901
        yield _plan_listener(spec, wanted, snapshot)
    if staying is not None and not staying.rules:
        shown = {key: staying.values[key] for key in ("protocol", "port")}
        yield delete(address(HTTPS), shown, data=staying, reason="there is no certificate_arn")


def retiring(spec: Spec, snapshot: Snapshot) -> Listener | None:
    """The HTTPS listener that is not wanted any more. It goes when no service has a rule on it."""
    if spec.absent or any(each.name == HTTPS for each in spec.listeners):
        return None
    return tagged(spec, snapshot).get(HTTPS)


def tagged(spec: Spec, snapshot: Snapshot) -> dict[str, Listener]:
    """Ours by their tags, if the load balancer is, by name."""
    balancer = snapshot.load_balancer
    if balancer is None or not spec.owner.owns(balancer.tags):
        return {}
    return {
        item.tags["Resource"].removeprefix(f"{KIND}/"): item
        for item in snapshot.listeners
        if spec.owner.owns(item.tags) and item.tags.get("Resource", "").startswith(f"{KIND}/")
    }


def _plan_listener(spec: Spec, wanted: ListenerSpec, snapshot: Snapshot) -> Change | None:
    values = wanted.values
    found = find_own(spec, wanted, snapshot.listeners)
    needs = {load_balancer.ADDRESS}
    if found is None:
        return create_tagged(spec.owner, address(wanted.name), values, needs=needs)
    _check_port(spec, wanted, found, snapshot.listeners)
    return repair(spec.owner, address(wanted.name), found, found.values, values, needs=needs)


def _check_port(spec: Spec, wanted: ListenerSpec, ours: Listener, listeners: t.Iterable[Listener]) -> None:
    for other in listeners:
        if other is not ours and other.values["port"] == wanted.port:
            raise ConflictError(
                f"{spec.name}: the listener {ours.arn} should move to port {wanted.port}, where the load balancer "
                f"has another one, {other.arn}. Delete that, or choose another listener_port."
            )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)
