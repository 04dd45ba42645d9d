# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of service deployments and revisions, which moto does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.overlay.base import AwsError, Call, World, override
from sandbox.overlay.ecs.common import backend
from sandbox.overlay.ecs.model import Revision, Service, ServiceDeployment
from sandbox.overlay.ecs.services import find, services
from sandbox.overlay.ecs.views import deployment_brief, deployment_view, revision_view


class ServiceDeployments:
    """The operations on service deployments and revisions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def list_all(self, call: Call) -> Any:
        """ListServiceDeployments, newest first."""
        service = find(self._world, backend(call), call.get("cluster"), call.get("service"))
        if service.moto.status == "INACTIVE":
            raise AwsError("ServiceNotFoundException", "Service not found.")
        statuses = call.get("status") or []
        shown = [known for known in service.history if not statuses or known.status in statuses]
        return {"serviceDeployments": [deployment_brief(service, known) for known in shown]}

    def describe(self, call: Call) -> Any:
        """DescribeServiceDeployments."""
        known = {deployment.arn: (service, deployment) for service, deployment in self._deployments(call)}
        wanted = call.get("serviceDeploymentArns") or []
        return {
            "serviceDeployments": [deployment_view(*known[arn]) for arn in wanted if arn in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn not in known],
        }

    def revisions(self, call: Call) -> Any:
        """DescribeServiceRevisions."""
        known: dict[str, tuple[Service, Revision]] = {}
        for service, deployment in self._deployments(call):
            known[deployment.target.arn] = (service, deployment.target)
        wanted = call.get("serviceRevisionArns") or []
        return {
            "serviceRevisions": [revision_view(*known[arn]) for arn in wanted if arn in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn not in known],
        }

    def _deployments(self, call: Call) -> Iterator[tuple[Service, ServiceDeployment]]:
        for service in services(self._world, backend(call)).values():
            for deployment in service.history:
                yield service, deployment


def install(world: World) -> None:
    """Add service deployments."""
    deployments = ServiceDeployments(world)
    override(EC2ContainerServiceResponse, "ListServiceDeployments", deployments.list_all)
    override(EC2ContainerServiceResponse, "DescribeServiceDeployments", deployments.describe)
    override(EC2ContainerServiceResponse, "DescribeServiceRevisions", deployments.revisions)
