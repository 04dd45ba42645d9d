# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protections of record sets, with which Route 53 refuses to change them or to delete the zone.

Route 53 Developer Guide, "Protecting records from changes".
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.aws_errors import unless
from .._engine.errors import ConflictError
from .names import normalise, readable

_GONE: t.Final = frozenset({"NoSuchHostedZone"})


@dataclasses.dataclass(frozen=True, order=True)
class Protection:
    """A protected name and type, with the protection's comment."""

    name: str
    type: str
    comment: str = ""

    def __str__(self) -> str:
        return f"{self.type} {readable(self.name)}{f' ({self.comment})' if self.comment else ''}"


def read_protections(client: t.Any, zone_id: str) -> tuple[Protection, ...]:
    """The protections in a zone (ListResourceRecordSetProtections); none if botocore does not have the call."""
    call = getattr(client, "list_resource_record_set_protections", None)
    found: list[Protection] = []
    request: dict[str, str] = {"HostedZoneId": zone_id}
    while call is not None:
        answer = unless(_GONE, lambda: call(**request)) or {}
        found += (
            Protection(normalise(item["RecordName"]), item["RecordType"], item.get("Comment", ""))
            for item in answer.get("ResourceRecordSetProtections", ())
        )
        if not answer.get("NextToken"):
            break
        request["NextToken"] = answer["NextToken"]
    return tuple(sorted(found))


def refuse(protections: t.Sequence[Protection], what: str) -> None:
    """Raise ConflictError if there are any.

    :param what: what they prevent, for people.
    """
    if protections:
        raise ConflictError(
            f"{what} while record sets are protected: {', '.join(map(str, protections))}. Have the protections deleted "
            "(route53 delete-resource-record-set-protections), then run this again."
        )
