# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the chain's records, and the SetIdentifiers that say whose they are. Pure."""

from __future__ import annotations

import re

from .._aws.limits import REGION_NAME
from .._aws.owner import Owner
from .._aws.stack_names import load_balancer, record_set_identifier
from .._route53.names import normalise
from .._route53.records import AliasTarget

_STANDBY_NAME = re.compile(r"standby-([1-9][0-9]*)\.(.+)")
_STANDBY_ID = re.compile(r"standby-[1-9][0-9]*")


def regional_name(region: str, base: str) -> str:
    """The region's own name below the failover name, which health checkers probe."""
    return normalise(f"{region}.{base}")


def level_name(level: int, base: str) -> str:
    """The name of a pair of the chain: level 0 has the failover name itself, the next one standby-1, …"""
    return normalise(base if level == 0 else f"standby-{level}.{base}")


def split_level(name: str) -> tuple[int, str]:
    """(level, failover name) of a record's name. The reverse of level_name."""
    match = _STANDBY_NAME.fullmatch(name)
    return (int(match[1]), match[2]) if match else (0, name)


def link_identifier(owner: Owner, level: int) -> str:
    """The SetIdentifier of the alias to the pair at ``level``."""
    return record_set_identifier(owner, f"standby-{level}")


def region_of(owner: Owner, identifier: str | None) -> str | None:
    """The region of a record with this SetIdentifier; None unless it is a region's record of the stack."""
    what = (identifier or "").removeprefix(record_set_identifier(owner, ""))
    return what if REGION_NAME.fullmatch(what) and what != identifier else None


def owns_identifier(owner: Owner, identifier: str | None) -> bool:
    """Whether the SetIdentifier is the stack's: a region's or a link's."""
    what = (identifier or "").removeprefix(record_set_identifier(owner, ""))
    return region_of(owner, identifier) is not None or (what != identifier and bool(_STANDBY_ID.fullmatch(what)))


def plain_dns_name(alias: AliasTarget) -> str:
    """The target of an alias, without the prefix ``dualstack.`` that AWS's console adds."""
    return alias.dns_name.removeprefix("dualstack.")


def is_balancer_of(owner: Owner, region: str, alias: AliasTarget) -> bool:
    """Whether the target is the stack's load balancer in that region, whose DNS name begins with its name."""
    name = plain_dns_name(alias)
    return name.startswith(f"{load_balancer(owner).lower()}-") and f".{region}." in name
