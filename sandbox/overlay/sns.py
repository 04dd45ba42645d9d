# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SNS: subscriptions to be confirmed, and messages to endpoints over HTTP.

SNS Developer Guide, "Fanout to HTTP/S endpoints": an endpoint gets a SubscriptionConfirmation, whose SubscribeURL it
visits, and then notifications. A subscription by e-mail waits for its link to be followed: here by ConfirmSubscription
with the token, or by the same URL.
"""

from __future__ import annotations

import json
import threading
import urllib.request
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from moto.sns import models
from moto.sns.responses import SNSResponse

from sandbox.overlay.base import AwsError, Call, World, corrects

# Protocols that need confirmation; SNS trusts endpoints in the account (API reference, Subscribe).
_CONFIRMED_BY_ENDPOINT = ("email", "email-json", "http", "https")
_DELIVERY_SECONDS = 10.0


@corrects(SNSResponse, "CreateTopic")
def create_topic(call: Call) -> Any:
    """CreateTopic: a topic of the name is the answer, unless it has other tags."""
    arn = f"arn:aws:sns:{call.region}:{call.account}:{call.get('Name')}"
    found = call.backend.topics.get(arn)
    wanted = {item["Key"]: item["Value"] for item in call.get("Tags") or []}
    if found is not None and wanted and wanted != found._tags:
        message = "Invalid parameter: Tags Reason: Topic already exists with different tags"
        raise AwsError("InvalidParameter", message)
    return {"TopicArn": arn} if found is not None else call.proceed()


@corrects(SNSResponse, "Subscribe")
def subscribe(call: Call) -> Any:
    """Subscribe: a subscription to be confirmed has no ARN yet, and each call sends a confirmation request."""
    protocol, endpoint = call.get("Protocol"), call.get("Endpoint") or ""
    if protocol in ("http", "https") and not endpoint.startswith(f"{protocol}://"):
        raise AwsError("InvalidParameter", f"Invalid parameter: Endpoint must match the specified protocol {protocol}")
    if protocol == "email" and "@" not in endpoint:
        raise AwsError("InvalidParameter", "Invalid parameter: Email address")
    result = call.proceed()
    if protocol not in _CONFIRMED_BY_ENDPOINT:
        return result
    subscription = call.backend.subscriptions[result["SubscriptionArn"]]
    if subscription.confirmed:
        return result
    token = uuid4().hex
    _tokens(call.world)[token] = (subscription.topic.arn, subscription.arn)
    if protocol in ("http", "https"):
        host = call.response.headers.get("Host", "")
        _post(endpoint, _confirmation(subscription.topic.arn, token, f"http://{host}"))
    return result if call.get("ReturnSubscriptionArn") else {"SubscriptionArn": "pending confirmation"}


@corrects(SNSResponse, "ConfirmSubscription")
def confirm_subscription(call: Call) -> Any:
    """ConfirmSubscription, by the token of the message."""
    return {"SubscriptionArn": confirm(call.world, str(call.get("Token")))}


@corrects(SNSResponse, "ListSubscriptionsByTopic", "ListSubscriptions")
def list_subscriptions(call: Call) -> Any:
    """Both lists say of a subscription that is not confirmed that it is pending, where others have their ARN."""
    result = call.proceed()
    listed = [
        {
            "SubscriptionArn": each.arn if _is_confirmed(each) else "PendingConfirmation",
            "Owner": each.owner,
            "Protocol": each.protocol,
            "Endpoint": each.endpoint,
            "TopicArn": each.topic.arn,
        }
        for each in result["Subscriptions"]
    ]
    return {**result, "Subscriptions": listed}


def confirm(world: World, token: str) -> str:
    """The ARN of the subscription that has the token, and is confirmed from now on. Raises AwsError."""
    topic_arn, arn = _tokens(world).get(token, ("", ""))
    account, region = (topic_arn.split(":") + [""] * 6)[4:2:-1]
    subscription = models.sns_backends[account][region].subscriptions.get(arn) if arn else None
    if subscription is None:
        raise AwsError("InvalidParameter", "Invalid parameter: Token")
    subscription.confirmed = True
    return arn


def pending(world: World) -> dict[str, str]:
    """Token → endpoint of the subscriptions to be confirmed, as in a mailbox."""
    found = {}
    for token, (topic_arn, arn) in _tokens(world).items():
        account, region = topic_arn.split(":")[4:2:-1]
        subscription = models.sns_backends[account][region].subscriptions.get(arn)
        if subscription is not None and not subscription.confirmed:
            found[token] = str(subscription.endpoint)
    return found


def _tokens(world: World) -> dict[str, tuple[str, str]]:
    """Token → ARNs of topic and subscription."""
    return world.store(dict, "sns tokens")


def _is_confirmed(subscription: Any) -> bool:
    return subscription.confirmed or subscription.protocol not in _CONFIRMED_BY_ENDPOINT


def _confirmation(topic_arn: str, token: str, base: str) -> dict[str, Any]:
    url = f"{base}/_sandbox/subscription?token={token}"
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": str(uuid4()),
        "Token": token,
        "TopicArn": topic_arn,
        "Message": f"You have chosen to subscribe to the topic {topic_arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": url,
    }


def _post(endpoint: str, document: dict[str, Any]) -> None:
    """Send it in the background. Failed deliveries are lost, although SNS retries them for some time.

    Only to this machine: the inventory's real subscribers must not get messages of a local AWS.
    """
    if not _is_here(urlsplit(endpoint).hostname or ""):
        return
    request = urllib.request.Request(
        endpoint,
        json.dumps(document).encode(),
        {
            "Content-Type": "text/plain; charset=UTF-8",
            "x-amz-sns-message-type": document["Type"],
            "x-amz-sns-topic-arn": document["TopicArn"],
        },
    )

    def send() -> None:
        try:
            with urllib.request.urlopen(request, timeout=_DELIVERY_SECONDS):
                pass
        except OSError as error:
            print(f"sns: {endpoint} did not take a {document['Type']}: {error}")

    threading.Thread(target=send, daemon=True).start()


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _publish(subscription: Any, message: str, message_id: str, **rest: Any) -> None:
    if subscription.protocol not in _CONFIRMED_BY_ENDPOINT:
        _of_moto(subscription, message, message_id, **rest)
    elif subscription.confirmed and subscription.protocol in ("http", "https"):
        document = {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": subscription.topic.arn,
            "Message": message,
            "Timestamp": datetime.now(UTC).isoformat(timespec="microseconds"),
        }
        subject = rest.get("subject")
        _post(subscription.endpoint, {**document, **({"Subject": subject} if subject else {})})


_of_moto = models.Subscription.publish


def patch() -> None:
    """moto sends to all subscribers, and waits for their replies."""
    models.Subscription.publish = _publish
