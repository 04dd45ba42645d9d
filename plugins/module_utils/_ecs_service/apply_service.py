# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes to the service."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
import typing as t
import uuid

from .._engine.aws_errors import error_code
from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.known import Known
from .._engine.plan import Change, Wait
from .._engine.retry import retry
from . import fields
from .apply import ecs_tags
from .deployments import list_deployments
from .observe import describe_service, read_service
from .rollout import note_counts
from .spec import Spec
from .steps import DEFINITION, ROLLOUT, SECURITY_GROUP, Drained, ServiceCreation, ServiceUpdate

with contextlib.suppress(ImportError):  # see clients.py
    import botocore.exceptions as botocore_errors

_LINKED_ROLE: t.Final = "service linked role"
_NOT_IDEMPOTENT: t.Final = "not idempotent"
# (error code, part of its message): what ECS says while something that was just made is not known everywhere.
_NOT_YET: t.Final = (
    ("InvalidParameterException", _LINKED_ROLE),
    ("InvalidParameterException", "nable to assume"),
    ("InvalidParameterException", "does not have an associated load balancer"),
    ("InvalidParameterException", "ecurity group"),
    ("InvalidParameterException", "raining"),
    ("ClientException", "nable to assume"),
    ("ClusterNotFoundException", ""),
)
_NOT_YET_SECONDS: t.Final = 60.0


def create_service(ctx: Context, change: Change, known: Known) -> None:
    """Create the service, and the account's service-linked role for ECS if nobody has yet."""
    data: ServiceCreation = change.data
    names, ecs = data.spec.names, ctx.client("ecs")
    request = {
        "cluster": names.cluster,
        "serviceName": names.service,
        "launchType": "FARGATE",
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "clientToken": uuid.uuid4().hex,
        "tags": ecs_tags(data.spec.owner.tags(change.address)),
        **fields.write(_resolved(data.values, known), creating=True),
    }

    def create() -> t.Any:
        try:
            return ecs.create_service(**request)
        except botocore_errors.ClientError as error:
            if _LINKED_ROLE in str(error):
                _create_linked_role(ctx)
            raise

    try:
        created = _when_known(ctx, create)["service"]
    except botocore_errors.ClientError as error:
        if _NOT_IDEMPOTENT not in str(error):
            raise
        created = _made_by_another(ctx, data.spec, change.address)
    known.put(change.address, id=created["serviceArn"])
    note_counts(known, created)
    # Deployments of a former service of this name stay listed.
    # Left out, it is that of the call: AWS accepts none from a clock that is off by more than five minutes.
    created_at = created.get("createdAt") or dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    known.put(ROLLOUT, since=created_at.isoformat())


def update_service(ctx: Context, change: Change, known: Known) -> None:
    """Repair fields and tags; remember what there was of deployments, to know the new one."""
    data: ServiceUpdate = change.data
    names, ecs = data.spec.names, ctx.client("ecs")
    if data.tags:
        ecs.tag_resource(resourceArn=data.arn, tags=ecs_tags(data.tags))
    if data.deploys:
        former = list_deployments(ctx, names.cluster, names.service)
        known.put(ROLLOUT, former=json.dumps([deployment.arn for deployment in former]))
    if not data.values and not data.force:
        return
    request: dict[str, t.Any] = {
        "cluster": names.cluster,
        "service": names.service,
        **fields.write(_resolved(data.values, known)),
    }
    if data.force:
        request["forceNewDeployment"] = True
    note_counts(known, _when_known(ctx, lambda: ecs.update_service(**request))["service"])


def delete_service(ctx: Context, change: Change, known: Known) -> None:
    """Scale to nothing and delete: ``force`` is both (ECS API, DeleteService)."""
    data: Drained = change.data
    try:
        ctx.client("ecs").delete_service(cluster=data.cluster, service=data.service, force=True)
    except botocore_errors.ClientError as error:
        if error_code(error) not in ("ServiceNotFoundException", "ServiceNotActiveException"):
            raise
    known.forget(change.address)


def wait_drained(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """Until the service is INACTIVE."""
    data: Drained = wait.data
    found = describe_service(ctx, data.cluster, data.service)
    if found is None:
        return None
    return f"{found['status']}, {found['runningCount'] + found['pendingCount']} tasks left"


def _resolved(values: t.Mapping[str, t.Any], known: Known) -> dict[str, t.Any]:
    """With what this run has made in place of the plan's placeholders."""
    resolved = dict(values)
    if "task_definition" in resolved and known.has(DEFINITION):
        resolved["task_definition"] = known.get(DEFINITION)
    if "network" in resolved:
        resolved["network"] = {**resolved["network"], "security_groups": [known.get(SECURITY_GROUP)]}
    return resolved


def _when_known(ctx: Context, call: t.Callable[[], t.Any]) -> t.Any:
    for code, text in _NOT_YET:
        call = functools.partial(retry, ctx, call, codes={code}, containing=text, timeout=_NOT_YET_SECONDS)
    return call()


def _create_linked_role(ctx: Context) -> None:
    """Developer Guide, "Using service-linked roles for Amazon ECS": a new account has none."""
    try:
        ctx.client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    except botocore_errors.ClientError as error:
        # It is there already: "has been taken in this account".
        if error_code(error) != "InvalidInput":
            raise


def _made_by_another(ctx: Context, spec: Spec, address: str) -> t.Mapping[str, t.Any]:
    found = describe_service(ctx, spec.names.cluster, spec.names.service)
    service = read_service(ctx, spec.names.cluster, spec.names.service)
    if found is None or service is None or not spec.owner.owns(service.tags):
        raise ConflictError(f"{address}: a service {spec.names.service} that is not ours appeared meanwhile.")
    return found
