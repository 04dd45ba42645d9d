# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedules that hold switches, and their role. Their values are in _failover_chain/schedules.

switch.yml enables and disables them. Its settings stay, and are restored if Route 53 still shows their effect: a
schedule that was disabled or deleted while its switch evicts publishes again.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import stack_names
from ..._engine.changes import create, delete, update
from ..._engine.errors import ConflictError
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._failover_chain import health_checks, schedules
from ..._failover_chain.schedules import GROUP, KIND, Schedule, address
from ..._resources.role import RoleSpec, plan_role, plan_role_deletion
from ..._resources.role_policy import ACCOUNT, allow, partition_of, policy, service_trust
from ..selection import is_removed, select
from ..snapshot import Snapshot
from ..spec import Spec
from .record_set import FAILOVER, INSYNC

_ROLE: t.Final = "switch"
ROLE_ADDRESS: t.Final = f"iam_role/{_ROLE}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScheduleData:
    """What the calls need for a schedule.

    :param values: of schedules.FIELDS; the role's ARN may be a placeholder.
    """

    region: str
    name: str
    values: t.Mapping[str, t.Any]


def role_spec(spec: Spec, region: str) -> RoleSpec:
    """The role of all regions' schedules.

    :param region: any of them, for the partition.
    aws:SourceArn is the group's (EventBridge Scheduler User Guide, "Confused deputy prevention").
    """
    only_from = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:{partition_of(region)}:scheduler:*:{ACCOUNT}:schedule-group/{GROUP}"},
    }
    publish = allow(["cloudwatch:PutMetricData"], ["*"])
    namespace = {"StringEquals": {"cloudwatch:namespace": stack_names.switch_namespace(spec.owner)}}
    return RoleSpec(
        owner=spec.owner,
        name=_ROLE,
        role_name=stack_names.switch_role(spec.owner),
        description=f"Holds the switches of {spec.owner.title}",
        trust=service_trust("scheduler.amazonaws.com", only_from),
        boundary=spec.permissions_boundary_arn,
        policies={"switch": policy({**publish, "Condition": namespace})},
    )


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The changes. Raises ConflictError for others' schedule or role with such a name."""
    if spec.absent:
        yield from _removal(spec, snapshot)
        return
    regions = select(spec, snapshot).regions
    if len(regions) < 2:
        return
    yield from plan_role(role_spec(spec, regions[0]), snapshot.switch_role)
    for seat in regions:
        if seat in snapshot.schedules:
            yield _converge(spec, snapshot, regions, seat)


def _converge(spec: Spec, snapshot: Snapshot, regions: t.Sequence[str], seat: str) -> Change | None:
    found = snapshot.schedules[seat]
    _require_own(spec, seat, found)
    holds = _held(snapshot, regions, seat, found)
    evicts = holds or _rest(regions, seat, found)
    role_arn = snapshot.switch_role.arn if snapshot.switch_role else spec.placeholder(ROLE_ADDRESS)
    wanted = schedules.wanted(spec.owner, seat, evicts=evicts, enabled=bool(holds), role_arn=role_arn)
    data = ScheduleData(region=seat, name=stack_names.switch_schedule(spec.owner), values=wanted)
    # A removal finds the regions of schedules through health checks.
    needs = {ROLE_ADDRESS, health_checks.address(seat, health_checks.ENDPOINT)}
    if found is None:
        return create(address(seat), {"name": data.name, **wanted}, data=data, needs=needs)
    return update(address(seat), found.values, wanted, data=data, needs=needs)


def _held(snapshot: Snapshot, regions: t.Sequence[str], seat: str, found: Schedule | None) -> frozenset[str]:
    """The regions that the seat's switches evict, by Route 53 or by the schedule."""
    pulled = {evicted for evicted, at in snapshot.pulled if at == seat}
    return frozenset((pulled | (found.holds if found else set())) & set(regions))


def _rest(regions: t.Sequence[str], seat: str, found: Schedule | None) -> frozenset[str]:
    """The regions in a disabled schedule's input: as before, or those that switch.yml -e to=<seat> evicts."""
    if found and found.evicts:
        return found.evicts
    return frozenset(regions[: regions.index(seat)]) or frozenset(regions) - {seat}


def _removal(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Delete schedules after every CALCULATED check that has their switches, and the role after the last schedule."""
    name, checks = stack_names.switch_schedule(spec.owner), snapshot.checks
    calculated = (check for check in checks if check.role == health_checks.CALCULATED)
    needs = {INSYNC, FAILOVER, *(snapshot.address_of(check) for check in calculated)}
    staying = frozenset(check.region for check in checks if not is_removed(spec, check.region))
    gone = []
    for seat, found in snapshot.schedules.items():
        if found is None or not found.owned:
            continue
        if not staying - {seat} or seat not in staying:
            gone.append(address(seat))
            data = ScheduleData(region=seat, name=name, values=found.values)
            yield delete(address(seat), found.values, data=data, needs=needs, reason=f"no longer needed in {seat}")
        elif found.holds - staying:
            values = schedules.set_to(spec.owner, found, found.holds & staying)
            data = ScheduleData(region=seat, name=name, values=values)
            yield update(address(seat), found.values, values, data=data, needs=needs)
    role = snapshot.switch_role
    if role and spec.owner.owns(role.tags) and len(staying) < 2 and not snapshot.unread:
        yield plan_role_deletion(_ROLE, role, needs=gone)


def _require_own(spec: Spec, region: str, found: Schedule | None) -> None:
    if found is not None and not found.owned:
        raise ConflictError(
            f"the schedule {stack_names.switch_schedule(spec.owner)} in {region} is not this stack's. "
            "Delete it, or use another stack name."
        )


def _identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    role = snapshot.switch_role
    return {ROLE_ADDRESS: {"id": role.role_name, "arn": role.arn}} if role else {}


RESOURCE: t.Final[Resource[Spec, Snapshot]] = Resource(kind=KIND, plan=plan, identify=_identify)
