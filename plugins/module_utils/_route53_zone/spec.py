# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired zone, from a module's parameters."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws.owner import DNS, Owner, parse_owner
from .._engine.errors import SpecError
from .._route53.names import parse_name

_MOST_COMMENT: t.Final = 256  # API ResourceDescription
_ZONE_ID = re.compile(r"[A-Z0-9]{1,32}")  # API ResourceId
# CreateQueryLoggingConfig: "You must create the log group in the us-east-1 region"
_LOG_GROUP = re.compile(r"arn:aws:logs:us-east-1:\d{12}:log-group:[\w./#-]{1,512}(:\*)?")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ZoneSpec:
    """A public zone as it should be.

    :param name: in normal form.
    :param zone_id: the zone to use; others' zones are used but never changed.
    :param former_name: in normal form, the name of which the stack's users move to ``name``; None if they do not.
    :param validation_records: names, in normal form, of the records that are deleted with certificates; None for all.
    :param query_logging: whether queries are logged; None to leave that unchanged.
    :param query_log_group_arn: the log group to use; None for one of the zone's own.
    :param timeout: seconds for each wait.
    """

    owner: Owner
    absent: bool
    name: str
    zone_id: str | None
    comment: str
    timeout: float
    former_name: str | None = None
    validation_records: frozenset[str] | None = None
    query_logging: bool | None = None
    query_log_group_arn: str | None = None
    query_log_retention_days: int = 30


def parse(params: t.Mapping[str, t.Any], _region: str) -> ZoneSpec:
    """The desired state. Raises SpecError."""
    owner = parse_owner(params, DNS)
    comment = params["comment"]
    if comment is None:
        comment = f"{owner.stack}-{owner.environment}: made by everlook.failover"
    if len(comment) > _MOST_COMMENT:
        raise SpecError("comment", f"has {len(comment)} characters.", f"Use at most {_MOST_COMMENT}.")
    return ZoneSpec(
        owner=owner,
        absent=params["state"] == "absent",
        name=parse_name("name", params["name"]),
        zone_id=_parse_zone_id(params["zone_id"]),
        comment=comment,
        timeout=float(params["wait_timeout"]),
        former_name=parse_name("former_name", params["former_name"]) if params["former_name"] else None,
        validation_records=_parse_records(params["validation_records"]),
        query_logging=params["query_logging"],
        query_log_group_arn=_parse_log_group(params["query_log_group_arn"]),
        query_log_retention_days=params["query_log_retention_days"],
    )


def _parse_records(values: t.Iterable[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(parse_name("validation_records", value) for value in values)


def _parse_log_group(value: str | None) -> str | None:
    if value and not _LOG_GROUP.fullmatch(value):
        raise SpecError(
            "query_log_group_arn",
            f"{value!r} is not the ARN of a log group in us-east-1, where Route 53 logs.",
            "It looks like arn:aws:logs:us-east-1:111111111111:log-group:/aws/route53/example.com.",
        )
    return value or None


def _parse_zone_id(value: str | None) -> str | None:
    if not value:
        return None
    zone_id = value.removeprefix("/hostedzone/")
    if not _ZONE_ID.fullmatch(zone_id):
        raise SpecError("zone_id", f"{value!r} is not the id of a hosted zone.", "It looks like Z0123456789ABCDEFGHIJ.")
    return zone_id
