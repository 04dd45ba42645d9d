# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The regions of an inventory, as options list them. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.limits import REGION_NAME
from .._engine.errors import SpecError

# A CallerReference has up to two regions in its 64 characters.
REGION_LENGTH: t.Final = 14


@dataclasses.dataclass(frozen=True, kw_only=True)
class Region:
    """A region of the inventory. The lowest priority comes first in the chain."""

    name: str
    priority: int


def parse_regions(items: t.Sequence[t.Mapping[str, t.Any]], present: bool) -> tuple[Region, ...]:
    """The listed regions by priority; in their own order for a removal, which needs no priorities. Raises SpecError."""
    names = [item["name"] for item in items]
    for name in names:
        if not REGION_NAME.fullmatch(name) or len(name) > REGION_LENGTH:
            raise SpecError("regions.name", f"{name!r} is not the name of a region.", "Write it as in us-east-1.")
        if names.count(name) > 1:
            raise SpecError("regions", f"{name} is listed twice.")
    if not present:
        return tuple(Region(name=name, priority=place) for place, name in enumerate(names))
    if not items:
        raise SpecError("regions", "is empty.", "List at least one region with its priority.")
    _check_priorities(items)
    regions = [Region(name=item["name"], priority=item["priority"]) for item in items]
    return tuple(sorted(regions, key=lambda region: region.priority))


def _check_priorities(items: t.Sequence[t.Mapping[str, t.Any]]) -> None:
    taken: dict[int, str] = {}
    for item in items:
        name, priority = item["name"], item["priority"]
        if priority is None:
            raise SpecError(
                "regions.priority", f"is missing for {name}.", "The region with the lowest one serves first."
            )
        if priority in taken:
            raise SpecError(
                "regions.priority", f"{taken[priority]} and {name} both have {priority}.", "Give each its own."
            )
        taken[priority] = name
