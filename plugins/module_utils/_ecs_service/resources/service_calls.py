# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service in ECS: reads and writes."""

from __future__ import annotations

import datetime as dt
import json
import typing as t
import uuid

from ..._aws import stack_names
from ..._aws.changes import Creation
from ..._aws.owner import Owner
from ..._engine.aws_errors import ClientError, unless
from ..._engine.context import Context
from ..._engine.errors import ConflictError
from ..._engine.field import read, write, write_new
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from ..._engine.retry import retry_each
from .ecs_calls import ecs_tags, tags_of
from .service import ADDRESS, DRAINED_KIND, KIND, RULE, SECURITY_GROUP, Deployment, Service, ServiceUpdate
from .service_deployments_calls import list_deployments
from .service_fields import FIELDS, primary
from .service_rollout import ADDRESS as ROLLOUT
from .target_group import ADDRESS as TARGET_GROUP
from .target_group import ALTERNATE, SHIFT_ROLE
from .task_definition import ADDRESS as DEFINITION

_LINKED_ROLE: t.Final = "service linked role"
_NOT_IDEMPOTENT: t.Final = "not idempotent"
# (error code, part of its message): ECS's answers while a new resource is not known everywhere yet.
_NOT_YET: t.Final = (
    ("InvalidParameterException", _LINKED_ROLE),
    ("InvalidParameterException", "nable to assume"),
    ("InvalidParameterException", "does not have an associated load balancer"),
    ("InvalidParameterException", "ecurity group"),
    ("InvalidParameterException", "raining"),
    ("InvalidParameterException", "not associated with the cluster"),
    ("ClientException", "nable to assume"),
    ("ClusterNotFoundException", ""),
)
_NOT_YET_SECONDS: t.Final = 60.0
_GONE: t.Final = frozenset({"ServiceNotFoundException", "ServiceNotActiveException", "ClusterNotFoundException"})


def describe_service(ctx: Context, name: str) -> dict[str, t.Any] | None:
    """DescribeServices' answer for a service in the cluster of the same name; None if it is missing or INACTIVE."""
    ecs = ctx.client("ecs")
    answer = unless(
        {"ClusterNotFoundException"}, lambda: ecs.describe_services(cluster=name, services=[name], include=["TAGS"])
    )
    services = answer.get("services", ()) if answer else ()
    return next((item for item in services if item.get("status") != "INACTIVE"), None)


def find_service(ctx: Context, name: str) -> Service | None:
    """The service, or None."""
    found = describe_service(ctx, name)
    return _parse(found) if found else None


def note_counts(known: Known, service: t.Mapping[str, t.Any]) -> None:
    """Keep the service's counts for the module's return values."""
    known.put(ADDRESS, desired=str(service["desiredCount"]), running=str(service["runningCount"]))


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the service, and the account's service-linked role for ECS if there is none yet."""
    data: Creation = change.data
    ecs, name = ctx.client("ecs"), stack_names.service(data.owner)
    request = {
        "cluster": name,
        "serviceName": name,
        # A strategy takes the place of a launch type.
        **({} if data.values["capacity_provider_strategy"] else {"launchType": "FARGATE"}),
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "clientToken": uuid.uuid4().hex,
        "tags": ecs_tags(data.tags),
        **write_new(FIELDS, _resolved(data.values, known)),
    }

    def make() -> t.Any:
        try:
            return ecs.create_service(**request)
        except ClientError as error:
            if _LINKED_ROLE in str(error):
                _create_linked_role(ctx)
            raise

    try:
        created = retry_each(ctx, make, _NOT_YET, timeout=_NOT_YET_SECONDS)["service"]
    except ClientError as error:
        if _NOT_IDEMPOTENT not in str(error):
            raise
        created = _made_by_another(ctx, name, data.owner, change.address)
    known.put(change.address, id=created["serviceArn"])
    note_counts(known, created)
    # Deployments of a former service of this name stay listed. If ECS leaves out createdAt: AWS accepts calls from
    # clocks that are off by up to five minutes.
    created_at = created.get("createdAt") or dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    known.put(ROLLOUT, since=created_at.isoformat())


def update(ctx: Context, change: Change, known: Known) -> None:
    """Repair fields and tags; note the former deployments, to recognise the new one."""
    data: ServiceUpdate = change.data
    ecs = ctx.client("ecs")
    if data.tags:
        ecs.tag_resource(resourceArn=data.arn, tags=ecs_tags(data.tags))
    if data.deploys:
        former = list_deployments(ctx, data.name)
        known.put(ROLLOUT, former=json.dumps([deployment.arn for deployment in former]))
    if not data.values and not data.force:
        return
    request = {
        "cluster": data.name,
        "service": data.name,
        **write(FIELDS, _resolved(data.values, known)),
        **({"forceNewDeployment": True} if data.force else {}),
    }
    answer = retry_each(ctx, lambda: ecs.update_service(**request), _NOT_YET, timeout=_NOT_YET_SECONDS)
    note_counts(known, answer["service"])


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Stop all tasks and delete the service: ``force`` does both (ECS API, DeleteService)."""
    ecs = ctx.client("ecs")
    unless(_GONE, lambda: ecs.delete_service(cluster=change.data, service=change.data, force=True))


def wait_drained(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """Until the service is INACTIVE."""
    found = describe_service(ctx, wait.data)
    if found is None:
        return None
    return f"{found['status']}, {found['runningCount'] + found['pendingCount']} tasks left"


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete, waits={DRAINED_KIND: wait_drained})


def _parse(found: t.Mapping[str, t.Any]) -> Service:
    return Service(
        arn=found["serviceArn"],
        draining=found["status"] == "DRAINING",
        task_definition_arn=found.get("taskDefinition", ""),
        desired_count=found["desiredCount"],
        running_count=found["runningCount"],
        deployment=_deployment(found),
        values=read(FIELDS, found),
        tags=tags_of(found),
    )


def _deployment(service: t.Mapping[str, t.Any]) -> Deployment | None:
    found = primary(service)
    if not found:
        return None
    return Deployment(
        task_definition_arn=found.get("taskDefinition", ""),
        rollout=found.get("rolloutState") or "",
        reason=found.get("rolloutStateReason") or "",
    )


def _resolved(values: t.Mapping[str, t.Any], known: Known) -> dict[str, t.Any]:
    """With the IDs of what this run has created in place of the plan's placeholders."""
    resolved = dict(values)
    if "task_definition" in resolved and known.has(DEFINITION):
        resolved["task_definition"] = known.get(DEFINITION)
    if "network" in resolved:
        resolved["network"] = {**resolved["network"], "security_groups": [known.get(SECURITY_GROUP)]}
    if resolved.get("load_balancers"):
        resolved["load_balancers"] = [_balanced(item, known) for item in resolved["load_balancers"]]
    return resolved


def _balanced(item: t.Mapping[str, t.Any], known: Known) -> dict[str, t.Any]:
    pair: t.Any = item["shifts_traffic"]
    if pair:
        pair = {"alternate": known.get(ALTERNATE), "rule": known.get(RULE), "role": known.get(SHIFT_ROLE, "arn")}
    return {**item, "target_group": known.get(TARGET_GROUP), "shifts_traffic": pair}


def _create_linked_role(ctx: Context) -> None:
    """Developer Guide, "Using service-linked roles for Amazon ECS": a new account has none."""
    iam = ctx.client("iam")
    # InvalidInput: it exists already ("has been taken in this account").
    unless({"InvalidInput"}, lambda: iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com"))


def _made_by_another(ctx: Context, name: str, owner: Owner, address: str) -> t.Mapping[str, t.Any]:
    found = describe_service(ctx, name)
    if found is None or not owner.owns(tags_of(found)):
        raise ConflictError(f"{address}: a service {name} that belongs to someone else appeared meanwhile.")
    return found
