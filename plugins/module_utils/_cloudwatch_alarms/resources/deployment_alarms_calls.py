# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alarms of a service's rollouts in ECS: reads and writes."""

from __future__ import annotations

import typing as t

from ..._aws.owner import Owner, tags_from
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .deployment_alarms import KIND, DeploymentAlarms, Deployments

_NO_CLUSTER: t.Final = frozenset({"ClusterNotFoundException"})


def find_deployments(ctx: Context, owner: Owner, name: str) -> Deployments | None:
    """The service in its cluster of the same name; None unless it is ACTIVE."""
    ecs = ctx.client("ecs")
    answer = unless(_NO_CLUSTER, lambda: ecs.describe_services(cluster=name, services=[name], include=["TAGS"]))
    for found in answer["services"] if answer else ():
        if found.get("status") == "ACTIVE":
            tags = tags_from(found.get("tags"), key="key", value="value")
            return Deployments(
                name=name, owned=owner.stack_owns(tags), configuration=found.get("deploymentConfiguration") or {}
            )
    return None


def put(ctx: Context, change: Change, _known: Known) -> None:
    """UpdateService, which starts no rollout for this."""
    data: DeploymentAlarms = change.data
    alarms = {"alarmNames": list(data.alarms), "enable": bool(data.alarms), "rollback": bool(data.alarms)}
    ctx.client("ecs").update_service(
        cluster=data.name, service=data.name, deploymentConfiguration={**data.configuration, "alarms": alarms}
    )


CALLS: t.Final = Calls(kind=KIND, update=put)
