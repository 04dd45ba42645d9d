# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which zones, and which of them have a NAT gateway: decided by what is there first, then by AWS's list. Pure."""

from __future__ import annotations

from .._engine.errors import SpecError
from .model import Snapshot
from .spec import VpcSpec, letter
from .standing import Standing


def zones_in_use(spec: VpcSpec, standing: Standing) -> tuple[str, ...]:
    """The zones that have subnets, sorted."""
    return tuple(f"{spec.region}{slot}" for slot in standing.letters)


def needs_lookup(spec: VpcSpec, standing: Standing) -> bool:
    """True if AWS's list of zones decides, or has to confirm, where subnets go."""
    in_use = zones_in_use(spec, standing)
    return not set(spec.zones) <= set(in_use) if spec.zones else len(in_use) < spec.zone_count


def choose_zones(spec: VpcSpec, standing: Standing, available: tuple[str, ...] | None) -> tuple[str, ...]:
    """The zones to be in, sorted. Those in use stay; more come from AWS's list in the order of their names.

    :param available: None if it was not looked up, because needs_lookup() is False.
    Raises SpecError if there are not enough, or a named one is not available.
    """
    in_use = zones_in_use(spec, standing)
    listed = sorted(available or ())
    if spec.zones:
        missing = [zone for zone in spec.zones if zone not in in_use and zone not in listed]
        if missing:
            raise SpecError(
                "zones", f"{', '.join(missing)} is not available.", f"Choose from {', '.join(listed) or 'none'}."
            )
        return spec.zones
    kept = in_use[: spec.zone_count]
    added = [zone for zone in listed if zone not in kept][: spec.zone_count - len(kept)]
    if len(kept) + len(added) < spec.zone_count:
        raise SpecError(
            "zone_count",
            f"is {spec.zone_count}, but {spec.region} has only {', '.join(listed) or 'none'}.",
            "Ask for fewer zones.",
        )
    return tuple(sorted([*kept, *added]))


def choose_nat_zones(spec: VpcSpec, standing: Standing, zones: tuple[str, ...]) -> tuple[str, ...]:
    """The zones that get a NAT gateway. A single one stays where it is, as long as that zone stays."""
    if spec.nat_gateways == "none":
        return ()
    if spec.nat_gateways == "per_zone":
        return zones
    there = [zone for zone in zones if f"nat-{letter(zone)}" in standing.nats]
    return tuple(there or zones)[:1]


def retained_letters(snapshot: Snapshot, standing: Standing, zones: tuple[str, ...]) -> frozenset[str]:
    """Zones that are no longer wanted and whose subnets are still in use: left as they are until nothing is in them."""
    occupied = {interface.subnet_id for interface in snapshot.interfaces}
    in_use = {name[-1] for name, subnet in standing.subnets.items() if subnet.id in occupied}
    return frozenset(in_use - {letter(zone) for zone in zones})
