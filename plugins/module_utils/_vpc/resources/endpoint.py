# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC endpoints as EC2 describes them, and their policy in a form that can be compared. Pure."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ..._aws.owner import Tags, tags_from
from ..._engine.errors import SpecError
from ..._resources.role_policy import VERSION, canonical
from ..named import Item

GATEWAY: t.Final = "Gateway"
INTERFACE: t.Final = "Interface"
DELETING: t.Final = "deleting"
# The statement of the policy that AWS gives an endpoint by default (CreateVpcEndpoint, PolicyDocument).
_OPEN: t.Final = {"Effect": "Allow", "Principal": "*", "Action": ["*"], "Resource": ["*"]}
OPEN_POLICY: t.Final = json.dumps({"Version": "2008-10-17", "Statement": [_OPEN]})
# "Characters per VPC endpoint policy", white space among them (Amazon VPC quotas); it cannot be raised.
_MOST_CHARACTERS: t.Final = 20_480
_STATEMENT: t.Final = (("Effect",), ("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A VPC endpoint as observed.

    :param type: ``Gateway``, ``Interface`` or another one.
    :param state: in lower case (``available``); EC2 also answers with ``Available``.
    :param policy: in the form of ``normal``.
    """

    id: str
    service: str
    tags: Tags
    type: str = GATEWAY
    state: str = "available"
    policy: str = OPEN_POLICY
    route_table_ids: frozenset[str] = frozenset()
    subnet_ids: frozenset[str] = frozenset()
    group_ids: frozenset[str] = frozenset()
    interface_ids: frozenset[str] = frozenset()
    private_dns: bool = False
    failure: str = ""


def parse(item: Item) -> Endpoint:
    """From DescribeVpcEndpoints."""
    error = item.get("LastError") or {}
    return Endpoint(
        id=item["VpcEndpointId"],
        service=item["ServiceName"],
        tags=tags_from(item.get("Tags")),
        type=item.get("VpcEndpointType") or GATEWAY,
        state=item["State"].lower(),
        policy=normal(item.get("PolicyDocument") or ""),
        route_table_ids=frozenset(item.get("RouteTableIds") or ()),
        subnet_ids=frozenset(item.get("SubnetIds") or ()),
        group_ids=frozenset(group["GroupId"] for group in item.get("Groups") or ()),
        interface_ids=frozenset(item.get("NetworkInterfaceIds") or ()),
        private_dns=bool(item.get("PrivateDnsEnabled")),
        failure=": ".join(error[key] for key in ("Code", "Message") if error.get(key)),
    )


def normal(document: str) -> str:
    """A form in which policies that mean the same are equal; empty if it is not a policy."""
    try:
        found = json.loads(document)
        statements = [_without_name(statement) for statement in canonical(found)["Statement"]]
    except (ValueError, AttributeError, TypeError):
        return ""
    if statements == [_OPEN]:  # whatever its version
        return OPEN_POLICY
    return json.dumps({"Version": found.get("Version", "2008-10-17"), "Statement": statements}, sort_keys=True)


def _without_name(statement: Item) -> dict[str, t.Any]:
    """The statement without its Sid, and with ``*`` for the principal ``{"AWS": "*"}``."""
    parts = {key: value for key, value in statement.items() if key != "Sid"}
    return {**parts, **({"Principal": "*"} if parts.get("Principal") == {"AWS": ["*"]} else {})}


def to_send(policy: str, current: str = OPEN_POLICY) -> str:
    """The policy to send where ``current`` is in place (in the form of ``normal``); empty if they mean the same."""
    return "" if normal(policy) == current else policy


def shown(policy: str) -> str:
    """A policy in the form of ``normal``, for people."""
    return "full access" if policy == OPEN_POLICY else policy or "unreadable"


def parse_policy(document: str | None) -> str:
    """The option ``endpoint_policy`` as it is sent. Raises SpecError."""
    if not document:
        return OPEN_POLICY
    try:
        found = json.loads(document)
    except ValueError as error:
        raise _refused(f"is not JSON: {error}.", "Write a policy document, as a mapping or as JSON.") from None
    statements = found.get("Statement") if isinstance(found, dict) else None
    listed = [statements] if isinstance(statements, dict) else statements
    if not isinstance(listed, list) or not listed or not all(isinstance(each, dict) for each in listed):
        raise _refused("has no statements.", "Write a policy document with a list `Statement`.")
    for place, statement in enumerate(listed):
        for keys in _STATEMENT:
            if not any(key in statement for key in keys):
                raise _refused(f"has no {keys[0]} in statement {place + 1}.", f"Add {' or '.join(keys)} there.")
    text = json.dumps({"Version": VERSION, **found})
    if not normal(text):
        raise _refused("cannot be read as a policy.", "Compare it with the examples of docs/network.md.")
    if len(text) > _MOST_CHARACTERS:
        raise _refused(f"has {len(text)} characters.", f"AWS allows {_MOST_CHARACTERS}, white space among them.")
    return text


def _refused(problem: str, remedy: str) -> SpecError:
    return SpecError("endpoint_policy", problem, remedy)
