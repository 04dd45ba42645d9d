# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of a drill: what there is to break, and whether health checks have noticed."""

from __future__ import annotations

import contextlib
import functools
import typing as t

from .._aws.owner import Owner, tags_from
from .._aws.stack_names import shorten
from .._engine.aws_errors import error_code
from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.gather import gather
from .._resources.security_group import SecurityGroup, parse_group
from .._route53 import health
from . import fault as kinds
from .plan_faults import Alarm, Observed, Service, TargetGroup

with contextlib.suppress(ImportError):  # see _engine/clients.py
    import botocore.exceptions as botocore_errors

# CreateLoadBalancer and CreateTargetGroup, Name: what the layer alb calls them.
_NAME_LIMIT: t.Final = 32


def observe(ctx: Context, owner: Owner, kind: str, region: str, seat: str | None, check_id: str | None) -> Observed:
    """What there is to break in the region. Raises ConflictError if a fault of this kind would break what is not ours.

    All of it is read for every kind: something may carry the mark of another drill.

    :param seat: the region whose switch evicts ``region``, with the id of that switch's health check.
    """
    readers: dict[str, t.Callable[[], t.Any]] = {
        "service": functools.partial(read_service, ctx, owner, region),
        "groups": functools.partial(read_balancer_groups, ctx, owner, region),
        "target_group": functools.partial(read_target_group, ctx, owner, region),
    }
    if seat and check_id:
        readers["alarm"] = functools.partial(read_alarm, ctx, owner, region, seat, check_id)
    found = Observed(**gather(readers))
    _refuse_foreign(owner, kind, region, found)
    return found


def _refuse_foreign(owner: Owner, kind: str, region: str, found: Observed) -> None:
    breaks: dict[str, tuple[t.Any, ...]] = {
        kinds.STOP_TASKS: (found.service,),
        # One that is not ours would go on letting people in.
        kinds.BLOCK_ALB: found.groups,
        kinds.UNHEALTHY_APP: (found.target_group,),
        kinds.SWITCH: (found.alarm,),
    }
    for item in breaks.get(kind, ()):
        if item is not None and not owner.owns(item.tags):
            name = getattr(item, "id", None) or item.arn
            raise ConflictError(
                f"{name}, which {kind} breaks in {region}, is not of this stack, by its tags. Nothing was broken: a "
                "drill breaks what is its own."
            )


def read_service(ctx: Context, owner: Owner, region: str) -> Service | None:
    """The ECS service of the stack."""
    ecs = ctx.client("ecs", region=region)
    try:
        services = ecs.describe_services(cluster=owner.prefix, services=[owner.prefix], include=["TAGS"])["services"]
    except botocore_errors.ClientError as error:
        if error_code(error) != "ClusterNotFoundException":
            raise
        return None
    found = next((item for item in services if item["status"] == "ACTIVE"), None)
    if found is None:
        return None
    tags = tags_from(found.get("tags"), key="key", value="value")
    rollouts = [item for item in found.get("deployments", ()) if item["status"] == "PRIMARY"]
    return Service(
        arn=found["serviceArn"],
        cluster=owner.prefix,
        name=owner.prefix,
        desired_count=found["desiredCount"],
        running_count=found["runningCount"],
        rollout=rollouts[0].get("rolloutState") or "" if rollouts else "",
        tags=tags,
    )


def read_balancer_groups(ctx: Context, owner: Owner, region: str) -> tuple[SecurityGroup, ...]:
    """The security groups on the stack's load balancer."""
    name = shorten(owner.prefix, _NAME_LIMIT)
    try:
        found = ctx.client("elbv2", region=region).describe_load_balancers(Names=[name])["LoadBalancers"]
    except botocore_errors.ClientError as error:
        if error_code(error) != "LoadBalancerNotFound":
            raise
        return ()
    ids = [group_id for item in found for group_id in item.get("SecurityGroups", ())]
    if not ids:
        return ()
    answer = ctx.client("ec2", region=region).describe_security_groups(GroupIds=ids)
    return tuple(parse_group(item) for item in answer["SecurityGroups"])


def read_target_group(ctx: Context, owner: Owner, region: str) -> TargetGroup | None:
    """The stack's target group."""
    elb, name = ctx.client("elbv2", region=region), shorten(owner.prefix, _NAME_LIMIT)
    try:
        found = elb.describe_target_groups(Names=[name])["TargetGroups"][0]
    except botocore_errors.ClientError as error:
        if error_code(error) != "TargetGroupNotFound":
            raise
        return None
    arn = found["TargetGroupArn"]
    described = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    tags = tags_from(tag for item in described for tag in item.get("Tags", ()))
    matcher = found.get("Matcher", {}).get("HttpCode", "")
    return TargetGroup(arn=arn, path=found.get("HealthCheckPath", ""), matcher=matcher, tags=tags)


def read_alarm(ctx: Context, owner: Owner, region: str, seat: str, check_id: str) -> Alarm | None:
    """The alarm in ``seat`` by whose metric ``region`` is evicted."""
    cloudwatch = ctx.client("cloudwatch", region=seat)
    found = cloudwatch.describe_alarms(AlarmNames=[f"{owner.prefix}-switch-{region}"])["MetricAlarms"]
    if not found:
        return None
    tags = tags_from(cloudwatch.list_tags_for_resource(ResourceARN=found[0]["AlarmArn"]).get("Tags"))
    return Alarm(
        arn=found[0]["AlarmArn"],
        region=seat,
        namespace=found[0]["Namespace"],
        metric=found[0]["MetricName"],
        dimensions=tuple(found[0].get("Dimensions", ())),
        check_id=check_id,
        tags=tags,
    )


def failing_check(ctx: Context, check_id: str) -> str:
    """What the checkers of a health check say if they find it unhealthy; empty if they do not."""
    answer = ctx.client("route53", retry=False).get_health_check_status(HealthCheckId=check_id)
    seen = answer["HealthCheckObservations"]
    if health.is_healthy(seen):
        return ""
    texts = [health.status_text(item) for item in seen]
    failing = next((text for text in texts if not text.lower().startswith("success")), "unhealthy")
    # AWS goes on with advice.
    return failing.partition(". ")[0]


def failing_targets(ctx: Context, region: str, group_arn: str) -> str:
    """Why a load balancer counts as unhealthy; empty if it has a healthy target."""
    answer = ctx.client("elbv2", region=region, retry=False).describe_target_health(TargetGroupArn=group_arn)
    return health.problem_of_targets({group_arn.split("/")[-2]: answer["TargetHealthDescriptions"]})
