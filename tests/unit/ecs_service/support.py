# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters as a user gives them, and the account as it is once they have been applied."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service import definition, fields
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.options import OPTIONS, REQUIRED_IF
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import (
    Cluster,
    Deployment,
    Service,
    Snapshot,
    TaskDefinition,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec import Spec, parse
from ansible_collections.everlook.failover.plugins.module_utils._engine.options import LAYER_OPTIONS
from ansible_collections.everlook.failover.plugins.module_utils._resources.log_group import LogGroup
from ansible_collections.everlook.failover.plugins.module_utils._resources.role import Role, RoleSpec, wanted
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import SecurityGroup

REGION = "us-east-1"
ACCOUNT = "111111111111"
VPC = "vpc-0a1"
TARGET_GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/hello-dev/0123456789abcdef"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:hello-AbCdEf"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/hello/token"
CONTAINER: dict[str, t.Any] = {"name": "app", "image": "nginx:1.27", "port_mappings": [{"container_port": 8080}]}


def params(**changes: t.Any) -> dict[str, t.Any]:
    """Validated parameters, with Ansible's defaults."""
    given = {
        "stack": "hello",
        "environment": "dev",
        "vpc_id": VPC,
        "subnet_ids": ["subnet-0b", "subnet-0a"],
        "alb_security_group_id": "sg-0a1b",
        "target_group_arn": TARGET_GROUP,
        "containers": [CONTAINER],
        **changes,
    }
    # Validation fills in defaults in place, and the containers of a test share parts.
    given = json.loads(json.dumps(given))
    validated = ArgumentSpecValidator({**LAYER_OPTIONS, **OPTIONS}, required_if=list(REQUIRED_IF)).validate(given)
    assert not validated.error_messages, validated.error_messages
    result: dict[str, t.Any] = validated.validated_parameters
    return result


def spec_of(**changes: t.Any) -> Spec:
    return parse(params(**changes), REGION)


def container(**changes: t.Any) -> dict[str, t.Any]:
    return {**CONTAINER, **changes}


def answered(document: t.Mapping[str, t.Any], revision: int = 1) -> dict[str, t.Any]:
    """A registered task definition as ECS describes it: defaults filled in, lists in another order."""
    containers = [
        {
            "cpu": 0,
            "mountPoints": [],
            "volumesFrom": [],
            "systemControls": [],
            "portMappings": [],
            "environment": [],
            "secrets": [],
            **item,
            **{
                key: list(reversed(item[key]))
                for key in ("environment", "secrets", "ulimits", "dependsOn")
                if key in item
            },
            "logConfiguration": {**item["logConfiguration"], "secretOptions": []},
        }
        for item in document["containerDefinitions"]
    ]
    return {
        **document,
        "taskDefinitionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{document['family']}:{revision}",
        "revision": revision,
        "status": "ACTIVE",
        "containerDefinitions": list(reversed(containers)),
        "volumes": [],
        "placementConstraints": [],
        "compatibilities": ["EC2", "FARGATE"],
        "requiresAttributes": [{"name": "ecs.capability.task-eni"}],
        "enableFaultInjection": False,
        "registeredBy": f"arn:aws:iam::{ACCOUNT}:user/deployer",
    }


def role_of(spec: RoleSpec) -> Role:
    settings = wanted(spec, ACCOUNT)
    return Role(
        role_name=spec.role_name,
        arn=role_arn(spec.role_name),
        description=settings.description,
        trust=settings.trust,
        policies=settings.policies,
        attached=settings.attached,
        boundary=settings.boundary,
        session_seconds=settings.session_seconds,
        tags=spec.tags,
    )


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def definition_of(spec: Spec, revision: int = 1) -> TaskDefinition:
    assert spec.desired is not None
    roles = spec.desired.roles
    request = definition.request(
        spec,
        execution_role_arn=roles.execution if isinstance(roles.execution, str) else role_arn(roles.execution.role_name),
        task_role_arn=roles.task if isinstance(roles.task, str) else role_arn(roles.task.role_name),
    )
    answer = answered(request, revision)
    return TaskDefinition(
        arn=answer["taskDefinitionArn"],
        status="ACTIVE",
        document=definition.canonical(answer),
        tags=spec.owner.tags("task_definition/main"),
    )


def service_of(spec: Spec, revision: TaskDefinition, **changes: t.Any) -> Service:
    assert spec.desired is not None
    values = {
        "desired_count": 2,
        **fields.wanted(spec.desired.service, task_definition=revision.arn, security_group_id="sg-0service"),
    }
    answer: dict[str, t.Any] = {**fields.write(values, creating=True), "launchType": "FARGATE"}
    service = Service(
        arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/hello-dev/hello-dev",
        draining=False,
        task_definition_arn=revision.arn,
        desired_count=values["desired_count"],
        running_count=values["desired_count"],
        deployment=Deployment(task_definition_arn=revision.arn, rollout="COMPLETED", reason=""),
        fields=fields.read(answer),
        tags=spec.owner.tags("service/main"),
    )
    return dataclasses.replace(service, **changes)


def applied(spec: Spec) -> Snapshot:
    """The account once the spec has been applied."""
    desired = spec.desired
    assert desired is not None
    revision = definition_of(spec)
    roles = desired.roles
    return Snapshot(
        log_group=LogGroup(
            name=spec.names.log_group,
            arn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{spec.names.log_group}",
            retention_days=desired.log_group.retention_days,
            kms_key_arn=desired.log_group.kms_key_arn,
            tags=spec.owner.tags("log_group/main"),
        ),
        cluster=Cluster(
            name=spec.names.cluster,
            arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{spec.names.cluster}",
            container_insights=desired.container_insights,
            tags=spec.owner.tags("cluster/main"),
        ),
        current=revision,
        latest=revision,
        service=service_of(spec, revision),
        group=SecurityGroup(
            id="sg-0service",
            name=desired.group.group_name,
            vpc_id=desired.group.vpc_id,
            tags=desired.group.tags,
            rules=desired.group.rules,
        ),
        execution_role=role_of(roles.execution) if isinstance(roles.execution, RoleSpec) else None,
        task_role=role_of(roles.task) if isinstance(roles.task, RoleSpec) else None,
    )


def as_seen_for_deletion(snapshot: Snapshot) -> Snapshot:
    """What is read when everything should go."""
    return dataclasses.replace(
        snapshot,
        revisions=tuple(item for item in (snapshot.current,) if item),
        groups=tuple(item for item in (snapshot.group,) if item),
        group=None,
    )
