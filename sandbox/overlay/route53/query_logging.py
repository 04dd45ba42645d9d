# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query logging configurations: moto finds no zone by ID, ignores filters, and does not check who may write.

API reference, CreateQueryLoggingConfig.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from moto.logs.models import logs_backends
from moto.route53.models import QueryLoggingConfig
from moto.route53.responses import Route53

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.route53.changes import zone_of
from sandbox.policies import Request, allowed

_SERVICE = "route53.amazonaws.com"
# "You must create the log group in the us-east-1 region."
_HOME = "us-east-1"


@corrects(Route53, "ListQueryLoggingConfigs")
def _list(call: Call) -> Any:
    """API reference: "If you specify a hosted zone id, lists the configuration of that zone", or NoSuchHostedZone."""
    zone_id = call.get("HostedZoneId")
    if not zone_id:
        return call.proceed()
    zone = zone_of(call.account, zone_id)
    configs = call.backend.query_logging_configs.values()
    return {"QueryLoggingConfigs": [config for config in configs if config.hosted_zone_id == zone.resource_id]}


@corrects(Route53, "CreateQueryLoggingConfig")
def _create(call: Call) -> Any:
    """A resource policy lets Route 53 write to the log group, whose ARN may end in `:*` or not."""
    zone = zone_of(call.account, call.get("HostedZoneId"))
    arn = str(call.get("CloudWatchLogsLogGroupArn") or "").removesuffix(":*")
    logs = logs_backends[call.account][_HOME]
    if not arn.startswith(f"arn:aws:logs:{_HOME}:{call.account}:log-group:"):
        raise AwsError("InvalidInput", "The ARN for the CloudWatch Logs log group is invalid")
    if arn not in {group.arn.removesuffix(":*") for group in logs.groups.values()}:
        raise AwsError("NoSuchCloudWatchLogsLogGroup", "The specified CloudWatch Logs log group doesn't exist.")
    context = {
        "aws:sourceaccount": (call.account,),
        "aws:sourcearn": (f"arn:aws:route53:::hostedzone/{zone.resource_id.removeprefix('/hostedzone/')}",),
    }
    documents = [json.loads(item.policy_document) for item in logs.resource_policies.values()]
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        resource = f"{arn}:log-stream:x"
        request = Request(action=action, resource=resource, principal=_SERVICE, account=call.account, context=context)
        if not allowed(documents, request):
            raise AwsError(
                "InsufficientCloudWatchLogsResourcePolicy",
                "The resource policy that you're using for Route 53 query logging doesn't grant Route 53 sufficient "
                "permission to create a log stream in the specified log group.",
            )
    return _made(call, zone, arn)


def _made(call: Call, zone: Any, arn: str) -> Any:
    configs = call.backend.query_logging_configs
    if any(config.hosted_zone_id == zone.resource_id for config in configs.values()):
        raise AwsError("QueryLoggingConfigAlreadyExists", "A query logging configuration for this zone exists already.")
    made = QueryLoggingConfig(str(uuid.uuid4()), zone.resource_id, arn)
    configs[made.id] = made
    return {"QueryLoggingConfig": made, "Location": made.location}
