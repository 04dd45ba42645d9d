# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes made to a stack by hand, in the order in which a run finds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chaos import canon
from chaos.place import Item
from chaos.planting import DOMAIN, REGION
from chaos.witness import look
from sandbox import Sandbox


def route_gone(aws: Sandbox) -> None:
    """The default route of a private subnet."""
    table = _one(aws, "RouteTables", "private")
    aws.client("ec2").delete_route(RouteTableId=table.id, DestinationCidrBlock="0.0.0.0/0")


def timeout_other(aws: Sandbox) -> None:
    """The load balancer's idle timeout."""
    attributes = [{"Key": "idle_timeout.timeout_seconds", "Value": "7"}]
    arn = _one(aws, "LoadBalancers").content["LoadBalancerArn"]
    aws.client("elbv2").modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)


def retention_other(aws: Sandbox) -> None:
    """The retention of the service's logs."""
    name = _one(aws, "logGroups", "log_group/main").content["logGroupName"]
    aws.client("logs").put_retention_policy(logGroupName=name, retentionInDays=1)


def threshold_other(aws: Sandbox) -> None:
    """The failure threshold of a health check."""
    aws.client("route53").update_health_check(HealthCheckId=_one(aws, "HealthChecks").id, FailureThreshold=9)


def record_gone(aws: Sandbox) -> None:
    """The region's own record."""
    route53, name = aws.client("route53"), f"{REGION}.{DOMAIN}."
    zone = next(item for item in look(aws) if item.kind == "HostedZones" and canon.is_ours(item))
    gone = [each for each in zone.content["records"] if each["Name"] == name]
    changes = [{"Action": "DELETE", "ResourceRecordSet": each} for each in gone]
    route53.change_resource_record_sets(HostedZoneId=zone.id, ChangeBatch={"Changes": changes})


DRIFTS: Sequence[Callable[[Sandbox], None]] = (
    route_gone,
    timeout_other,
    retention_other,
    threshold_other,
    record_gone,
)


def _one(aws: Sandbox, kind: str, resource: str = "") -> Item:
    """The stack's first resource of a kind whose tag Resource contains this."""
    mine = (item for item in look(aws) if item.kind == kind and canon.is_ours(item) and item.region != "us-west-1")
    return next(item for item in mine if resource in item.tags.get("Resource", ""))
