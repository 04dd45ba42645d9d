# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters as a user gives them, and the account as it is once they have been applied."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.options import OPTIONS, REQUIRED_IF
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources import (
    task_definition_document as document,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.cluster import (
    FIELDS as CLUSTER_FIELDS,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.cluster import (
    PROVIDERS,
    Cluster,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.listener_rule import (
    FIELDS as RULE_FIELDS,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.listener_rule import ListenerRule
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service import (
    Deployment,
    Service,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_fields import (
    FIELDS,
    wanted_values,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.target_group import TargetGroup
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.task_definition import (
    TaskDefinition,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec import Spec, parse
from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._engine.options import LAYER_OPTIONS
from ansible_collections.everlook.failover.plugins.module_utils._resources.log_group import LogGroup
from ansible_collections.everlook.failover.plugins.module_utils._resources.role import Role, RoleSpec, wanted
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import SecurityGroup

REGION = "us-east-1"
ACCOUNT = "111111111111"
VPC = "vpc-0a1"
NAME = "hello-dev-web"
_ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
TARGET_GROUP = f"{_ELB}:targetgroup/{NAME}/0123456789abcdef"
LOAD_BALANCER = f"{_ELB}:loadbalancer/app/hello-dev/0123456789abcdef"
LISTENER = f"{_ELB}:listener/app/hello-dev/0123456789abcdef/0123456789abcdef"
RULE = f"{_ELB}:listener-rule/app/hello-dev/0123456789abcdef/0123456789abcdef/0123456789abcdef"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:hello-AbCdEf"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/hello/token"
CONTAINER: dict[str, t.Any] = {"name": "app", "image": "nginx:1.27", "port_mappings": [{"container_port": 8080}]}


def params(**changes: t.Any) -> dict[str, t.Any]:
    """Validated parameters, with Ansible's defaults."""
    given = {
        "stack": "hello",
        "environment": "dev",
        "name": "web",
        "vpc_id": VPC,
        "subnet_ids": ["subnet-0b", "subnet-0a"],
        "alb_security_group_id": "sg-0a1b",
        "listener_arn": LISTENER,
        "container_port": 8080,
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
                for key in ("environment", "secrets", "ulimits", "dependsOn", "mountPoints")
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
        "volumes": [{"host": {}, **item} for item in reversed(document.get("volumes", []))],
        "placementConstraints": [],
        "compatibilities": ["EC2", "FARGATE"],
        "requiresAttributes": [{"name": "ecs.capability.task-eni"}],
        "enableFaultInjection": False,
        "registeredBy": f"arn:aws:iam::{ACCOUNT}:user/deployer",
    }


def role_of(spec: RoleSpec) -> Role:
    return Role(role_name=spec.role_name, arn=role_arn(spec.role_name), settings=wanted(spec, ACCOUNT), tags=spec.tags)


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def definition_of(spec: Spec, revision: int = 1) -> TaskDefinition:
    roles = spec.wanted.roles
    request = document.request(
        spec,
        execution_role_arn=roles.execution if isinstance(roles.execution, str) else role_arn(roles.execution.role_name),
        task_role_arn=roles.task if isinstance(roles.task, str) else role_arn(roles.task.role_name),
    )
    answer = answered(request, revision)
    return TaskDefinition(
        arn=answer["taskDefinitionArn"],
        status="ACTIVE",
        document=document.canonical(answer),
        tags=spec.owner.tags("task_definition/main"),
    )


def service_of(spec: Spec, revision: TaskDefinition, **changes: t.Any) -> Service:
    values = {
        "desired_count": 2,
        **wanted_values(
            spec.wanted.service,
            task_definition=revision.arn,
            security_group_id="sg-0service",
            target_group_arn=TARGET_GROUP,
        ),
    }
    answer: dict[str, t.Any] = {**field.write_new(FIELDS, values), "launchType": "FARGATE"}
    service = Service(
        arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{NAME}/{NAME}",
        draining=False,
        task_definition_arn=revision.arn,
        desired_count=values["desired_count"],
        running_count=values["desired_count"],
        deployment=Deployment(task_definition_arn=revision.arn, rollout="COMPLETED", reason=""),
        values=field.read(FIELDS, answer),
        tags=spec.owner.tags("service/main"),
    )
    return dataclasses.replace(service, **changes)


def target_group_of(spec: Spec) -> TargetGroup | None:
    if spec.routing is None:
        return None
    return TargetGroup(
        arn=TARGET_GROUP,
        values=dict(spec.routing.target_group.values),
        load_balancer_arns=(LOAD_BALANCER,),
        tags=spec.owner.tags("target_group/main"),
    )


def rules_of(spec: Spec) -> tuple[ListenerRule, ...]:
    """The rule as AWS answers with it: values in another order, the action in full."""
    if spec.routing is None:
        return ()
    wanted = spec.routing.rule
    conditions = [
        {"Field": name, "Values": list(reversed(values)), config: {"Values": list(reversed(values))}}
        for name, config, values in (
            ("path-pattern", "PathPatternConfig", wanted.paths),
            ("host-header", "HostHeaderConfig", wanted.hosts),
        )
        if values
    ]
    groups = [{"TargetGroupArn": TARGET_GROUP, "Weight": 1}]
    config = {"TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": False}}
    action = {"Type": "forward", "TargetGroupArn": TARGET_GROUP, "ForwardConfig": config, "Order": 1}
    rule = ListenerRule(
        arn=RULE,
        listener_arn=wanted.listener_arn,
        priority=wanted.priority,
        values=field.read(RULE_FIELDS, {"Conditions": conditions, "Actions": [action]}),
        tags=spec.owner.tags("listener_rule/main"),
    )
    return (rule,)


def applied(spec: Spec) -> Snapshot:
    """The account once the spec has been applied."""
    wanted = spec.wanted
    revision = definition_of(spec)
    roles = wanted.roles
    rules = rules_of(spec)
    insights = [{"name": "containerInsights", "value": wanted.container_insights}]
    return Snapshot(
        log_group=LogGroup(
            name=spec.log_group_name,
            arn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{spec.log_group_name}",
            retention_days=wanted.log_group.retention_days,
            kms_key_arn=wanted.log_group.kms_key_arn,
            tags=spec.owner.tags(wanted.log_group.address),
        ),
        cluster=Cluster(
            name=NAME,
            arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{NAME}",
            values=field.read(
                (*CLUSTER_FIELDS, PROVIDERS), {"settings": insights, "capacityProviders": _providers(spec)}
            ),
            tags=spec.owner.tags("cluster/main"),
        ),
        current=revision,
        latest=revision,
        service=service_of(spec, revision),
        group=SecurityGroup(
            id="sg-0service",
            name=wanted.group.group_name,
            vpc_id=wanted.group.vpc_id,
            tags=wanted.group.tags,
            rules=wanted.group.rules,
        ),
        execution_role=role_of(roles.execution) if isinstance(roles.execution, RoleSpec) else None,
        task_role=role_of(roles.task) if isinstance(roles.task, RoleSpec) else None,
        target_group=target_group_of(spec),
        rules=rules,
        rule_arn=rules[0].arn if rules else "",
    )


def _providers(spec: Spec) -> list[str]:
    return ["FARGATE", "FARGATE_SPOT"] if spec.wanted.service.spot else []


def as_seen_for_deletion(snapshot: Snapshot) -> Snapshot:
    """What is read when everything should go."""
    return dataclasses.replace(
        snapshot,
        revisions=tuple(item for item in (snapshot.current,) if item),
        groups=tuple(item for item in (snapshot.group,) if item),
        group=None,
    )
