# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles of the tasks: options, and the least that each has to be allowed.

Sources: Developer Guide, "Amazon ECS task execution IAM role", "Amazon ECS task IAM role", "ECS Exec".
"""

from __future__ import annotations

import dataclasses
import re
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
# By which ECS shifts requests between two target groups.
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
_STATEMENT_KEYS: t.Final = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Roles:
    """For each of the first two, a role to make, or the ARN of one that exists already.

    :param shift: of a service with two target groups.
    """

    execution: RoleSpec | str
    task: RoleSpec | str
    shift: RoleSpec


def parse_roles(
    params: t.Mapping[str, t.Any], owner: Owner, region: str, task: Task, *, log_group: str, execute_command: bool
) -> Roles:
    """Both roles from a module's parameters. Raises SpecError."""
    for option in ("execution_role_arn", "task_role_arn"):
        _check_arn(params[option], ROLE_ARN, option)
    _check_arn(params["permissions_boundary_arn"], POLICY_ARN, "permissions_boundary_arn")
    for arn in params["task_policy_arns"] or ():
        _check_arn(arn, POLICY_ARN, "task_policy_arns")
    execution = _execution_statements(params, region, task, log_group)
    own = _statements(params, "task_policy_statements")
    tasks = [*([allow(_EXEC, ["*"])] if execute_command else []), *own]
    common = {"owner": owner, "boundary": params["permissions_boundary_arn"]}
    return Roles(
        execution=params["execution_role_arn"]
        or RoleSpec(
            **common,
            name=EXECUTION,
            role_name=stack_names.role(owner, region, EXECUTION),
            description=f"Starts the tasks of {owner.component}, {owner.title}, {region}: image, logs, secrets",
            trust=service_trust(_SERVICE, {"StringEquals": _OWN_ACCOUNT}),
            policies={EXECUTION: policy(*execution)},
        ),
        task=params["task_role_arn"]
        or RoleSpec(
            **common,
            name=TASK,
            role_name=stack_names.role(owner, region, TASK),
            description=f"What the tasks of {owner.component}, {owner.title}, {region} may do",
            trust=service_trust(_SERVICE, _only_from(region)),
            policies={TASK: policy(*tasks)} if tasks else {},
            attached=frozenset(params["task_policy_arns"] or ()),
        ),
        shift=RoleSpec(
            **common,
            name=SHIFT,
            role_name=stack_names.role(owner, region, SHIFT),
            description=f"Shifts requests of {owner.component}, {owner.title}, {region} from one release to the next",
            trust=service_trust(_ECS),
            policies={SHIFT: policy(*_shift_statements(owner, region, params["listener_arn"] or ""))},
        ),
    )


def _shift_statements(owner: Owner, region: str, listener_arn: str) -> list[t.Mapping[str, t.Any]]:
    """What the managed policy AmazonECSInfrastructureRolePolicyForLoadBalancers allows, of the service's own."""
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
    """Against the confused deputy ("Amazon ECS task IAM role"). For the execution role no page names a source ARN."""
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
    """The ARN of the secret itself: valueFrom may name a JSON key, a stage and a version behind it."""
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


def _check_arn(arn: str | None, pattern: re.Pattern[str], option: str) -> None:
    if arn and not is_unknown(arn) and not pattern.fullmatch(arn):
        raise SpecError(option, f"{arn!r} is not such an ARN.")
