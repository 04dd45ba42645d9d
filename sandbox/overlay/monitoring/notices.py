# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of an alarm to an SNS topic when its state changes, and the permission for that.

Amazon CloudWatch User Guide, "Notify users on alarm changes". The topic's policy has to let CloudWatch publish, as
SNS's default policy does.
"""

from __future__ import annotations

import json
from typing import Any

from moto.sns.models import sns_backends

from sandbox.policies import Request, allowed

_PLACES = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}
_ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions", "INSUFFICIENT_DATA": "insufficient_data_actions"}


def tell(account: str, region: str, alarm: Any, before: str) -> None:
    """Send the message to the alarm's topics for its state."""
    if not alarm.actions_enabled:
        return
    place = _PLACES.get(region, region)
    subject = f'{alarm.state_value}: "{alarm.name}" in {place}'[:100]
    for topic_arn in getattr(alarm, _ACTIONS[alarm.state_value]):
        topic = sns_backends[account][region].topics.get(topic_arn)
        if topic is not None and _may_publish(topic, account, alarm.alarm_arn):
            topic.publish(json.dumps(_message(account, place, alarm, before)), subject=subject)


def _may_publish(topic: Any, account: str, alarm_arn: str) -> bool:
    context = {"aws:sourceaccount": (account,), "aws:sourceowner": (account,), "aws:sourcearn": (alarm_arn,)}
    request = Request("sns:Publish", topic.arn, "cloudwatch.amazonaws.com", account, context)
    return allowed([topic.policy], request)


def _message(account: str, place: str, alarm: Any, before: str) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": alarm.configuration_updated_timestamp.isoformat(),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": alarm.state_updated_timestamp.isoformat(),
        "Region": place,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
    }
