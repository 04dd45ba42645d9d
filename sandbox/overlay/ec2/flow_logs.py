# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow logs: creating one assumes its role, and a VPC has several only if they capture different traffic."""

from __future__ import annotations

from typing import Any

from moto.ec2.responses import EC2Response
from moto.iam.models import iam_backends

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.iam import role_known
from sandbox.policies import Request, allowed

_SERVICE = "vpc-flow-logs.amazonaws.com"


@corrects(EC2Response, "CreateFlowLogs")
def create(call: Call) -> Any:
    """CreateFlowLogs assumes the role, and refuses a twin: same resource, traffic and destination."""
    arn = call.get("DeliverLogsPermissionArn")
    if arn and not _assumable(call, arn):
        raise AwsError("InvalidParameter", f"Unable to assume given IAM role: '{arn}'")
    ec2, traffic = call.backend, call.get("TrafficType")
    # moto refuses a second one with the same destination, whatever it captures.
    others = {key: item for key, item in ec2.flow_logs.items() if item.traffic_type != traffic}
    ec2.flow_logs = {key: item for key, item in ec2.flow_logs.items() if key not in others}
    try:
        return call.proceed()
    finally:
        ec2.flow_logs = {**others, **ec2.flow_logs}


def _assumable(call: Call, arn: str) -> bool:
    roles = iam_backends[call.account]["aws"].roles.values()
    role = next((item for item in roles if item.arn == arn), None)
    if role is None or not role_known(call.world, call.account, role.name):
        return False
    context = {
        "aws:sourceaccount": (call.account,),
        "aws:sourcearn": (f"arn:aws:ec2:{call.region}:{call.account}:vpc-flow-log/fl-0",),
    }
    request = Request(action="sts:AssumeRole", principal=_SERVICE, account=call.account, context=context)
    return allowed([role.assume_role_policy_document], request)
