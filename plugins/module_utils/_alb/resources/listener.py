# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners. Pure; the calls are in the sister file."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ..._aws.changes import create_tagged, repair
from ..._engine.changes import delete
from ..._engine.errors import ConflictError
from ..._engine.field import Answer, Field, attribute, parameter, read
from ..._engine.plan import Change, Step, Wait
from ..._engine.resource import Resource
from . import load_balancer
from .mutual_authentication import FIELD as MUTUAL_AUTHENTICATION
from .mutual_authentication import OFF, verifies

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec
    from ..spec_listeners import ListenerSpec

KIND: t.Final = "listener"
HTTP: t.Final = "http"
HTTPS: t.Final = "https"
# The response to a request that no service's rule matches, without its body.
_RESPONSE: t.Final = {"StatusCode": "404", "ContentType": "text/plain"}


def address(name: str) -> str:
    """The address of a listener (``http``)."""
    return f"{KIND}/{name}"


def redirect(port: int, protocol: str = "HTTPS") -> dict[str, t.Any]:
    """The value of ``not_found_body`` for a redirect to the same URL over another protocol."""
    return {"redirect": protocol, "port": port}


def _redirection(protocol: str, port: object) -> dict[str, t.Any]:
    """AWS's RedirectConfig. The redirect from HTTPS to HTTP is temporary, so that clients do not cache it."""
    place = {"Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}
    status = "HTTP_301" if protocol == "HTTPS" else "HTTP_302"
    return {"Protocol": protocol, "Port": str(port), **place, "StatusCode": status}


def _read_body(answer: Answer) -> str | dict[str, t.Any]:
    """The body or redirect; for any other default action AWS's JSON, which equals no wanted value."""
    actions: list[dict[str, t.Any]] = answer.get("DefaultActions", [])
    only = actions[0] if len(actions) == 1 else {}
    response, config = only.get("FixedResponseConfig", {}), only.get("RedirectConfig", {})
    if {key: response.get(key) for key in _RESPONSE} == _RESPONSE:
        return str(response.get("MessageBody", ""))
    protocol, port = str(config.get("Protocol", "")), str(config.get("Port", ""))
    if port.isdecimal() and config == _redirection(protocol, port):
        return redirect(int(port), protocol)
    return json.dumps(actions, sort_keys=True, default=str)


def _write_body(body: str | dict[str, t.Any]) -> dict[str, t.Any]:
    if isinstance(body, dict):
        config = _redirection(body["redirect"], body["port"])
        return {"DefaultActions": [{"Type": "redirect", "RedirectConfig": config}]}
    response = {**_RESPONSE, "MessageBody": body}
    return {"DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": response}]}


def _read_certificate(answer: Answer) -> str:
    return next((str(item["CertificateArn"]) for item in answer.get("Certificates", ())), "")


PARAMETERS: t.Final = (
    parameter("protocol", "Protocol"),
    parameter("port", "Port"),
    Field(name="not_found_body", read=_read_body, write=_write_body),
)
# Of an HTTPS listener.
TLS_PARAMETERS: t.Final = (
    *PARAMETERS,
    parameter("ssl_policy", "SslPolicy"),
    Field(
        name="certificate_arn",
        read=_read_certificate,
        write=lambda arn: {"Certificates": [{"CertificateArn": arn}]},
    ),
    MUTUAL_AUTHENTICATION,
)
# ListenerAttribute
TLS_ATTRIBUTES: t.Final = (
    attribute("strict_transport_security", "routing.http.response.strict_transport_security.header_value", ""),
)
# Set by AddListenerCertificates and RemoveListenerCertificates.
MORE_CERTIFICATES: t.Final = "more_certificate_arns"
# A kind of wait: Elastic Load Balancing refuses an unissued certificate.
ISSUED: t.Final = "certificates_issued"
_POLL_SECONDS: t.Final = 2.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Listener:
    """A listener as observed.

    :param values: of the fields, by name.
    :param rules: number of rules besides the default one; None if not read.
    """

    arn: str
    values: t.Mapping[str, t.Any]
    rules: int | None = None
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def parse(item: Answer) -> Listener:
    """From DescribeListeners, which omits tags, attributes and further certificates."""
    fields = TLS_PARAMETERS if item.get("Protocol") == "HTTPS" else PARAMETERS
    return Listener(arn=item["ListenerArn"], values=read(fields, item))


def find_own(spec: Spec, wanted: ListenerSpec, listeners: t.Iterable[Listener]) -> Listener | None:
    """The listener with its tags, or else on its port: all ports of the stack's load balancer are the stack's."""
    found = sorted(listeners, key=lambda item: int(item.values["port"]))
    name = address(wanted.name)
    tagged = [item for item in found if spec.owner.owns(item.tags) and item.tags.get("Resource") == name]
    return next(iter([*tagged, *(item for item in found if item.values["port"] == wanted.port)]), None)


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The stack's listeners."""
    spec, balancer = snapshot.spec, snapshot.load_balancer
    if balancer is None or not spec.owner.owns(balancer.tags):
        return {}
    found = {wanted.name: find_own(spec, wanted, snapshot.listeners) for wanted in spec.listeners}
    return {address(name): {"id": listener.arn} for name, listener in found.items() if listener}


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """Their changes. Raises ConflictError if a listener has to move to another one's port."""
    if spec.absent:
        for name, found in tagged(spec, snapshot).items():
            yield delete(address(name), {key: found.values[key] for key in ("protocol", "port")}, data=found)
    staying = retiring(spec, snapshot)
    for wanted in spec.listeners:
        if wanted.name == HTTP and staying is not None and staying.rules:
            # Clients over HTTP are redirected to the listener that services are still on.
            body = redirect(staying.values["port"])
            wanted = dataclasses.replace(wanted, values={**wanted.values, "not_found_body": body})  # noqa: PLW2901
        change = _plan_listener(spec, until_later(spec, wanted, snapshot), snapshot)
        yield change
        if change and wanted.name == HTTPS and snapshot.not_issued:
            yield Wait(
                kind=ISSUED,
                name=wanted.name,
                what=f"{' and '.join(snapshot.not_issued)} to be issued",
                timeout=spec.wait_timeout,
                interval=_POLL_SECONDS,
                data=snapshot.not_issued,
            )
    if staying is not None and staying.rules:
        # Health checks that still use it when the services have left accept a redirect.
        back = {"not_found_body": redirect(spec.listeners[0].port, "HTTP")}
        yield repair(spec.owner, address(HTTPS), staying, staying.values, back)
    elif staying is not None:
        shown = {key: staying.values[key] for key in ("protocol", "port")}
        needs = {address(HTTP)}  # redirects clients there until then
        yield delete(address(HTTPS), shown, data=staying, needs=needs, reason="there is no certificate_arn")


def until_later(spec: Spec, wanted: ListenerSpec, snapshot: Snapshot) -> ListenerSpec:
    """The listener as wanted for now: an existing one may start to verify clients later."""
    found = find_own(spec, wanted, snapshot.listeners)
    name = MUTUAL_AUTHENTICATION.name
    if not spec.verify_clients_later or found is None or not verifies(wanted.values) or verifies(found.values):
        return wanted
    # An HTTP listener that becomes HTTPS has no mutual authentication yet.
    return dataclasses.replace(wanted, values={**wanted.values, name: found.values.get(name, OFF)})


def retiring(spec: Spec, snapshot: Snapshot) -> Listener | None:
    """The HTTPS listener that is no longer wanted. It is deleted once no service has a rule on it."""
    if spec.absent or any(each.name == HTTPS for each in spec.listeners):
        return None
    return tagged(spec, snapshot).get(HTTPS)


def tagged(spec: Spec, snapshot: Snapshot) -> dict[str, Listener]:
    """The stack's listeners by their tags: name → listener."""
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
    needs = {load_balancer.ADDRESS, f"{ISSUED}/{wanted.name}"}
    if wanted.name == HTTP and any(each.name == HTTPS for each in spec.listeners):
        # Redirect only once the HTTPS listener exists, which may wait for its certificate.
        needs.add(address(HTTPS))
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
