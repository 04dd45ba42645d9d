# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which alarms roll back a rollout of a service. Pure.

A part of ECS's service, which the layer ecs_service leaves to this one: the alarms are about its target group, so they
come after it. ECS rolls back when one of them goes to ALARM while a rollout lasts (ECS Developer Guide, "How CloudWatch
alarms detect Amazon ECS deployment failures").
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
    """What ECS has of a service.

    :param owned: whether the service is the stack's.
    :param configuration: its deploymentConfiguration, which ECS takes as a whole.
    """

    name: str
    owned: bool
    configuration: t.Mapping[str, t.Any]

    @property
    def values(self) -> dict[str, t.Any]:
        """The alarms, and what they do."""
        found = self.configuration.get("alarms") or {}
        enabled = bool(found.get("enable"))
        names = sorted(found.get("alarmNames") or ()) if enabled else []
        return {"alarms": names, "rollback": bool(enabled and found.get("rollback"))}


@dataclasses.dataclass(frozen=True, kw_only=True)
class DeploymentAlarms:
    """What to send.

    :param configuration: the deploymentConfiguration that the alarms become a part of.
    """

    name: str
    alarms: tuple[str, ...]
    configuration: t.Mapping[str, t.Any]


def address(service: str) -> str:
    """Of the alarms of a service, in the plan."""
    return f"{KIND}/{service}"


def alarms_of(spec: Spec, service: str) -> dict[str, str]:
    """Address → name of the alarms that are about the service's own targets, as far as there are such alarms."""
    limits = spec.thresholds
    if not (spec.told and spec.rolls_back and limits) or service in spec.workers:
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
    return stack_names.service(dataclasses.replace(owner, component=service))


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """What makes ECS watch the alarms. Services of others are left alone."""
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
        # A part of a service, which is there by then: no dry run calls it a creation.
        before = found.values if found else {"alarms": [], "rollback": False}
        yield update(address(service), before, values, data=data, needs=wanted)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
