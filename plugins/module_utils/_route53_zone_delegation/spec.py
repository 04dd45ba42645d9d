# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired delegation, from a module's parameters."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws.limits import ROLE_ARN
from .._aws.owner import DNS, Owner, parse_owner
from .._engine.errors import SpecError
from .._route53.names import is_within, parse_name

# Most parent zones have two days; less than five minutes only adds queries.
_TTL_RANGE: t.Final = (300, 172800)
# API patterns of AssumeRole's ExternalId and RoleSessionName.
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Role:
    """The role to assume in the parent's account."""

    arn: str
    external_id: str | None
    session_name: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class DelegationSpec:
    """A delegation as it should be.

    :param zone: the child, in normal form; so is ``parent_zone``.
    :param name_servers: the child's, in normal form. If they are empty, a deletion reads them from the child zone.
    :param replace_records: whether the delegation may hide others' records.
    :param role: None if the run's own credentials are the parent account's.
    """

    owner: Owner
    absent: bool
    zone: str
    parent_zone: str
    parent_zone_id: str | None
    name_servers: frozenset[str]
    ttl: int
    replace_records: bool
    role: Role | None
    timeout: float


def parse(params: t.Mapping[str, t.Any], _region: str) -> DelegationSpec:
    """The desired state. Raises SpecError."""
    zone = parse_name("zone", params["zone"])
    parent = parse_name("parent_zone", params["parent_zone"])
    if zone == parent or not is_within(zone, parent):
        raise SpecError(
            "zone", f"{params['zone']!r} is not below parent_zone {params['parent_zone']!r}.", "Correct one of them."
        )
    absent = params["state"] == "absent"
    servers = frozenset(parse_name("name_servers", name) for name in params["name_servers"])
    if not absent and not servers:
        raise SpecError("name_servers", "is empty.", "Give it what route53_zone returns as name_servers.")
    return DelegationSpec(
        owner=parse_owner(params, DNS),
        absent=absent,
        zone=zone,
        parent_zone=parent,
        parent_zone_id=(params["parent_zone_id"] or "").removeprefix("/hostedzone/") or None,
        name_servers=servers,
        ttl=_parse_ttl(params["ttl"]),
        replace_records=params["replace_records"],
        role=_parse_role(params),
        timeout=float(params["wait_timeout"]),
    )


def _parse_ttl(ttl: int) -> int:
    least, most = _TTL_RANGE
    if not least <= ttl <= most:
        raise SpecError("ttl", f"{ttl} is out of range.", f"Use {least} to {most} seconds.")
    return ttl


def _parse_role(params: t.Mapping[str, t.Any]) -> Role | None:
    arn, external_id = params["role_arn"], params["external_id"] or None
    if not arn:
        if external_id:
            raise SpecError("external_id", "has no effect without role_arn.", "Set role_arn, or leave it out.")
        return None
    session = params["role_session_name"] or f"everlook-failover-{params['environment']}"[:64]
    for option, value, pattern, example in (
        ("role_arn", arn, ROLE_ARN, "arn:aws:iam::999999999999:role/dns-delegation-dev"),
        ("external_id", external_id, _EXTERNAL_ID, "everlook-failover-dev"),
        ("role_session_name", session, _SESSION_NAME, "everlook-failover-dev"),
    ):
        if value and not pattern.fullmatch(value):
            raise SpecError(option, f"{value!r} is not one that AWS accepts.", f"It looks like {example}.")
    return Role(arn=arn, external_id=external_id, session_name=session)
