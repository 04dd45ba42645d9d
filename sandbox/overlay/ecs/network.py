# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ECS's checks of a service's network configuration and load balancers."""

from __future__ import annotations

from typing import Any

from sandbox.overlay.ecs.common import ec2_of, elb_of, invalid

_MOST_SUBNETS = 16
_MOST_GROUPS = 5


def check(ecs: Any, definition: Any, configuration: dict[str, Any] | None) -> dict[str, Any]:
    """The network configuration with its defaults. Raises InvalidParameterException."""
    if not configuration or not configuration.get("awsvpcConfiguration"):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if definition.network_mode != "awsvpc":
        raise invalid("Network Configuration is not valid for the given networkMode of this task definition.")
    given = configuration["awsvpcConfiguration"]
    subnets, groups = given.get("subnets") or [], given.get("securityGroups") or []
    if not 1 <= len(subnets) <= _MOST_SUBNETS:
        raise invalid(
            "subnets can not be empty." if not subnets else f"subnets can have at most {_MOST_SUBNETS} items."
        )
    if len(groups) > _MOST_GROUPS:
        raise invalid(f"securityGroups can have at most {_MOST_GROUPS} items.")
    ec2 = ec2_of(ecs)
    known = {subnet.id: subnet for subnet in ec2.describe_subnets()}
    for subnet_id in subnets:
        if subnet_id not in known:
            raise invalid(
                f"Error retrieving subnet information for [{subnet_id}]: The subnet ID '{subnet_id}' does not exist "
                "(ErrorCode: InvalidSubnetID.NotFound)"
            )
    vpc_ids = {known[subnet_id].vpc_id for subnet_id in subnets}
    if len(vpc_ids) > 1:
        raise invalid("The provided subnets belong to different VPCs.")
    for group_id in groups:
        _check_group(ec2, group_id, vpc_ids)
    place = {"subnets": subnets, "securityGroups": groups or [ec2.get_default_security_group(vpc_ids.pop()).id]}
    return {"awsvpcConfiguration": place | {"assignPublicIp": given.get("assignPublicIp") or "DISABLED"}}


def _check_group(ec2: Any, group_id: str, vpc_ids: set[str]) -> None:
    group = ec2.get_security_group_from_id(group_id)
    if group is None:
        raise invalid(
            f"Error retrieving security group information for [{group_id}]: The security group '{group_id}' "
            "does not exist (ErrorCode: InvalidGroup.NotFound)"
        )
    if group.vpc_id not in vpc_ids:
        raise invalid("SecurityGroups and subnets must belong to the same VPC.")


def check_balancers(ecs: Any, definition: Any, balancers: list[dict[str, Any]]) -> None:
    """Check a service's load balancers. Raises InvalidParameterException."""
    elb = elb_of(ecs)
    for balancer in balancers:
        arn, name, port = balancer.get("targetGroupArn"), balancer.get("containerName"), balancer.get("containerPort")
        group = elb.target_groups.get(arn)
        if group is None:
            raise invalid(f"Unable to assume role and validate the specified targetGroupArn: {arn} was not found.")
        if group.target_type != "ip":
            raise invalid(
                f"The provided target group {arn} has target type {group.target_type}, which is incompatible with "
                "the awsvpc network mode specified in the task definition."
            )
        if not any(known in elb.load_balancers for known in group.load_balancer_arns):
            raise invalid(f"The target group with targetGroupArn {arn} does not have an associated load balancer.")
        containers = {known["name"]: known for known in definition.container_definitions}
        if name not in containers:
            raise invalid(f"The container {name} does not exist in the task definition.")
        ports = [known.get("containerPort") for known in containers[name].get("portMappings") or []]
        if port not in ports:
            raise invalid(f"The container {name} did not have a container port {port} defined.")
