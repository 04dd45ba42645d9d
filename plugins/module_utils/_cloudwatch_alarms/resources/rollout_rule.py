# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EventBridge rule for failed rollouts, and its targets. Pure.

ECS reports rollouts in events, not metrics (ECS Developer Guide, "Amazon ECS service deployment state change events").
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

from ..._aws import stack_names, untagged
from ..._aws.changes import create_tagged, repair
from ..._aws.owner import Owner, Tags
from ..._engine import field
from ..._engine.changes import delete
from ..._engine.field import Answer, Field, parameter
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.role_policy import partition_of
from . import topic

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "event_rule"
ADDRESS: t.Final = "event_rule/rollout-failed"
# Prefix of the IDs of the layer's targets. Others' are left alone.
TARGET: t.Final = "alarms-"


def _without(name: str, key: str) -> Field:
    """A parameter that the rule must not have: PutRule removes it if it is left out."""
    return Field(
        name=name,
        read=lambda answer: answer.get(key) or "",
        write=lambda value: {key: value} if value else {},
        default="",
    )


FIELDS: t.Final = (
    Field(
        name="pattern",
        read=lambda answer: json.loads(answer.get("EventPattern") or "{}"),
        write=lambda value: {"EventPattern": json.dumps(value)},
    ),
    parameter("state", "State", "ENABLED"),
    parameter("description", "Description", ""),
    # A schedule that would trigger the rule as well, and a role
    _without("schedule", "ScheduleExpression"),
    _without("role_arn", "RoleArn"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rule:
    """:param values: by the names of FIELDS, and ``targets``: the layer's own, by id.
    :param target_ids: of all targets, including others'.
    """

    name: str
    arn: str
    values: t.Mapping[str, t.Any]
    tags: Tags
    target_ids: tuple[str, ...] = ()


def parse(answer: Answer, targets: t.Sequence[Answer], tags: Tags) -> Rule:
    """From DescribeRule, ListTargetsByRule and ListTagsForResource."""
    own = {each["Id"]: dict(each) for each in targets if each["Id"].startswith(TARGET)}
    return Rule(
        name=answer["Name"],
        arn=answer["Arn"],
        values={**field.read(FIELDS, answer), "targets": own},
        tags=tags,
        target_ids=tuple(each["Id"] for each in targets),
    )


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The change. Raises ConflictError for someone else's rule with its name."""
    found = snapshot.rule
    owned = found is not None and spec.owner.owns(found.tags)
    if not (spec.notifies and spec.thresholds and spec.thresholds.rollout_failed and spec.services):
        if found and owned:
            why = "rollout_failed is false" if spec.notifies else spec.why_not
            yield delete(ADDRESS, found.values, data=found, reason=why)
        return
    wanted = _wanted(spec, snapshot.account)
    if found is None:
        name = stack_names.rollout_rule(spec.owner)
        yield create_tagged(spec.owner, ADDRESS, wanted, shown={"name": name}, needs=topic.needs(spec))
        return
    if not owned:
        what = f"the EventBridge rule {found.name} exists in {spec.region}"
        raise untagged.conflict(spec.owner, ADDRESS, what, "delete it, or use another stack name")
    yield repair(spec.owner, ADDRESS, found, found.values, wanted, needs=topic.needs(spec))


def _wanted(spec: Spec, account: str) -> dict[str, t.Any]:
    services = (stack_names.service(spec.owner.of(name)) for name in spec.services)
    place = f"arn:{partition_of(spec.region)}:ecs:{spec.region}:{account}:service"
    return {
        "pattern": {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "resources": sorted(f"{place}/{name}/{name}" for name in services),
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        },
        "state": "ENABLED",
        "description": f"A rollout of {spec.owner.title} has failed in {spec.region}",
        "schedule": "",
        "role_arn": "",
        "targets": {
            target["Id"]: target for target in (_target(spec, arn, account) for arn in topic.topics(spec, account))
        },
    }


def _target(spec: Spec, arn: str, account: str) -> dict[str, t.Any]:
    target: dict[str, t.Any] = {"Id": f"{TARGET}{hashlib.sha256(arn.encode()).hexdigest()[:8]}", "Arn": arn}
    # Amazon Q Developer only shows untransformed events, so others' topics get these.
    if arn == topic.arn(spec, account):
        target["InputTransformer"] = {
            "InputPathsMap": {"reason": "$.detail.reason", "service": "$.resources[0]"},
            "InputTemplate": json.dumps(message(spec.owner, spec.region)),
        }
    return target


def message(owner: Owner, region: str) -> str:
    """The text of the notification. EventBridge fills in the names in angle brackets."""
    return (
        f"{owner.title}, {region}: the rollout of <service> has failed: <reason>. ECS goes back to the revision "
        "before, if there is one. Look at the stopped tasks and the logs of the service, then deploy an image that "
        "works. Runbook: When an alarm rings, Rollout failed."
    )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
