# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of the plan share: the zones decided, and how a change is made. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.compare import update
from .._engine.plan import Action, Change, Wait
from .model import NatGateway, Snapshot
from .plan_data import Removal, Repair
from .spec import VpcSpec, letter
from .standing import Standing, resolve
from .zones import choose_nat_zones, choose_zones, retained_letters

NAT_AVAILABLE: t.Final = "nat_gateway_available"
NAT_DELETED: t.Final = "nat_gateway_deleted"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Target:
    """What is asked for, what stands, and the zones that follow from both.

    :param retained: letters of zones that go as soon as nothing is in them any more.
    """

    spec: VpcSpec
    snapshot: Snapshot
    standing: Standing
    zones: tuple[str, ...]
    nat_zones: tuple[str, ...]
    retained: frozenset[str]

    @property
    def subnets(self) -> dict[str, str]:
        """Name → zone."""
        return {f"{tier}-{letter(zone)}": zone for tier in ("public", "private") for zone in self.zones}

    @property
    def tables(self) -> tuple[str, ...]:
        return ("public", *(f"private-{letter(zone)}" for zone in self.zones))

    @property
    def nats(self) -> tuple[str, ...]:
        return tuple(f"nat-{letter(zone)}" for zone in self.nat_zones)

    def nat_for(self, table: str) -> str:
        """The NAT gateway that a private route table leads to; empty for none."""
        own = f"nat-{table[-1]}"
        return own if own in self.nats else next(iter(self.nats), "")

    def keeps(self, name: str) -> bool:
        """True for what is in a zone that is retained."""
        return name[-1] in self.retained


def target_of(spec: VpcSpec, snapshot: Snapshot) -> Target:
    """Raises SpecError if there are not enough zones."""
    standing = resolve(snapshot)
    zones = choose_zones(spec, standing, snapshot.available_zones)
    return Target(
        spec=spec,
        snapshot=snapshot,
        standing=standing,
        zones=zones,
        nat_zones=choose_nat_zones(spec, standing, zones),
        retained=retained_letters(snapshot, standing, zones),
    )


def create(
    address: str,
    after: t.Mapping[str, t.Any],
    data: object,
    *,
    needs: t.Iterable[str] = (),
    reason: str = "missing",
) -> Change:
    """The change that creates what is missing."""
    kind, _slash, name = address.partition("/")
    return Change(
        kind=kind, name=name, action=Action.CREATE, reason=reason, after=after, needs=frozenset(needs), data=data
    )


def repair(
    spec: VpcSpec,
    address: str,
    resource_id: str,
    tags: t.Mapping[str, str],
    current: t.Mapping[str, t.Any],
    wanted: t.Mapping[str, t.Any],
    needs: t.Iterable[str] = (),
) -> t.Iterator[Change]:
    """The change that sets what differs, tags among it; nothing if nothing does."""
    kind, _slash, name = address.partition("/")
    drift = spec.owner.tag_drift(tags, address)
    values = {key: value for key, value in wanted.items() if current[key] != value}
    change = update(
        kind,
        name,
        {**current, "tags": tags_before(tags, drift)},
        {**wanted, "tags": drift},
        needs=needs,
        data=Repair(id=resource_id, tags=drift, values=values),
    )
    if change:
        yield change


def tags_before(tags: t.Mapping[str, str], drift: t.Mapping[str, str]) -> dict[str, str | None]:
    """The present values of the tags that differ."""
    return {key: tags.get(key) for key in drift}


def remove(
    kind: str,
    resource_id: str,
    reason: str,
    *,
    name: str = "",
    before: t.Mapping[str, t.Any] | None = None,
    needs: t.Iterable[str] = (),
    vpc_id: str = "",
) -> Change:
    """The change that deletes something of ours.

    :param name: the name it stands for; empty if it stands for none, and is called by its id.
    """
    return Change(
        kind=kind,
        name=name or resource_id,
        action=Action.DELETE,
        reason=reason,
        before={"id": resource_id, **(before or {})},
        needs=frozenset(needs),
        data=Removal(id=resource_id, vpc_id=vpc_id),
    )


def nat_deleted(spec: VpcSpec, nat: NatGateway, needs: t.Iterable[str] = ()) -> Wait:
    """Wait until AWS has deleted a NAT gateway, and so freed its address and its subnet."""
    return Wait(
        kind=NAT_DELETED,
        name=nat.id,
        what=f"NAT gateway {nat.id} to be deleted",
        timeout=spec.wait_timeout,
        needs=frozenset(needs),
        data=nat.id,
    )
