# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a task's subnet reaches what it needs to start: the registries of its images, and CloudWatch Logs.

Amazon ECS Developer Guide, "Fargate task networking" (a public address or a NAT gateway) and "CannotPullContainer task
errors"; Amazon ECR User Guide, "Amazon ECR interface VPC endpoints". A pending NAT gateway counts: pulling is retried
for longer than it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.ec2.models.internet_gateways import InternetGateway

from sandbox.overlay.ecs.common import ec2_of

_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?/")
_EVERYWHERE = "0.0.0.0/0"


def problem(ecs: Any, subnet_id: str, *, public: bool, definition: Any) -> str:
    """Why a task of the definition stops before it runs, in ECS's words; empty if it does not.

    :param public: whether its interface has a public address.
    """
    ec2 = ec2_of(ecs)
    vpc_id = ec2.get_subnet(subnet_id).vpc_id
    table = _table_of(ec2, vpc_id, subnet_id)
    if any(_leads_out(route, public) for route in table.routes):
        return ""
    endpoints = set(_endpoints(ec2, vpc_id, table))
    found = (_of_container(container, endpoints, ecs.region_name) for container in definition.container_definitions)
    return next((text for text in found if text), "")


def _of_container(container: dict[str, Any], endpoints: set[str], region: str) -> str:
    image = container.get("image", "")
    if _ECR.match(image) and "ecr.api" not in endpoints:
        return (
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
            "failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: "
            f'send request failed caused by: Post "https://api.ecr.{region}.amazonaws.com/": dial tcp: i/o timeout. '
            "Please check your task network configuration."
        )
    if not _ECR.match(image) or not {"ecr.dkr", "s3"} <= endpoints:
        return (
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
            f"{image}: failed to do request: dial tcp: i/o timeout"
        )
    if (container.get("logConfiguration") or {}).get("logDriver") == "awslogs" and "logs" not in endpoints:
        return (
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
            "failed to create Cloudwatch log stream: RequestError: send request failed caused by: Post "
            f'"https://logs.{region}.amazonaws.com/": dial tcp: i/o timeout : exit status 1'
        )
    return ""


def _table_of(ec2: Any, vpc_id: str, subnet_id: str) -> Any:
    """The subnet's own route table, else the main one of its VPC."""
    tables = [table for table in ec2.route_tables.values() if table.vpc_id == vpc_id]
    own = (table for table in tables if subnet_id in table._associations.values())
    return next(own, None) or next(table for table in tables if table.main_association_id)


def _leads_out(route: Any, public: bool) -> bool:
    if route.destination_cidr_block != _EVERYWHERE or route.state != "active":
        return False
    if isinstance(route.gateway, InternetGateway):
        return public
    return route.nat_gateway is None or route.nat_gateway.connectivity_type == "public"


def _endpoints(ec2: Any, vpc_id: str, table: Any) -> Iterator[str]:
    """The services that the VPC has endpoints for, by which the names of their APIs lead there: `ecr.api`."""
    for endpoint in ec2.vpc_end_points.values():
        if endpoint.vpc_id != vpc_id or endpoint.state != "available":
            continue
        private = str(endpoint.private_dns_enabled).lower() == "true"
        if private or table.id in (endpoint.route_table_ids or ()):
            yield endpoint.service_name.split(".", 3)[3]
