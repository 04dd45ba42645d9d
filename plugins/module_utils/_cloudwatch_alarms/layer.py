# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer cloudwatch_alarms, whose job also warns of unconfirmed subscriptions."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import untagged
from .._engine.context import Context
from .._engine.job import Job
from .._engine.known import Known
from .._engine.layer import Layer
from .observe import observe
from .options import OPTIONS
from .plan import RESOURCES, plan
from .resources import (
    dashboard_calls,
    deployment_alarms_calls,
    metric_alarm_calls,
    rollout_rule,
    rollout_rule_calls,
    subscription_calls,
    topic,
    topic_calls,
)
from .resources.subscription import unconfirmed
from .snapshot import Snapshot
from .spec import Spec, parse


def outputs(spec: Spec, snapshot: Snapshot, _known: Known) -> dict[str, t.Any]:
    """The module's return values."""
    return {
        "topic_arn": topic.arn(spec, snapshot.account) if topic.is_wanted(spec) else None,
        "alarms": [
            {
                "name": alarm.name,
                "state": alarm.state,
                "since": alarm.since,
                "reason": alarm.reason,
                "description": alarm.values["description"].rpartition(" (")[0],
            }
            for alarm in snapshot.alarms
            if alarm.owned
        ],
        "unconfirmed": unconfirmed(spec, snapshot),
    }


def left(spec: Spec, snapshot: Snapshot) -> list[dict[str, str]]:
    """Resources that have the layer's names, but not its tags."""
    if spec.notifies:
        return []
    alarms = [alarm for alarm in snapshot.alarms if not alarm.owned]
    found = [(alarm.address, alarm.name, alarm.tags) for alarm in alarms]
    if snapshot.rule:
        found.append((rollout_rule.ADDRESS, snapshot.rule.name, snapshot.rule.tags))
    if snapshot.topic:
        found.append((topic.ADDRESS, snapshot.topic.arn, snapshot.topic.tags))
    return untagged.describe(spec.owner, found)


LAYER: t.Final[Layer[Spec, Snapshot]] = Layer(
    name="cloudwatch_alarms",
    options=OPTIONS,
    parse=parse,
    observe=observe,
    plan=plan,
    outputs=outputs,
    resources=RESOURCES,
    untagged=left,
    calls=(
        topic_calls.CALLS,
        subscription_calls.CALLS,
        metric_alarm_calls.CALLS,
        metric_alarm_calls.COMPOSITE_CALLS,
        deployment_alarms_calls.CALLS,
        rollout_rule_calls.CALLS,
        dashboard_calls.CALLS,
    ),
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Converge, and warn of subscriptions that are not confirmed."""
    result = LAYER.job.run(ctx)
    if result["unconfirmed"] and not ctx.check_mode:
        who = ", ".join(result["unconfirmed"])
        ctx.warn(
            f"{LAYER.name}: {who}: no alarms from {ctx.region} until the subscription is confirmed (see SNS's message)."
        )
    return result


JOB: t.Final[Job] = dataclasses.replace(LAYER.job, run=run)
