# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ACM, Route 53, CloudWatch, its logs, EventBridge Scheduler, Application Auto Scaling, Parameter Store, STS, reads."""

from __future__ import annotations

from collections.abc import Iterator

from moto.acm.models import acm_backends

from sandbox.policies import Values
from sandbox.rights.call import ApiCall, Right

_ROUTE53_KEYS = "route53:ChangeResourceRecordSets"
_LOG_GROUP_WRITES = (
    "AssociateKmsKey", "CreateLogGroup", "DeleteLogGroup", "DeleteRetentionPolicy", "DisassociateKmsKey",
    "PutRetentionPolicy",
)  # fmt: skip


def acm(call: ApiCall) -> Iterator[Right]:
    """Certificates by ARN and tags. RequestCertificate is checked against none; its tags are a separate action."""
    action, arn = f"acm:{call.operation}", str(call.params.get("CertificateArn") or "*")
    if call.operation == "RequestCertificate":
        names = [str(call.params.get("DomainName")), *call.values("SubjectAlternativeNames")]
        yield Right(action, requested=call.tags, keys={"acm:DomainNames": tuple(names)})
        if call.tags:
            yield Right("acm:AddTagsToCertificate", call.arn("acm", "certificate/*"), requested=call.tags)
    elif call.reads or call.operation in ("AddTagsToCertificate", "DeleteCertificate"):
        bundle = acm_backends[call.account][call.region]._certificates.get(arn)
        tags = {str(key): str(value or "") for key, value in bundle.tags.items()} if bundle else {}
        yield Right(action, arn, tags=tags, requested=call.tags)
    else:
        raise call.unknown()


def route53(call: ApiCall) -> Iterator[Right]:
    """Zones and health checks have no tags in conditions; changes of records have three condition keys."""
    yield Right(f"route53:{call.operation}", _route53_resource(call), keys=_record_keys(call))


def cloudwatch(call: ApiCall) -> Iterator[Right]:
    """Alarms by name. A data point is checked against no resource, and its namespace is a condition key."""
    action = f"cloudwatch:{call.operation}"
    if call.reads:
        yield Right(action, None)
    elif call.operation == "PutMetricData":
        yield Right(action, keys={"cloudwatch:namespace": (str(call.params.get("Namespace")),)})
    elif call.operation == "PutCompositeAlarm":
        # "scoped to *" (API reference): a policy that names alarms is not enough.
        yield Right(action, requested=call.tags)
        if call.tags:
            arn = call.arn("cloudwatch", f"alarm:{call.params.get('AlarmName')}")
            yield Right("cloudwatch:TagResource", arn, requested=call.tags)
    elif call.operation in ("PutDashboard", "DeleteDashboards"):
        names = call.values("DashboardName") + call.values("DashboardNames")
        # They have no region.
        yield from (Right(action, f"arn:aws:cloudwatch::{call.account}:dashboard/{name}") for name in names)
    elif call.operation in ("PutMetricAlarm", "DeleteAlarms"):
        for name in call.values("AlarmName") + call.values("AlarmNames"):
            arn = call.arn("cloudwatch", f"alarm:{name}")
            for needed in (action, "cloudwatch:TagResource")[: 2 if call.tags else 1]:
                yield Right(needed, arn, requested=call.tags)
    elif call.operation in ("TagResource", "UntagResource"):
        yield from (Right(action, arn, requested=call.tags) for arn in call.values("ResourceARN"))
    else:
        raise call.unknown()


def logs(call: ApiCall) -> Iterator[Right]:
    """Log groups by name; except for tags, the ARN in AWS's refusals ends in `:log-stream:`."""
    action = f"logs:{call.operation}"
    if call.reads:
        yield Right(action, None)
    elif call.operation in _LOG_GROUP_WRITES:
        group = call.arn("logs", f"log-group:{call.params.get('logGroupName')}")
        yield Right(action, f"{group}:log-stream:", requested=call.tags)
        if call.tags:
            yield Right("logs:TagResource", group, requested=call.tags)
    elif call.operation in ("TagResource", "UntagResource"):
        yield from (Right(action, arn, requested=call.tags) for arn in call.values("resourceArn"))
    elif call.operation in ("PutResourcePolicy", "DeleteResourcePolicy"):
        yield Right(action)
    else:
        raise call.unknown()


def scheduler(call: ApiCall) -> Iterator[Right]:
    """Schedules by name, which take no tags; making and changing one passes its role (EventBridge Scheduler User Guide,
    "Identity-based policies")."""
    action = f"scheduler:{call.operation}"
    if not call.params.get("Name"):
        yield from reading("scheduler", call)
    else:
        group = call.params.get("GroupName") or "default"
        yield Right(action, call.arn("scheduler", f"schedule/{group}/{call.params['Name']}"))
        role = (call.params.get("Target") or {}).get("RoleArn")
        if role:
            yield Right("iam:PassRole", str(role), keys={"iam:PassedToService": ("scheduler.amazonaws.com",)})


def autoscaling(call: ApiCall) -> Iterator[Right]:
    """No call is checked against a target, whose ID is not public: AWS's refusals name `scalable-target/*`.

    Policies come and go with alarms: Amazon ECS Developer Guide, "IAM permissions required for Amazon ECS service auto
    scaling".
    """
    action = f"application-autoscaling:{call.operation}"
    if call.reads:
        yield Right(action, None)
        return
    if not call.params.get("ServiceNamespace"):
        raise call.unknown()
    keys = {
        "application-autoscaling:service-namespace": (str(call.params["ServiceNamespace"]),),
        "application-autoscaling:scalable-dimension": (str(call.params["ScalableDimension"]),),
    }
    yield Right(action, call.arn("application-autoscaling", "scalable-target/*"), keys=keys)
    alarms = {"PutScalingPolicy": "PutMetricAlarm", "DeleteScalingPolicy": "DeleteAlarms"}
    if call.operation in alarms:
        name = f"TargetTracking-{call.params['ResourceId']}-AlarmHigh-1"
        yield Right(f"cloudwatch:{alarms[call.operation]}", call.arn("cloudwatch", f"alarm:{name}"))


def ssm(call: ApiCall) -> Iterator[Right]:
    """Parameters by name, reading one too; a version is no part of the ARN, nor is a name's first slash.

    The list of all is checked against none (Service Authorization Reference).
    """
    if call.operation == "DescribeParameters":
        yield Right(f"ssm:{call.operation}")
        return
    if call.operation not in ("GetParameter", "PutParameter", "DeleteParameter"):
        raise call.unknown()
    name = str(call.params.get("Name")).partition(":")[0].removeprefix("/")
    overwrite = ("true" if call.params.get("Overwrite") else "false",)
    keys = {"ssm:Overwrite": overwrite} if call.operation == "PutParameter" else {}
    yield Right(f"ssm:{call.operation}", call.arn("ssm", f"parameter/{name}"), keys=keys)


def sts(call: ApiCall) -> Iterator[Right]:
    """A role that is assumed is the resource."""
    yield Right(f"sts:{call.operation}", str(call.params.get("RoleArn") or "*"))


def wafv2(call: ApiCall) -> Iterator[Right]:
    """Web ACLs by ARN, and what they filter, for which its own service has an action (AWS WAF Developer Guide, "Policy
    actions for AWS WAF": permissions of AssociateWebACL for load balancers). No condition on tags is relied on."""
    action, resource = f"wafv2:{call.operation}", str(call.params.get("ResourceArn") or "*")
    if call.operation == "AssociateWebACL":
        yield Right(action, str(call.params["WebACLArn"]))
    if call.operation in ("AssociateWebACL", "DisassociateWebACL"):
        yield Right(action, resource)
        yield Right("elasticloadbalancing:SetWebACL", resource)
    else:
        yield from reading("wafv2", call)


def reading(prefix: str, call: ApiCall) -> Iterator[Right]:
    """Services that nothing here writes to."""
    if not call.reads:
        raise call.unknown()
    yield Right(f"{prefix}:{call.operation}", None)


def _route53_resource(call: ApiCall) -> str:
    params, operation = call.params, call.operation
    if params.get("HealthCheckId"):
        return f"arn:aws:route53:::healthcheck/{params['HealthCheckId']}"
    if params.get("ResourceType"):
        identifier = params.get("ResourceId") or (params.get("ResourceIds") or ["*"])[0]
        return f"arn:aws:route53:::{params['ResourceType']}/{identifier}"
    if operation == "DeleteQueryLoggingConfig":
        return f"arn:aws:route53:::queryloggingconfig/{params.get('Id')}"
    if operation == "GetChange":
        return f"arn:aws:route53:::change/{str(params.get('Id')).removeprefix('/change/')}"
    zone = None if operation.startswith("List") and operation.endswith("ByName") else params.get("HostedZoneId")
    zone = zone or params.get("Id")
    return f"arn:aws:route53:::hostedzone/{str(zone).removeprefix('/hostedzone/')}" if zone else "*"


def _record_keys(call: ApiCall) -> dict[str, Values]:
    changes = (call.params.get("ChangeBatch") or {}).get("Changes", [])
    if not changes:
        return {}
    records = [change["ResourceRecordSet"] for change in changes]
    return {
        f"{_ROUTE53_KEYS}NormalizedRecordNames": tuple(item["Name"].lower().rstrip(".") for item in records),
        f"{_ROUTE53_KEYS}RecordTypes": tuple(item["Type"] for item in records),
        f"{_ROUTE53_KEYS}Actions": tuple(change["Action"] for change in changes),
    }
