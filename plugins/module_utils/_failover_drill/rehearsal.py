# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves before the first change that every call of a fault and of its undo is allowed.

Otherwise a drill could, for example, revoke ingress rules and not be allowed to restore them.
"""

from __future__ import annotations

import datetime
import typing as t

from .._aws.owner import MANAGED_BY
from .._engine.aws_errors import ClientError, client_error, error_code
from .._engine.context import Context
from .._engine.errors import FailoverError
from .._route53 import status_metric
from . import fault as kinds
from .fault import ApiCall, Fault, Tagged, data_point, scaling_call, tag_call, untag_call

# EC2's answers to a dry run that would be allowed (EC2 API reference, DryRun). Whether EC2 checks permissions before
# it finds a duplicate rule is not documented.
_ALLOWED: t.Final = ("DryRunOperation", "InvalidPermission.Duplicate")


def rehearse(ctx: Context, fault: Fault, now: datetime.datetime) -> None:
    """Make all calls of the rehearsal. Raises FailoverError with each refused action and its resource."""
    refused = [problem for call in rehearsal(fault, now) if (problem := _refusal(ctx, call))]
    if refused:
        raise FailoverError(
            f"no drill, nothing was broken: {fault.kind} of {fault.region} or its undo would be refused. "
            + " ".join(dict.fromkeys(refused))
        )


def rehearsal(fault: Fault, now: datetime.datetime) -> list[ApiCall]:
    """Calls that change nothing, one for each call of the fault and its undo. Pure.

    EC2's are dry runs. Others set the present values, and remove a mark that is not there.
    """
    marking = [call for tagged in fault.tagged for call in _marking(tagged)]
    match fault.kind:
        case kinds.STOP_TASKS:
            return marking + _stop_tasks(fault)
        case kinds.BLOCK_ALB:
            return marking + _block_alb(fault)
        case kinds.UNHEALTHY_APP:
            return marking + _unhealthy_app(fault)
        case kinds.SWITCH:
            return marking + _switch(fault, now)
    return marking


def _refusal(ctx: Context, call: ApiCall) -> str:
    """Why AWS refuses the call; empty if it is allowed."""
    try:
        getattr(ctx.client(call.service, region=call.region), call.method)(**call.parameters)
    except ClientError as error:
        return "" if error_code(error) in _ALLOWED else str(client_error(error, call.region))
    return ""


def _marking(tagged: Tagged) -> list[ApiCall]:
    # Every resource of a stack has this tag with this value.
    calls = [tag_call(tagged, MANAGED_BY, key="ManagedBy"), untag_call(tagged)]
    return [_dry(call) for call in calls] if tagged.service == "ec2" else calls


def _dry(call: ApiCall) -> ApiCall:
    return ApiCall(call.service, call.region, call.method, {**call.parameters, "DryRun": True})


def _stop_tasks(fault: Fault) -> list[ApiCall]:
    """Without desired count and suspended state, which may have changed since they were read."""
    services = fault.undo.data["services"]
    return [
        *(
            ApiCall("ecs", fault.region, "update_service", {key: item[key] for key in ("cluster", "service")})
            for item in services
        ),
        *(scaling_call(fault.region, item, suspended=None) for item in services if item["scales"]),
    ]


def _block_alb(fault: Fault) -> list[ApiCall]:
    methods = ("revoke_security_group_ingress", "authorize_security_group_ingress")
    return [
        _dry(ApiCall("ec2", fault.region, method, {"GroupId": group_id, "IpPermissions": rules}))
        for group_id, rules in fault.undo.data["groups"].items()
        for method in methods
    ]


def _unhealthy_app(fault: Fault) -> list[ApiCall]:
    return [
        ApiCall(
            "elbv2",
            fault.region,
            "modify_target_group",
            {"TargetGroupArn": item["arn"], "HealthCheckPath": item["path"], "Matcher": {"HttpCode": item["matcher"]}},
        )
        for item in fault.undo.data["target_groups"]
    ]


def _switch(fault: Fault, now: datetime.datetime) -> list[ApiCall]:
    """A switch that is not pulled has the value 0, or no value, which means the same."""
    data, seat = fault.undo.data, fault.undo.region
    return [
        ApiCall("cloudwatch", seat, "put_metric_data", data_point(data, 0.0)),
        ApiCall("route53", seat, "get_health_check_status", {"HealthCheckId": data["check_id"]}),
        ApiCall(
            "cloudwatch", status_metric.REGION, "get_metric_data", status_metric.metric_request(data["check_id"], now)
        ),
    ]
