# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM roles of the service: options, and the least permissions that each role needs.

Sources: Developer Guide, "Amazon ECS task execution IAM role", "Amazon ECS task IAM role", "ECS Exec".
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import stack_names
from .._aws.limits import ECR_IMAGE, POLICY_ARN, ROLE_ARN
from .._aws.owner import Owner
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .._resources.role import RoleSpec
from .._resources.role_policy import ACCOUNT, allow, partition_of, policy, service_trust
from .spec_task import Task

EXECUTION: t.Final = "execution"
TASK: t.Final = "task"
# ECS assumes it to shift requests between two target groups.
SHIFT: t.Final = "shift"

_SERVICE: t.Final = "ecs-tasks.amazonaws.com"
_ECS: t.Final = "ecs.amazonaws.com"
_DESCRIBE: t.Final = tuple(
    f"elasticloadbalancing:Describe{what}" for what in ("Listeners", "Rules", "TargetGroups", "TargetHealth")
)
_TARGETS: t.Final = ("elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets")
_OWN_ACCOUNT: t.Final = {"aws:SourceAccount": ACCOUNT}
_ECR_PULL: t.Final = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_EXEC: t.Final = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
_ARNS: t.Final = {
    "execution_role_arn": ROLE_ARN,
    "task_role_arn": ROLE_ARN,
    "permissions_boundary_arn": POLICY_ARN,
    "task_policy_arns": POLICY_ARN,
}
_STATEMENT_KEYS: t.Final = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Roles:
    """Roles to create, or ARNs of existing ones. ``shift`` is for services with two target groups only."""

    execution: RoleSpec | str
    task: RoleSpec | str
    shift: RoleSpec


def parse_roles(
    params: t.Mapping[str, t.Any], owner: Owner, region: str, task: Task, *, log_group: str, execute_command: bool
) -> Roles:
    """All roles from a module's parameters. Raises SpecError."""
    _check_arns(params)
    execution = _execution_statements(params, region, task, log_group)
    own = _statements(params, "task_policy_statements")
    tasks = [*([allow(_EXEC, ["*"])] if execute_command else []), *own]
    shift = _shift_statements(owner, region, params["listener_arn"] or "")
    whose = f"{owner.component}, {owner.title}, {region}"

    def role(name: str, trust: t.Mapping[str, t.Any], statements: list[t.Any], description: str) -> RoleSpec:
        return RoleSpec(
            owner=owner,
            boundary=params["permissions_boundary_arn"],
            name=name,
            role_name=stack_names.role(owner, region, name),
            description=description,
            trust=trust,
            policies={name: policy(*statements)} if statements else {},
            attached=frozenset(params["task_policy_arns"] or ()) if name == TASK else frozenset(),
        )

    starts = service_trust(_SERVICE, {"StringEquals": _OWN_ACCOUNT})
    runs = service_trust(_SERVICE, _only_from(region))
    return Roles(
        execution=params["execution_role_arn"]
        or role(EXECUTION, starts, execution, f"Starts the tasks of {whose}: image, logs, secrets"),
        task=params["task_role_arn"] or role(TASK, runs, tasks, f"What the tasks of {whose} may do"),
        shift=role(SHIFT, service_trust(_ECS), shift, f"Shifts requests of {whose} from one release to the next"),
    )


def _shift_statements(owner: Owner, region: str, listener_arn: str) -> list[t.Mapping[str, t.Any]]:
    """The managed policy AmazonECSInfrastructureRolePolicyForLoadBalancers, limited to the service's own resources."""
    names = (stack_names.target_group(owner), stack_names.alternate_group(owner))
    elb = f"arn:{partition_of(region)}:elasticloadbalancing:{region}:{ACCOUNT}"
    rules = listener_arn.replace(":listener/", ":listener-rule/")
    return [
        allow(_DESCRIBE, ["*"]),
        allow(_TARGETS, [f"{elb}:targetgroup/{name}/*" for name in names]),
        allow(["elasticloadbalancing:ModifyListener"], [listener_arn]),
        allow(["elasticloadbalancing:ModifyRule"], [f"{rules}/*"]),
    ]


def _only_from(region: str) -> dict[str, t.Any]:
    """Prevents the confused deputy ("Amazon ECS task IAM role"). AWS documents no source ARN for the execution role."""
    return {
        "StringEquals": _OWN_ACCOUNT,
        "ArnLike": {"aws:SourceArn": f"arn:{partition_of(region)}:ecs:{region}:{ACCOUNT}:*"},
    }


def _execution_statements(
    params: t.Mapping[str, t.Any], region: str, task: Task, log_group: str
) -> list[t.Mapping[str, t.Any]]:
    partition = partition_of(region)
    logs = f"arn:{partition}:logs:{region}:{ACCOUNT}:log-group:{log_group}:*"
    statements: list[t.Mapping[str, t.Any]] = [allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logs])]
    repositories = _repositories(task, partition)
    if repositories:
        statements += [allow(["ecr:GetAuthorizationToken"], ["*"]), allow(_ECR_PULL, repositories)]
    secrets = [arn for container in task.containers for arn in container.secrets.values()]
    secrets += [item.repository_credentials for item in task.containers if item.repository_credentials]
    parameters = [arn for arn in secrets if ":ssm:" in arn]
    named = [_whole_secret(arn) for arn in secrets if ":ssm:" not in arn]
    if named:
        statements.append(allow(["secretsmanager:GetSecretValue"], named))
    if parameters:
        statements.append(allow(["ssm:GetParameters"], parameters))
    if params["secrets_kms_key_arns"]:
        statements.append(allow(["kms:Decrypt"], params["secrets_kms_key_arns"]))
    return [*statements, *_statements(params, "execution_policy_statements")]


def _repositories(task: Task, partition: str) -> list[str]:
    found = []
    for container in task.containers:
        if match := ECR_IMAGE.match(container.image):
            account, region, repository = match.groups()
            found.append(f"arn:{partition}:ecr:{region}:{account}:repository/{repository}")
        elif is_unknown(container.image):
            found.append(f"arn:{partition}:ecr:*:{ACCOUNT}:repository/*")
    return found


def _whole_secret(arn: str) -> str:
    """The ARN of the secret itself: valueFrom may append a JSON key, a stage and a version."""
    return arn if is_unknown(arn) else ":".join(arn.split(":")[:7])


def _statements(params: t.Mapping[str, t.Any], option: str) -> list[t.Mapping[str, t.Any]]:
    for statement in params[option] or ():
        strange = sorted(statement.keys() - _STATEMENT_KEYS)
        if strange:
            raise SpecError(option, f"{', '.join(strange)}: not in a statement of an identity policy.")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise SpecError(option, "every statement has to have Effect Allow or Deny.")
        if not statement.keys() & {"Action", "NotAction"} or not statement.keys() & {"Resource", "NotResource"}:
            raise SpecError(option, "every statement has to have Action and Resource.")
    return list(params[option] or ())


def _check_arns(params: t.Mapping[str, t.Any]) -> None:
    for option, pattern in _ARNS.items():
        given = params[option]
        for arn in given if isinstance(given, list) else [given]:
            if arn and not is_unknown(arn) and not pattern.fullmatch(arn):
                raise SpecError(option, f"{arn!r} is not such an ARN.")
