# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS services by the names they have for interface endpoints. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..._engine.errors import SpecError

OPTION: t.Final = "interface_endpoints"
_NAME: t.Final = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*")
# For S3 there is the gateway endpoint, which costs nothing. Interface endpoints of DynamoDB have no private DNS
# (DynamoDB Developer Guide, "AWS PrivateLink for DynamoDB").
_NOT_THESE: t.Final = {
    "s3": "has a gateway endpoint: leave it out, and s3_endpoint at true.",
    "dynamodb": "has no private DNS: leave it out.",
}
# "Interface and Gateway Load Balancer endpoints per VPC" (Amazon VPC quotas); it can be raised.
_MANY: t.Final = 50


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """:param zones: the Availability Zones in which it has addresses."""

    name: str
    zones: frozenset[str]
    private_dns: bool = True


def parse_names(names: t.Sequence[str]) -> tuple[str, ...]:
    """The option ``interface_endpoints``. Raises SpecError."""
    for name in names:
        if name in _NOT_THESE:
            raise SpecError(OPTION, f"{name} {_NOT_THESE[name]}")
        if name.startswith(("com.", "cn.com.")) or not _NAME.fullmatch(name):
            raise SpecError(
                OPTION,
                f"{name!r} is not the name of a service.",
                "Write what follows the region in it, such as ecr.api.",
            )
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise SpecError(OPTION, f"names {', '.join(twice)} twice.", "Name every service once.")
    if len(names) > _MANY:
        raise SpecError(OPTION, f"names {len(names)} services.", f"A VPC takes {_MANY}.")
    return tuple(names)


def service_names(region: str, name: str) -> tuple[str, ...]:
    """The names a service may have for endpoints: some have another prefix in China."""
    plain = f"com.amazonaws.{region}.{name}"
    return (plain, f"cn.{plain}") if region.startswith("cn-") else (plain,)


def short_name(region: str, service: str) -> str:
    """``ecr.api`` of ``com.amazonaws.us-east-1.ecr.api``; empty if it is not an AWS service of the region."""
    prefix, found, name = service.partition(f".{region}.")
    return name if found and prefix.endswith("com.amazonaws") else ""
