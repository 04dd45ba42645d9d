# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How things of this layer are called, and how their names say whose they are."""

from __future__ import annotations

import re
import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import shorten
from .._route53.names import normalise
from .._route53.records import AliasTarget
from .._route53.zones import owner_reference
from .spec import REGION_NAME

ENDPOINT: t.Final = "endpoint"
CALCULATED: t.Final = "calculated"
_SWITCH: t.Final = "switch-"

# The metric behind a switch. A data point of 1 evicts the region of its dimension, 0 lets health decide again.
NAMESPACE: t.Final = "everlook.failover"
METRIC: t.Final = "Evict"

_STANDBY_NAME = re.compile(r"standby-([1-9][0-9]*)\.(.+)")
_STANDBY_ID = re.compile(r"standby-[1-9][0-9]*")


def regional_name(region: str, base: str) -> str:
    """The region's own name below the failover name; health checkers probe this one."""
    return normalise(f"{region}.{base}")


def level_name(level: int, base: str) -> str:
    """Where a pair of the chain stands: level 0 under the failover name itself, the next under standby-1, …"""
    return normalise(base if level == 0 else f"standby-{level}.{base}")


def split_level(name: str) -> tuple[int, str]:
    """(level, failover name) of the name of a record of the chain. The reverse of level_name."""
    match = _STANDBY_NAME.fullmatch(name)
    return (int(match[1]), match[2]) if match else (0, name)


def balancer_name(owner: Owner) -> str:
    """What the load balancer and the target group of a region are called; the alb layer gives them this name."""
    return shorten(owner.prefix, 32)


def set_identifier(owner: Owner, what: str) -> str:
    """A SetIdentifier: whose the record is, and the region (or link of the chain) it stands for."""
    return f"{owner.stack}/{owner.environment}/{what}"


def link_identifier(owner: Owner, level: int) -> str:
    """The SetIdentifier of the record that leads on to the pair at ``level``."""
    return set_identifier(owner, f"standby-{level}")


def region_of(owner: Owner, identifier: str | None) -> str | None:
    """The region that a record with this SetIdentifier stands for, None if it is no region's record of ours."""
    what = (identifier or "").removeprefix(set_identifier(owner, ""))
    return what if REGION_NAME.fullmatch(what) and what != identifier else None


def owns_identifier(owner: Owner, identifier: str | None) -> bool:
    """True for every SetIdentifier of ours, regions' and links'."""
    what = (identifier or "").removeprefix(set_identifier(owner, ""))
    return region_of(owner, identifier) is not None or (what != identifier and bool(_STANDBY_ID.fullmatch(what)))


def plain_dns_name(alias: AliasTarget) -> str:
    """The name an alias leads to, without the ``dualstack.`` that AWS's console puts in front."""
    return alias.dns_name.removeprefix("dualstack.")


def is_balancer_of(balancer_name: str, region: str, alias: AliasTarget) -> bool:
    """True if the alias leads to the load balancer of that name in that region: its DNS name begins with its name."""
    name = plain_dns_name(alias)
    return name.startswith(f"{balancer_name.lower()}-") and f".{region}." in name


def switch(seat: str) -> str:
    """The role of the check by which the region ``seat`` evicts another."""
    return _SWITCH + seat


def seat_of(role: str) -> str | None:
    """The region a switch sits in; None if the role is no switch."""
    return role.removeprefix(_SWITCH) if role.startswith(_SWITCH) else None


def check_address(region: str, role: str) -> str:
    """The address of a health check in the plan."""
    return f"health_check/{region}-{role}"


def alarm_address(evicted: str, seat: str) -> str:
    """The address in the plan of the alarm in ``seat`` behind the switch of ``evicted``."""
    return f"metric_alarm/{evicted}-{switch(seat)}"


def alarm_prefix(owner: Owner) -> str:
    """What the names of all alarms of ours start with."""
    return f"{owner.prefix}-switch-"


def alarm_name(owner: Owner, evicted: str) -> str:
    """The name of the alarm by which the region it is in evicts another."""
    return f"{alarm_prefix(owner)}{evicted}"


def alarm_mark(owner: Owner, evicted: str, seat: str) -> str:
    """What in an alarm's description says that it is ours: DescribeAlarms returns descriptions, but not tags."""
    return f"{owner_reference(owner)}{evicted}/{switch(seat)}"


def metric_dimensions(owner: Owner, evicted: str) -> list[dict[str, str]]:
    """The Dimensions of the metric behind the switches of a region."""
    values = {"Stack": owner.stack, "Environment": owner.environment, "Region": evicted}
    return [{"Name": name, "Value": value} for name, value in values.items()]
