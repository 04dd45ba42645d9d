# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SNS and EventBridge."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.rights.call import ApiCall, Right


def sns(call: ApiCall) -> Iterator[Right]:
    """Topics by name. Unsubscribe is checked against no resource (Service Authorization Reference)."""
    action = f"sns:{call.operation}"
    if call.reads:
        yield Right(action, None)
    elif call.operation == "Unsubscribe":
        yield Right(action)
    elif call.operation == "CreateTopic":
        arn = call.arn("sns", str(call.params.get("Name")))
        yield Right(action, arn, requested=call.tags)
        if call.tags:
            yield Right("sns:TagResource", arn, requested=call.tags)
    elif call.operation in ("DeleteTopic", "Publish", "SetTopicAttributes", "Subscribe", "TagResource"):
        yield from (
            Right(action, arn, requested=call.tags) for arn in call.values("TopicArn") + call.values("ResourceArn")
        )
    else:
        raise call.unknown()


def events(call: ApiCall) -> Iterator[Right]:
    """Rules of the default bus by name."""
    action = f"events:{call.operation}"
    if call.reads:
        yield Right(action, None)
    elif call.operation in ("PutRule", "DeleteRule", "PutTargets", "RemoveTargets"):
        arn = call.arn("events", f"rule/{call.params.get('Name') or call.params.get('Rule')}")
        yield Right(action, arn, requested=call.tags)
        if call.tags:
            yield Right("events:TagResource", arn, requested=call.tags)
    elif call.operation == "TagResource":
        yield from (Right(action, arn, requested=call.tags) for arn in call.values("ResourceARN"))
    else:
        raise call.unknown()
