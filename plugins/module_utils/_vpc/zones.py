# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which zones to use, and which of them have a NAT gateway: existing ones first, then AWS's list. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.errors import SpecError
from .._engine.plan import Wait
from .named import Named, Resource
from .spec import REGIONAL, TIERS, VpcSpec, letter

if t.TYPE_CHECKING:
    from .snapshot import Snapshot


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    """The spec with the zones that follow from it and from what exists. No zones if the state is absent.

    :param retained: letters of unwanted zones whose subnets are still in use.
    """

    spec: VpcSpec
    zones: tuple[str, ...] = ()
    nat_zones: tuple[str, ...] = ()
    retained: frozenset[str] = frozenset()

    @property
    def subnets(self) -> dict[str, str]:
        """Name → zone."""
        return {f"{tier}-{letter(zone)}": zone for tier in TIERS for zone in self.zones}

    @property
    def tables(self) -> tuple[str, ...]:
        """One for all public subnets, one for each private subnet."""
        return ("public", *(f"private-{letter(zone)}" for zone in self.zones)) if self.zones else ()

    @property
    def nats(self) -> tuple[str, ...]:
        """The NAT gateways: one for the VPC, or one per zone of some zones."""
        regional = self.spec.nat_gateways == "regional" and self.zones
        return (REGIONAL,) if regional else self.zonal_nats

    @property
    def zonal_nats(self) -> tuple[str, ...]:
        """Those with a zone, and an address of this layer."""
        return tuple(f"nat-{letter(zone)}" for zone in self.nat_zones)

    def nat_for(self, table: str) -> str:
        """The NAT gateway of a private route table's default route; empty for none."""
        own = f"nat-{table[-1]}"
        return own if own in self.nats else next(iter(self.nats), "")

    def keeps(self, name: str) -> bool:
        """True if a resource of this name is in a retained zone."""
        return name[-1:] in self.retained

    def unwanted(self, found: Named[Resource], names: t.Container[str]) -> list[tuple[str, Resource]]:
        """Those to delete, with their names: all that are spare, or have none of these names."""
        return [(name, item) for name, item in found.all if not (name in names or self.keeps(name))]

    def why_not(self, otherwise: str) -> str:
        """Why something is deleted."""
        return "state is absent" if self.spec.absent else otherwise

    def awaiting(self, kind: str, name: str, what: str, data: str, *needs: str) -> Wait:
        """A wait for AWS to create or delete something, with the spec's timeout."""
        timeout = self.spec.wait_timeout
        return Wait(kind=kind, name=name, what=what, timeout=timeout, needs=frozenset(needs), data=data)


def lay_out(spec: VpcSpec, snapshot: Snapshot) -> Layout:
    """The layout. Raises SpecError if there are not enough zones."""
    if spec.absent:
        return Layout(spec=spec)
    zones = choose_zones(spec, snapshot)
    occupied = {interface.subnet_id for interface in snapshot.interfaces}
    in_use = {name[-1] for name, subnet in snapshot.own_subnets.by_name.items() if subnet.id in occupied}
    return Layout(
        spec=spec,
        zones=zones,
        nat_zones=_nat_zones(spec, snapshot, zones),
        retained=frozenset(in_use - {letter(zone) for zone in zones}),
    )


def zones_in_use(spec: VpcSpec, snapshot: Snapshot) -> tuple[str, ...]:
    """The zones that have a subnet or a private route table, sorted."""
    names = [*snapshot.own_subnets.by_name, *(name for name in snapshot.own_tables.by_name if name != "public")]
    return tuple(f"{spec.region}{slot}" for slot in sorted({name[-1] for name in names}))


def needs_lookup(spec: VpcSpec, snapshot: Snapshot) -> bool:
    """True if AWS's list of zones is needed to choose zones, or to check named ones."""
    if spec.zones:
        return not set(spec.zones) <= set(zones_in_use(spec, snapshot))
    return len(_usable(spec, zones_in_use(spec, snapshot))) < spec.zone_count


def choose_zones(spec: VpcSpec, snapshot: Snapshot) -> tuple[str, ...]:
    """The zones to use, sorted. Those in use stay; others come from AWS's list in the order of their names.

    Raises SpecError if there are not enough, or a named one is not available.
    """
    in_use = zones_in_use(spec, snapshot)
    listed = sorted(snapshot.available_zones or ())
    if spec.zones:
        missing = [zone for zone in spec.zones if zone not in in_use and zone not in listed]
        if missing:
            raise SpecError(
                "zones", f"{', '.join(missing)} is not available.", f"Choose from {', '.join(listed) or 'none'}."
            )
        return spec.zones
    kept = _usable(spec, in_use)[: spec.zone_count]
    added = [zone for zone in _usable(spec, listed) if zone not in kept][: spec.zone_count - len(kept)]
    if len(kept) + len(added) < spec.zone_count:
        if spec.without_nat:
            raise SpecError(
                "nat_gateways",
                f"cannot be per_zone: {', '.join(sorted(spec.without_nat))} takes none, and {spec.region} has too few "
                "other zones.",
                "Use single.",
            )
        raise SpecError(
            "zone_count",
            f"is {spec.zone_count}, but {spec.region} has only {', '.join(listed) or 'none'}.",
            "Use fewer zones.",
        )
    return tuple(sorted([*kept, *added]))


def _usable(spec: VpcSpec, zones: t.Iterable[str]) -> list[str]:
    """Those that can have a NAT gateway, if every zone needs one."""
    unfit = spec.without_nat if spec.nat_gateways == "per_zone" else frozenset()
    return [zone for zone in zones if zone not in unfit]


def _nat_zones(spec: VpcSpec, snapshot: Snapshot, zones: tuple[str, ...]) -> tuple[str, ...]:
    """The zones with a NAT gateway. A single one stays in its zone as long as the zone stays."""
    if spec.nat_gateways in ("none", "regional"):
        return ()
    if spec.nat_gateways == "per_zone":
        return zones
    there = [zone for zone in zones if f"nat-{letter(zone)}" in snapshot.own_nats.by_name]
    fit = [zone for zone in zones if zone not in spec.without_nat]
    return tuple(there or fit or zones)[:1]
