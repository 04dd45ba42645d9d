# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarm "the standby could not take over", over the alarms on the health of each region. Pure.

It relies on Route 53's health checks: it cannot refer to alarms in other regions, such as those on healthy hosts.
"""

from __future__ import annotations

import typing as t

from ..._aws import stack_names
from ..._engine.field import Field, parameter
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.metric_alarm import KIND as METRIC_ALARM
from .. import failover_alarms
from . import metric_alarm

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "composite_alarm"
NO_STANDBY: t.Final = "no-standby"

FIELDS: t.Final = (
    Field(
        name="rule",
        # It may have been edited in the console.
        read=lambda answer: " ".join(answer.get("AlarmRule", "").split()),
        write=lambda value: {"AlarmRule": value},
    ),
    parameter("description", "AlarmDescription", ""),
    # An alarm that suppresses the notifications of this one. PutCompositeAlarm removes it if it is left out.
    Field(
        name="suppressor",
        read=lambda answer: answer.get("ActionsSuppressor", ""),
        write=lambda value: {"ActionsSuppressor": value} if value else {},
        default="",
    ),
    *metric_alarm.TOLD,
)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The changes. Raises ConflictError for someone else's alarm with its name."""
    regions = spec.failover_regions or ()
    wanted = {}
    # An environment with one region has no standby.
    if spec.notifies and spec.thresholds and spec.thresholds.no_standby and len(regions) > 1:
        children = [failover_alarms.health(region.name) for region in regions]
        says = (
            f"if the region that serves fails, no other can take over: fewer than 2 of {len(regions)} regions are "
            "healthy. Run status.yml to see what is wrong with the others, and begin with the standby."
        )
        wanted[NO_STANDBY] = {
            "rule": failover_alarms.fewer_than_two([stack_names.alarm(spec.owner, each) for each in children]),
            **metric_alarm.notification(spec, snapshot, NO_STANDBY, says, "No standby"),
            "suppressor": "",
        }
    after = [f"{METRIC_ALARM}/{failover_alarms.health(region.name)}" for region in regions]
    yield from metric_alarm.converge(spec, snapshot, wanted, KIND, FIELDS, after)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
