# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The typed options of a drill. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws.owner import DNS, Owner, parse_owner, parse_service_names
from .._engine.command_line import parse_command
from .._engine.errors import SpecError
from .._failover_chain.capacity import parse_share
from . import fault as kinds
from .budget import Timing

DRILLED: t.Final = "drilled"
HEALED: t.Final = "healed"

_PATH: t.Final = re.compile(r"/[!-~]*")
_MOST_PROBES: t.Final = 20.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Commands:
    """Make and heal the fault ``external``; empty if a person does."""

    breaks: tuple[str, ...] = ()
    heals: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """A drill as requested.

    :param services: those that decide the failover.
    :param region: the region to break; None for the one that serves.
    :param status: what failover_info returned.
    :param parent_zone: the zone from which names are resolved.
    :param minimum: healthy targets that the standby needs; None for the share.
    :param share: percent of the tasks of the region to break that the standby needs; None for one task.
    :param hold: seconds that the fault lasts after all traffic has moved.
    :param give_up: seconds after which the fault is healed although traffic has not moved; None for one and a half
        times the budget.
    :param return_timeout: seconds that the return may take.
    :param regions: of the inventory; empty if they are not known.
    :param shown: whether a dashboard shows the drill.
    """

    owner: Owner
    services: tuple[str, ...]
    account_id: str
    state: str
    allowed: bool
    fault: str
    region: str | None
    status: t.Mapping[str, t.Any]
    parent_zone: str
    path: str
    verify: bool
    minimum: int | None
    share: int | None
    timing: Timing
    rate: float
    hold: float
    give_up: float | None
    return_timeout: float
    commands: Commands
    directory: str
    regions: tuple[str, ...] = ()
    shown: bool = False

    def asking(self, url: str) -> Spec:
        """The same spec for users who request this URL, which includes the path."""
        return dataclasses.replace(self, status={**self.status, "url": url.removesuffix(self.path)})


def parse(params: t.Mapping[str, t.Any]) -> Spec:
    """The spec from the module's parameters. Raises SpecError."""
    if not _PATH.fullmatch(params["path"]):
        raise SpecError("path", f"{params['path']!r} is not a path.", "Start with '/', no blanks.")
    if not 1.0 <= params["probes_per_second"] <= _MOST_PROBES:
        problem = f"{params['probes_per_second']} is not from 1 to {_MOST_PROBES:.0f}."
        raise SpecError("probes_per_second", problem, "Use such a number.")
    status: t.Mapping[str, t.Any] = params["status"] or {}
    regions = [region["name"] for region in status.get("regions") or ()]
    if regions and params["fault_region"] and params["fault_region"] not in regions:
        problem = f"{params['fault_region']!r} is not a region of the inventory."
        raise SpecError("fault_region", problem, f"Write -e region= one of {', '.join(regions)}.")
    return Spec(
        owner=parse_owner({**params, "tags": {}}, DNS),
        services=parse_service_names(params["services"]),
        account_id=params["account_id"],
        state=params["state"],
        allowed=params["allowed"],
        fault=params["fault"],
        region=params["fault_region"] or None,
        status=status,
        parent_zone=params["parent_zone"] or str(status.get("zone", "")),
        path=params["path"],
        verify=params["verify_certificate"],
        minimum=_at_least("minimum_standby", params["minimum_standby"], 1),
        share=parse_share(params["standby_capacity"]),
        timing=_timing(params),
        rate=params["probes_per_second"],
        hold=float(_at_least("hold", params["hold"], 0) or 0),
        give_up=_at_least("give_up", params["give_up"], 1),
        return_timeout=float(_at_least("return_timeout", params["return_timeout"], 1) or 1),
        commands=_commands(params),
        directory=params["directory"],
        regions=tuple(params["regions"] or regions),
        shown=params["dashboard"],
    )


def _timing(params: t.Mapping[str, t.Any]) -> Timing:
    options = ("interval", "failure_threshold", "target_interval", "target_threshold", "target_timeout", "tolerance")
    for option in options:
        _at_least(option, params[option], 0 if option == "tolerance" else 1)
    return Timing(
        interval=params["interval"],
        threshold=params["failure_threshold"],
        target_interval=params["target_interval"],
        target_threshold=params["target_threshold"],
        target_timeout=params["target_timeout"],
        tolerance=params["tolerance"],
    )


def _at_least(option: str, value: int | None, least: int) -> int | None:
    if value is not None and value < least:
        raise SpecError(option, f"{value} is less than {least}.", f"Use {least} or more.")
    return value


def _commands(params: t.Mapping[str, t.Any]) -> Commands:
    breaks, heals = (parse_command(option, params[option] or "") for option in ("break_command", "heal_command"))
    if (breaks or heals) and params["state"] == DRILLED and params["fault"] != kinds.EXTERNAL:
        raise SpecError("break_command", f"is only for the fault {kinds.EXTERNAL}.")
    return Commands(breaks=breaks, heals=heals)
