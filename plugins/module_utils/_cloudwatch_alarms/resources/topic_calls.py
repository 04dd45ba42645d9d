# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The topic in SNS: the reads and the writes."""

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

# Of the topic, and of its tags.
GONE: t.Final = frozenset({"NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"})


def find_topic(ctx: Context, arn: str) -> Topic | None:
    """The topic with this ARN, ours or not, or None: two calls side by side."""
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
    """CreateTopic, which is idempotent by the name, and refuses a topic that has other tags."""
    data: Creation = change.data
    answer = ctx.client("sns").create_topic(
        Name=stack_names.alarm_topic(data.owner),
        Attributes=write_new(FIELDS, data.values),
        Tags=tag_list(data.tags),
    )
    known.put(change.address, id=answer["TopicArn"])


def update(ctx: Context, change: Change, known: Known) -> None:
    """Set what differs: SetTopicAttributes takes one attribute a call."""
    del known
    data: Repair = change.data
    client = ctx.client("sns")
    for name, value in write(FIELDS, data.values).items():
        client.set_topic_attributes(TopicArn=data.found.arn, AttributeName=name, AttributeValue=value)
    if data.tags:
        client.tag_resource(ResourceArn=data.found.arn, Tags=tag_list(data.tags))


def delete(ctx: Context, change: Change, known: Known) -> None:
    """DeleteTopic, which takes the subscriptions with it."""
    del known
    unless(GONE, lambda: ctx.client("sns").delete_topic(TopicArn=change.data.arn))


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
