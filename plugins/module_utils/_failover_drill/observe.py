# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of a drill: what it could break, and whether health checks have noticed."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing as t

from .._aws import stack_names
from .._aws.owner import DNS, ENTRANCE, Owner, tags_from
from .._engine.aws_errors import unless
from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.gather import gather
from .._failover_chain.capacity_calls import try_most, with_alternates
from .._failover_chain.health_check_calls import read_status
from .._failover_chain.load_balancer_calls import read_balancer, read_tags
from .._resources.security_group import SecurityGroup, parse_group
from .._route53 import health
from . import fault as kinds
from .snapshot import Alarm, Service, Snapshot, TargetGroup
from .spec import Spec

with contextlib.suppress(ImportError):  # see _engine/clients.py
    import botocore.exceptions as botocore_errors


def observe(ctx: Context, spec: Spec, region: str, standby: str | None, check_id: str | None) -> Snapshot:
    """Read what a drill could break in the region. Raises ConflictError if the fault would break others' resources.

    Everything is read for every fault, because any resource may carry the mark of another drill.

    :param standby: the region that takes over, and whose switch evicts ``region``.
    :param check_id: of that switch's health check.
    """
    readers: dict[str, t.Callable[[], t.Any]] = {
        "services": functools.partial(_for_each_service, ctx, spec, region, read_service),
        "security_groups": functools.partial(read_security_groups, ctx, spec.owner, region),
        "target_groups": functools.partial(_for_each_service, ctx, spec, region, read_target_group),
        "most": functools.partial(try_most, ctx, region, spec.owner, spec.services),
    }
    if standby:
        readers["standby_services"] = functools.partial(_try_services, ctx, spec, standby)
    if standby and check_id:
        readers["alarm"] = functools.partial(read_alarm, ctx, spec.owner, region, standby, check_id)
    found = Snapshot(**gather(readers))
    balanced = [item for service in found.services.values() if service for item in service.balanced]
    found = dataclasses.replace(found, most=with_alternates(ctx, region, found.most, balanced))
    _refuse_foreign(spec, region, found)
    return found


def _for_each_service(
    ctx: Context, spec: Spec, region: str, read: t.Callable[[Context, Owner, str], t.Any]
) -> dict[str, t.Any]:
    return gather({name: functools.partial(read, ctx, spec.owner.of(name), region) for name in spec.services})


def _try_services(ctx: Context, spec: Spec, region: str) -> dict[str, t.Any]:
    """Nothing if the region does not answer: failover_info's result says so."""
    try:
        return _for_each_service(ctx.with_short_timeouts(), spec, region, read_service)
    except (botocore_errors.BotoCoreError, botocore_errors.ClientError):
        return {}


def _refuse_foreign(spec: Spec, region: str, found: Snapshot) -> None:
    breaks: dict[str, list[tuple[str, t.Any]]] = {
        kinds.STOP_TASKS: list(found.services.items()),
        # A foreign security group would continue to let requests in.
        kinds.BLOCK_ALB: [(ENTRANCE, group) for group in found.security_groups],
        kinds.UNHEALTHY_APP: list(found.target_groups.items()),
        kinds.SWITCH: [(DNS, found.alarm)],
    }
    for component, item in breaks.get(spec.fault, ()):
        if item is not None and not spec.owner.of(component).owns(item.tags):
            name = getattr(item, "id", None) or item.arn
            raise ConflictError(
                f"{name}, which {spec.fault} breaks in {region}, does not belong to {component} of {spec.owner.title}, "
                "by its tags. Nothing was broken: a drill breaks only what belongs to its stack."
            )


def read_service(ctx: Context, owner: Owner, region: str) -> Service | None:
    """The ECS service of the owner (DescribeServices)."""
    client, name = ctx.client("ecs", region=region), stack_names.service(owner)
    answer = unless(
        {"ClusterNotFoundException"},
        lambda: client.describe_services(cluster=name, services=[name], include=["TAGS"]),
    )
    found = next((item for item in answer["services"] if item["status"] == "ACTIVE"), None) if answer else None
    if found is None:
        return None
    rollouts = [item for item in found.get("deployments", ()) if item["status"] == "PRIMARY"]
    return Service(
        arn=found["serviceArn"],
        cluster=name,
        name=name,
        desired_count=found["desiredCount"],
        rollout=rollouts[0].get("rolloutState") or "" if rollouts else "",
        tags=tags_from(found.get("tags"), key="key", value="value"),
        balanced=tuple(found.get("loadBalancers", ())),
    )


def read_security_groups(ctx: Context, owner: Owner, region: str) -> tuple[SecurityGroup, ...]:
    """The security groups of the stack's load balancer (DescribeLoadBalancers, DescribeSecurityGroups)."""
    balancer = read_balancer(ctx, region, stack_names.load_balancer(owner)) or {}
    ids = balancer.get("SecurityGroups")
    if not ids:
        return ()
    answer = ctx.client("ec2", region=region).describe_security_groups(GroupIds=ids)
    return tuple(parse_group(item) for item in answer["SecurityGroups"])


def read_target_group(ctx: Context, owner: Owner, region: str) -> TargetGroup | None:
    """The target group of the owner (DescribeTargetGroups, DescribeTags)."""
    client, name = ctx.client("elbv2", region=region), stack_names.target_group(owner)
    answer = unless({"TargetGroupNotFound"}, lambda: client.describe_target_groups(Names=[name]))
    if answer is None:
        return None
    found = answer["TargetGroups"][0]
    arn = found["TargetGroupArn"]
    return TargetGroup(
        arn=arn,
        path=found.get("HealthCheckPath", ""),
        matcher=found.get("Matcher", {}).get("HttpCode", ""),
        tags=read_tags(ctx, region, arn),
    )


def read_alarm(ctx: Context, owner: Owner, region: str, seat: str, check_id: str) -> Alarm | None:
    """The alarm in ``seat`` whose metric evicts ``region`` (DescribeAlarms, ListTagsForResource)."""
    cloudwatch = ctx.client("cloudwatch", region=seat)
    alarms = cloudwatch.describe_alarms(AlarmNames=[stack_names.switch_alarm(owner, region)])["MetricAlarms"]
    if not alarms:
        return None
    found = alarms[0]
    return Alarm(
        arn=found["AlarmArn"],
        region=seat,
        namespace=found["Namespace"],
        metric=found["MetricName"],
        dimensions=tuple(found.get("Dimensions", ())),
        check_id=check_id,
        tags=tags_from(cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"]).get("Tags")),
    )


def failing_check(ctx: Context, check_id: str) -> str:
    """What a health check's checkers report; empty unless it is unhealthy."""
    seen = read_status(ctx, check_id, retry=False)
    if health.is_healthy(seen) is not False:
        return ""
    texts = [health.status_text(item) for item in seen]
    failing = next((text for text in texts if not text.lower().startswith("success")), "unhealthy")
    # AWS appends advice.
    return failing.partition(". ")[0]


def pulled_switches(ctx: Context, switches: t.Mapping[str, str]) -> list[str]:
    """The switches that evict, by their health checks. Those that cannot be read do not count."""
    found = []
    for name, check_id in switches.items():
        with contextlib.suppress(botocore_errors.ClientError, botocore_errors.BotoCoreError):
            if failing_check(ctx, check_id):
                found.append(name)
    return found


def failing_targets(ctx: Context, region: str, group_arns: t.Iterable[str]) -> str:
    """Why a load balancer counts as unhealthy; empty if each of these target groups has a healthy target."""
    elb = ctx.client("elbv2", region=region, retry=False)
    return health.problem_of_targets(
        {
            arn.split("/")[-2]: elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
            for arn in group_arns
        }
    )
