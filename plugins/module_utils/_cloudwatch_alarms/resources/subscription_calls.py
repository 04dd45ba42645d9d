# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subscriptions in SNS: reads and writes."""

from __future__ import annotations

import typing as t

from ..._engine.aws_errors import ClientError, unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from . import topic
from .subscription import KIND, Subscription, parse, shown
from .topic_calls import GONE


def find_subscriptions(ctx: Context, topic_arn: str) -> tuple[Subscription, ...]:
    """All of a topic; none if there is no such topic."""
    pages = ctx.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
    found = unless(GONE, lambda: [item for page in pages for item in page["Subscriptions"]])
    return tuple(parse(item) for item in found or ())


def create(ctx: Context, change: Change, known: Known) -> None:
    """Subscribe, which is idempotent. SNS sends the endpoint a message with which to confirm."""
    protocol, endpoint = change.data
    try:
        ctx.client("sns").subscribe(TopicArn=known.get(topic.ADDRESS), Protocol=protocol, Endpoint=endpoint)
    except ClientError as error:
        # SNS quotes the endpoint, which may be secret.
        answer = error.response.get("Error", {})
        answer["Message"] = answer.get("Message", "").replace(endpoint, shown(protocol, endpoint))
        raise


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Unsubscribe."""
    unless(GONE, lambda: ctx.client("sns").unsubscribe(SubscriptionArn=change.data.arn))


CALLS: t.Final = Calls(kind=KIND, create=create, delete=delete)
