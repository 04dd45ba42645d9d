# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The topic to which alarms and rules publish, and its policy. Pure."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ..._aws import stack_names, untagged
from ..._aws.changes import create_tagged, repair
from ..._aws.owner import Tags
from ..._engine import field
from ..._engine.changes import delete
from ..._engine.field import Answer, Field, parameter
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.role_policy import canonical, partition_of, policy

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "topic"
ADDRESS: t.Final = "topic/main"


def _read_policy(answer: Answer) -> dict[str, t.Any]:
    return canonical(json.loads(answer.get("Policy") or "{}"))


# The attributes of GetTopicAttributes and SetTopicAttributes.
FIELDS: t.Final = (
    Field(name="policy", read=_read_policy, write=lambda value: {"Policy": json.dumps(value)}),
    parameter("kms_key_arn", "KmsMasterKeyId", ""),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Topic:
    """:param values: by the names of FIELDS."""

    arn: str
    values: t.Mapping[str, t.Any]
    tags: Tags


def arn(spec: Spec, account: str) -> str:
    """The topic's ARN, which follows from its name."""
    return f"arn:{partition_of(spec.region)}:sns:{spec.region}:{account}:{stack_names.alarm_topic(spec.owner)}"


def is_wanted(spec: Spec) -> bool:
    """Whether the layer needs a topic of its own, besides those of the option."""
    return spec.notifies and bool(spec.subscribers)


def needs(spec: Spec) -> list[str]:
    """The address of the topic, if there has to be one before anything publishes."""
    return [ADDRESS] if is_wanted(spec) else []


def topics(spec: Spec, account: str) -> tuple[str, ...]:
    """The ARNs of all topics to which alarms publish."""
    return (*((arn(spec, account),) if is_wanted(spec) else ()), *spec.topic_arns)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The change. Raises ConflictError for someone else's topic with its name."""
    found = snapshot.topic
    owned = found is not None and spec.owner.owns(found.tags)
    if not is_wanted(spec):
        if found and owned:
            # Whatever publishes to it is deleted or changed first.
            senders = [alarm.address for alarm in snapshot.alarms] + ["event_rule/rollout-failed"]
            why = "it has no subscribers" if spec.notifies else spec.why_not
            yield delete(ADDRESS, found.values, data=found, needs=senders, reason=why)
        return
    wanted = {"policy": canonical(_policy(spec, snapshot.account)), "kms_key_arn": spec.kms_key_arn}
    if found is None:
        name = stack_names.alarm_topic(spec.owner)
        yield create_tagged(spec.owner, ADDRESS, wanted, shown={"name": name})
        return
    if not owned:
        raise untagged.conflict(
            spec.owner, ADDRESS, f"the topic {found.arn} exists", "delete it, or use another stack name"
        )
    yield repair(spec.owner, ADDRESS, found, found.values, wanted)


def _policy(spec: Spec, account: str) -> dict[str, t.Any]:
    """Who may publish (CloudWatch User Guide, "Amazon SNS permissions"; EventBridge User Guide, "Cross-service confused
    deputy prevention"). Identities of the account have what their own policies give them."""
    place = f"{spec.region}:{account}"
    partition, own = partition_of(spec.region), arn(spec, account)
    alarms = f"arn:{partition}:cloudwatch:{place}:alarm:{stack_names.alarm_prefix(spec.owner)}*"
    rule = f"arn:{partition}:events:{place}:rule/{stack_names.rollout_rule(spec.owner)}"
    statements = [_allow("Alarms", "cloudwatch.amazonaws.com", own, account, alarms)]
    if spec.failover_regions is None:
        statements.append(_allow("Rollouts", "events.amazonaws.com", own, account, rule))
    return policy(*statements)


def _allow(sid: str, service: str, own: str, account: str, source: str) -> dict[str, t.Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sns:Publish",
        "Resource": own,
        "Condition": {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": source}},
    }


def _identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    return {ADDRESS: {"id": snapshot.topic.arn}} if snapshot.topic else {}


def parse(topic_arn: str, attributes: Answer, tags: Tags) -> Topic:
    """From GetTopicAttributes and ListTagsForResource."""
    return Topic(arn=topic_arn, values=field.read(FIELDS, attributes), tags=tags)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=_identify)
