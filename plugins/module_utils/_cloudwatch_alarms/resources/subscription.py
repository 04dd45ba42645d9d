# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The subscriptions of the topic. Pure.

They have no tags: all subscriptions of the layer's topic with one of the options' protocols are the layer's.
"""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from ..._engine.changes import create, delete
from ..._engine.plan import Change
from ..._engine.resource import Resource
from . import topic

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "subscription"
_PROTOCOLS: t.Final = frozenset({"email", "http", "https"})
# The endpoint with which Amazon Q Developer in chat applications subscribes itself.
_OF_CHAT: t.Final = "https://global.sns-api.chatbot.amazonaws.com"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Subscription:
    """:param arn: None while it is not confirmed."""

    protocol: str
    endpoint: str
    arn: str | None

    @property
    def shown(self) -> str:
        """The endpoint as it may be shown."""
        return shown(self.protocol, self.endpoint)


def shown(protocol: str, endpoint: str) -> str:
    """An e-mail address, or the host of a URL, whose path and query may be secret."""
    return endpoint if protocol == "email" else str(urllib.parse.urlsplit(endpoint).hostname)


def parse(item: t.Mapping[str, t.Any]) -> Subscription:
    """From ListSubscriptionsByTopic, where an unconfirmed one has a word for its ARN (``PendingConfirmation``)."""
    arn = item["SubscriptionArn"]
    return Subscription(
        protocol=item["Protocol"], endpoint=item.get("Endpoint") or "", arn=arn if arn.startswith("arn:") else None
    )


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change]:
    """The changes. Subscriptions are deleted with their topic."""
    if not topic.is_wanted(spec):
        return
    found = {(each.protocol, each.endpoint): each for each in snapshot.subscriptions}
    for place, subscriber in enumerate(spec.subscribers, start=1):
        if subscriber not in found:
            protocol, endpoint = subscriber
            after = {"protocol": protocol, "endpoint": shown(protocol, endpoint)}
            yield create(_address(*subscriber, str(place)), after, data=subscriber, needs=[topic.ADDRESS])
    for subscriber, each in found.items():
        # An unconfirmed one cannot be deleted; SNS drops it after a while.
        if each.arn and _is_ours(each) and subscriber not in spec.subscribers:
            before = {"protocol": each.protocol, "endpoint": each.shown}
            address = _address(*subscriber, each.arn.rpartition(":")[2])
            yield delete(address, before, data=each, reason="notify does not name it")


def unconfirmed(spec: Spec, snapshot: Snapshot) -> list[str]:
    """The subscribers without a confirmed subscription."""
    confirmed = {(each.protocol, each.endpoint) for each in snapshot.subscriptions if each.arn}
    return [shown(*each) for each in spec.subscribers if spec.notifies and each not in confirmed]


def _is_ours(each: Subscription) -> bool:
    return each.protocol in _PROTOCOLS and not each.endpoint.startswith(_OF_CHAT)


def _address(protocol: str, endpoint: str, distinct: str) -> str:
    """The address in the plan.

    :param distinct: distinguishes URLs with the same host.
    """
    name = f"{protocol} {shown(protocol, endpoint)}"
    return f"{KIND}/{name}" if protocol == "email" else f"{KIND}/{name} {distinct}"


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
