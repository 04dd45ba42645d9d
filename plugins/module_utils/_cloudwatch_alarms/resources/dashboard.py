# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard of the environment. Pure.

It is the layer's when its text says so: see dashboard_body.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ..._aws import stack_names
from ..._engine.changes import create, delete, update
from ..._engine.errors import ConflictError
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.role_policy import partition_of
from .. import dashboard_body, failover_alarms
from .composite_alarm import NO_STANDBY

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "dashboard"
ADDRESS: t.Final = "dashboard/main"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A dashboard as observed, or to put.

    :param body: parsed; None if it is not JSON.
    """

    name: str
    body: t.Any


def parse(name: str, text: str) -> Dashboard:
    """From GetDashboard."""
    try:
        return Dashboard(name=name, body=json.loads(text))
    except ValueError:
        return Dashboard(name=name, body=None)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The change. Raises ConflictError for someone else's dashboard with its name."""
    found, name = snapshot.dashboard, stack_names.dashboard(spec.owner)
    ours = found is not None and dashboard_body.is_ours(spec.owner, found.body)
    if not (spec.notifies and spec.dashboard):
        if found and ours:
            why = "dashboard is false" if spec.notifies else spec.why_not
            yield delete(ADDRESS, {"body": found.body}, data=found, reason=why)
        return
    if found and not ours:
        raise ConflictError(
            f"{ADDRESS}: the CloudWatch dashboard {name} exists, and its text does not say that it belongs to "
            f"{spec.owner.title}. Rename it, or use another stack name."
        )
    if snapshot.entrances is None:
        # A region cannot be read: the present dashboard is better than half of one.
        return
    wanted = dashboard_body.body(spec, snapshot.entrances, _alarm_arn(spec, snapshot), _own_alarms(spec))
    data = Dashboard(name=name, body=wanted)
    if found is None:
        yield create(ADDRESS, {"name": name, "body": wanted}, data=data)
    else:
        yield update(ADDRESS, {"body": found.body}, {"body": wanted}, data=data)


def _alarm_arn(spec: Spec, snapshot: Snapshot) -> str:
    return f"arn:{partition_of(spec.region)}:cloudwatch:{{region}}:{snapshot.account}:alarm:{{name}}"


def _own_alarms(spec: Spec) -> list[str]:
    own = [alarm.what for alarm in failover_alarms.metric_alarms(spec)]
    if spec.thresholds and spec.thresholds.no_standby and len(spec.failover_regions or ()) > 1:
        own.insert(0, NO_STANDBY)
    return [stack_names.alarm(spec.owner, what) for what in own]


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
