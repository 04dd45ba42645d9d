# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch and the snapshot it meets, as tests put them together."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._failover_chain import schedules
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.schedules import Schedule
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.targets import Targets
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.tasks import Tasks
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.snapshot import Route53, Seat, Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.spec import Spec, parse

EAST, WEST, THIRD = "us-east-1", "us-west-1", "us-west-2"
TWO, THREE = (EAST, WEST), (EAST, WEST, THIRD)
GONE = "AWS could not be called"


def params(to: str = WEST, regions: t.Sequence[str] = TWO, **more: t.Any) -> dict[str, t.Any]:
    return {
        "stack": "hello",
        "environment": "dev",
        "account_id": None,
        "zone": "dev.example.com",
        "zone_id": None,
        "record_name": None,
        "parent_zone": "example.com",
        "services": ["hello"],
        "regions": [{"name": name, "priority": place} for place, name in enumerate(regions)],
        "to": to,
        "force": False,
        "interval": 10,
        "hold": 180,
        "timeout": 900,
        "standby_capacity": "full",
        **more,
    }


def spec(to: str = WEST, regions: t.Sequence[str] = TWO, **more: t.Any) -> Spec:
    return parse(params(to, regions, **more))


def targets(healthy: int, total: int | None = None) -> Targets:
    states = ["healthy"] * healthy + ["unhealthy"] * ((total or healthy) - healthy)
    return Targets(groups={"hello-dev-hello": tuple({"TargetHealth": {"State": state}} for state in states)})


def route53(
    regions: t.Sequence[str] = TWO, held: t.Collection[tuple[str, str]] = (), sick: t.Collection[str] = ()
) -> Route53:
    """:param held: (seat, evicted region) of the switches that evict."""
    return Route53(
        chain=tuple(regions),
        switches={(seat, evicted): (seat, evicted) not in held for evicted, seat in itertools.permutations(regions, 2)},
        endpoint={region: region not in sick for region in regions},
    )


def schedule(region: str, *evicts: str) -> Schedule:
    """As deployed, or holding these regions evicted."""
    owner = spec().owner
    others = frozenset(evicts) or frozenset(THREE) - {region}
    values = schedules.wanted(owner, region, evicts=others, enabled=bool(evicts), role_arn="arn:aws:iam::1:role/switch")
    return Schedule(region=region, evicts=others, owned=True, values=values)


def seats(regions: t.Sequence[str] = TWO, **changed: Seat) -> dict[str, Seat]:
    well = {region: Seat(alarms=frozenset(regions) - {region}, schedule=schedule(region)) for region in regions}
    return {**well, **{region.replace("_", "-"): seat for region, seat in changed.items()}}


def observed(regions: t.Sequence[str] = TWO, **changed: t.Any) -> Snapshot:
    """A deployment that is well, and whose first region serves."""
    well: dict[str, t.Any] = {
        "route53": route53(regions),
        "seats": seats(regions),
        "targets": targets(2),
        "tasks": Tasks(desired=2, running=2),
        "serving": regions[0],
    }
    return Snapshot(**{**well, **changed})
