# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which alarms roll back a rollout of a service. Pure.

They are a part of ECS's service that the layer ecs_service leaves to this one, since the alarms need its target group.
ECS rolls back if one of them goes to ALARM during a rollout (ECS Developer Guide, "How CloudWatch alarms detect Amazon
ECS deployment failures").
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import stack_names
from ..._aws.owner import Owner
from ..._engine.changes import update
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.metric_alarm import KIND as METRIC_ALARM

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "deployment_alarms"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deployments:
    """A service as observed.

    :param owned: whether the service is the stack's.
    :param configuration: its deploymentConfiguration, which ECS replaces as a whole.
    """

    name: str
    owned: bool
    configuration: t.Mapping[str, t.Any]

    @property
    def values(self) -> dict[str, t.Any]:
        """Names of the alarms, and whether they roll back."""
        found = self.configuration.get("alarms") or {}
        enabled = bool(found.get("enable"))
        names = sorted(found.get("alarmNames") or ()) if enabled else []
        return {"alarms": names, "rollback": bool(enabled and found.get("rollback"))}


@dataclasses.dataclass(frozen=True, kw_only=True)
class DeploymentAlarms:
    """``Change.data``. The alarms become a part of ``configuration``."""

    name: str
    alarms: tuple[str, ...]
    configuration: t.Mapping[str, t.Any]


def address(service: str) -> str:
    """The plan's address of a service's alarms."""
    return f"{KIND}/{service}"


def alarms_of(spec: Spec, service: str) -> dict[str, str]:
    """Address → name of the alarms on the service's targets."""
    limits = spec.thresholds
    if not (spec.notifies and spec.rolls_back and limits) or service in spec.workers:
        return {}
    whats = {
        "target-errors": limits.target_errors,
        "latency": limits.latency,
        "unhealthy-hosts": limits.unhealthy_hosts,
    }
    found = [f"{group}-{what}" for group in spec.groups_of(service) for what, limit in whats.items() if limit]
    return {f"{METRIC_ALARM}/{what}": stack_names.alarm(spec.owner, what) for what in sorted(found)}


def name_of(owner: Owner, service: str) -> str:
    """ECS's name of the service, and of its cluster."""
    return stack_names.service(owner.of(service))


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Makes ECS watch the alarms. Others' services are left alone."""
    for service in spec.services if spec.rolls_back else ():
        found = snapshot.services.get(service)
        if service in spec.workers or (found and not found.owned):
            continue
        wanted = alarms_of(spec, service)
        values = {"alarms": list(wanted.values()), "rollback": bool(wanted)}
        data = DeploymentAlarms(
            name=name_of(spec.owner, service),
            alarms=tuple(wanted.values()),
            configuration=found.configuration if found else {},
        )
        # The service exists by then, so a dry run shows an update, not a creation.
        before = found.values if found else {"alarms": [], "rollback": False}
        yield update(address(service), before, values, data=data, needs=wanted)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
