# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of service deployments and revisions, which moto does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.ecs.common import failures, invalid
from sandbox.overlay.ecs.model import Revision, Service, ServiceDeployment
from sandbox.overlay.ecs.scheduler import Scheduler
from sandbox.overlay.ecs.services import service_of, services
from sandbox.overlay.ecs.views import deployment_view, revision_view


@corrects(EC2ContainerServiceResponse, "ListServiceDeployments")
def list_all(call: Call) -> Any:
    """ListServiceDeployments, newest first."""
    service = service_of(call)
    if service.moto.status == "INACTIVE":
        raise AwsError("ServiceNotFoundException", "Service not found.")
    statuses = call.get("status") or []
    shown = [known for known in service.history if not statuses or known.status in statuses]
    return {"serviceDeployments": [deployment_view(service, known) for known in shown]}


@corrects(EC2ContainerServiceResponse, "DescribeServiceDeployments")
def _describe(call: Call) -> Any:
    known = {deployment.arn: (service, deployment) for service, deployment in _deployments(call)}
    wanted = call.get("serviceDeploymentArns") or []
    return {
        "serviceDeployments": [deployment_view(*known[arn]) for arn in wanted if arn in known],
        "failures": failures(call, "", (arn for arn in wanted if arn not in known)),
    }


@corrects(EC2ContainerServiceResponse, "StopServiceDeployment")
def _stop(call: Call) -> Any:
    """StopServiceDeployment: back to the former revision, even if the service has no automatic rollback."""
    arn, how = call.get("serviceDeploymentArn"), call.get("stopType") or "ROLLBACK"
    found = next((each for each in _deployments(call) if each[1].arn == arn), None)
    if found is None:
        raise AwsError("ServiceDeploymentNotFoundException", "Service deployment not found.")
    service, deployment = found
    # "The valid values are ROLLBACK": the model has ABORT as well.
    if how != "ROLLBACK":
        raise invalid(f"Invalid stop type: {how}")
    if deployment.status not in ("PENDING", "IN_PROGRESS") or deployment.rollout is None:
        raise AwsError("ConflictException", f"The service deployment is {deployment.status} and cannot be stopped.")
    Scheduler(call.world).stop(service, deployment.rollout)
    return {"serviceDeploymentArn": arn}


@corrects(EC2ContainerServiceResponse, "DescribeServiceRevisions")
def _revisions(call: Call) -> Any:
    known: dict[str, tuple[Service, Revision]] = {}
    for service, deployment in _deployments(call):
        known[deployment.target.arn] = (service, deployment.target)
    wanted = call.get("serviceRevisionArns") or []
    return {
        "serviceRevisions": [revision_view(*known[arn]) for arn in wanted if arn in known],
        "failures": failures(call, "", (arn for arn in wanted if arn not in known)),
    }


def _deployments(call: Call) -> Iterator[tuple[Service, ServiceDeployment]]:
    for service in services(call).values():
        for deployment in service.history:
            yield service, deployment
