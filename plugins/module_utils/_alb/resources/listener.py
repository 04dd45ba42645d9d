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
from ..._engine.errors import ConflictError, SpecError
from ..._engine.field import Answer, Field, parameter, read
from ..._engine.plan import Change, Step
from ..._engine.resource import Resource
from . import load_balancer

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "listener"
# FixedResponseActionConfig, MessageBody.
_BODY_LENGTH: t.Final = 1024
# What a request gets that no service's rule is about, besides the body.
_RESPONSE: t.Final = {"StatusCode": "404", "ContentType": "text/plain"}


def address(name: str) -> str:
    """The address of a listener (``http``)."""
    return f"{KIND}/{name}"


def _read_body(answer: Answer) -> str:
    """The body; of any other default action AWS's JSON, which differs from every body that is wanted."""
    actions: list[dict[str, t.Any]] = answer.get("DefaultActions", [])
    response = actions[0].get("FixedResponseConfig", {}) if len(actions) == 1 else {}
    if {key: response.get(key) for key in _RESPONSE} == _RESPONSE:
        return str(response.get("MessageBody", ""))
    return json.dumps(actions, sort_keys=True, default=str)


def _write_body(body: str) -> dict[str, t.Any]:
    response = {**_RESPONSE, "MessageBody": body}
    return {"DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": response}]}


FIELDS: t.Final = (
    parameter("protocol", "Protocol"),
    parameter("port", "Port"),
    Field(name="not_found_body", read=_read_body, write=_write_body),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ListenerSpec:
    """A listener as it should be.

    :param name: logical name, one for each protocol (``http``; ``https`` has its place beside it).
    """

    name: str
    protocol: str
    port: int
    not_found_body: str


def parse_body(params: t.Mapping[str, t.Any]) -> str:
    """What a client reads whose request is for no service. Raises SpecError."""
    body: str = params["not_found_body"]
    if len(body) > _BODY_LENGTH:
        raise SpecError("not_found_body", f"has {len(body)} characters.", f"AWS allows {_BODY_LENGTH}.")
    return body


@dataclasses.dataclass(frozen=True, kw_only=True)
class Listener:
    """A listener as observed.

    :param values: of the fields, by name.
    """

    arn: str
    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def parse(item: Answer) -> Listener:
    """From an element of DescribeListeners' Listeners: without tags."""
    return Listener(arn=item["ListenerArn"], values=read(FIELDS, item))


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
    for wanted in spec.listeners:
        yield _plan_listener(spec, wanted, snapshot)


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
    values = {field.name: getattr(wanted, field.name) for field in FIELDS}
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
