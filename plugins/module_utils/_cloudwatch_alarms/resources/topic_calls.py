# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The topic in SNS: reads and writes."""

from __future__ import annotations

import typing as t

from ..._aws import stack_names
from ..._aws.changes import Creation, Repair
from ..._aws.owner import tag_list, tags_from
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.field import write, write_new
from ..._engine.gather import gather
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .topic import FIELDS, KIND, Topic, parse

# Error codes of calls for the topic, and for its tags.
GONE: t.Final = frozenset({"NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"})


def find_topic(ctx: Context, arn: str) -> Topic | None:
    """The topic with this ARN, whoever owns it, or None: two calls in parallel."""
    client = ctx.client("sns")
    found: dict[str, t.Any] = gather(
        {
            "topic": lambda: unless(GONE, lambda: client.get_topic_attributes(TopicArn=arn)),
            "tags": lambda: unless(GONE, lambda: client.list_tags_for_resource(ResourceArn=arn)),
        }
    )
    if not found["topic"] or not found["tags"]:
        return None
    return parse(arn, found["topic"]["Attributes"], tags_from(found["tags"].get("Tags")))


def create(ctx: Context, change: Change, known: Known) -> None:
    """CreateTopic, which is idempotent by name, but refuses other tags than the topic has."""
    data: Creation = change.data
    answer = ctx.client("sns").create_topic(
        Name=stack_names.alarm_topic(data.owner), Attributes=write_new(FIELDS, data.values), Tags=tag_list(data.tags)
    )
    known.put(change.address, id=answer["TopicArn"])


def update(ctx: Context, change: Change, _known: Known) -> None:
    """Set what differs: SetTopicAttributes sets one attribute a call."""
    data: Repair = change.data
    client = ctx.client("sns")
    for name, value in write(FIELDS, data.values).items():
        client.set_topic_attributes(TopicArn=data.found.arn, AttributeName=name, AttributeValue=value)
    if data.tags:
        client.tag_resource(ResourceArn=data.found.arn, Tags=tag_list(data.tags))


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """DeleteTopic, which deletes the subscriptions, too."""
    unless(GONE, lambda: ctx.client("sns").delete_topic(TopicArn=change.data.arn))


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
