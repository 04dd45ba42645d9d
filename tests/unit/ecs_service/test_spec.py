# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec_service import Service
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec_task import FARGATE_MEMORY
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import unknown
from ansible_collections.everlook.failover.plugins.module_utils._resources.role import RoleSpec
from ansible_collections.everlook.failover.plugins.module_utils._resources.role_policy import ACCOUNT
from tests.unit.ecs_service.support import PARAMETER, REGION, SECRET, container, spec_of

HEALTH = {"command": ["CMD-SHELL", "curl -f localhost"]}
ALL_SIZES = [(cpu, memory) for cpu, memories in FARGATE_MEMORY.items() for memory in memories]


def service_of(**changes: t.Any) -> Service:
    return spec_of(**changes).wanted.service


def role_of(kind: str, **changes: t.Any) -> RoleSpec:
    role = getattr(spec_of(**changes).wanted.roles, kind)
    assert isinstance(role, RoleSpec)
    return role


def allowed(role: RoleSpec) -> dict[str, list[str]]:
    """Action → resources."""
    return {
        action: statement["Resource"]
        for document in role.policies.values()
        for statement in document["Statement"]
        for action in statement["Action"]
    }


def test_names_carry_stack_environment_service_and_for_roles_the_region() -> None:
    spec = spec_of()
    assert spec.routing
    assert (spec.name, spec.routing.target_group.target_group_name, spec.log_group_name) == (
        "hello-dev-web",
        "hello-dev-web",
        "/ecs/hello/dev/web",
    )
    assert role_of("execution").role_name == f"hello-dev-web-{REGION}-execution"
    assert role_of("task").role_name == f"hello-dev-web-{REGION}-task"


def test_long_names_of_roles_fit_into_iam() -> None:
    execution, task = (role_of(kind, stack="a" * 32, environment="b" * 32).role_name for kind in ("execution", "task"))
    assert len(execution) <= 64
    assert len(task) <= 64
    assert execution != task


@pytest.mark.parametrize(("cpu", "memory"), ALL_SIZES)
def test_every_size_fargate_has_is_accepted(cpu: int, memory: int) -> None:
    assert spec_of(cpu=cpu, memory=memory).wanted.task.memory == memory


# The corners of AWS's table, written down again here.
@pytest.mark.parametrize(
    ("cpu", "least", "most", "step"),
    [
        (512, 1024, 4096, 1024),
        (1024, 2048, 8192, 1024),
        (2048, 4096, 16384, 1024),
        (4096, 8192, 30720, 1024),
        (8192, 16384, 61440, 4096),
        (16384, 32768, 122880, 8192),
    ],
)
def test_sizes_end_where_aws_ends_them(cpu: int, least: int, most: int, step: int) -> None:
    assert FARGATE_MEMORY[cpu][0] == least
    assert FARGATE_MEMORY[cpu][-1] == most
    assert FARGATE_MEMORY[cpu][1] == least + step
    for memory in (least - step, least + 1, most + step):
        with pytest.raises(SpecError, match="memory: "):
            spec_of(cpu=cpu, memory=memory)


REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"cpu": 300}, "cpu: Fargate has no tasks of 300"),
    ({"cpu": 256, "memory": 4096}, "memory: 4096 MiB do not go with 256"),
    ({"ephemeral_storage": 20}, "ephemeral_storage: has to be 21 to 200"),
    ({"ephemeral_storage": 201}, "ephemeral_storage"),
    ({"operating_system": "WINDOWS_SERVER_2022_CORE"}, "cpu: Windows"),
    (
        {"operating_system": "WINDOWS_SERVER_2022_CORE", "cpu": 1024, "memory": 2048, "cpu_architecture": "ARM64"},
        "cpu_architecture",
    ),
    ({"containers": []}, "containers: a task has 1 to 10"),
    ({"containers": [container(), container()]}, "containers: two containers have the same name"),
    ({"containers": [container(essential=False)]}, "containers: none is essential"),
    ({"containers": [container(), container(name="b")]}, "containers: two containers map the same port"),
    ({"containers": [container(cpu=512)]}, "cpu: the containers want 512"),
    ({"containers": [container(memory=1024)]}, "memory: the containers want 1024"),
    (
        {"containers": [container(memory_reservation=400), container(name="b", port_mappings=[], memory=200)]},
        "memory: the containers want 600",
    ),
    ({"containers": [container(name="a b")]}, r"containers\[a b\].name"),
    ({"containers": [container(image="")]}, "image"),
    ({"containers": [container(image="nginx latest")]}, "image: 'nginx latest' is not an image"),
    ({"containers": [container(environment={"1A": "x"})]}, "cannot be the name of an environment variable"),
    ({"containers": [container(environment={"A": ["x"]})]}, "environment.A: is neither text"),
    ({"containers": [container(environment={"A": None})]}, "environment.A: is neither text"),
    ({"containers": [container(environment={"A": "x"}, secrets={"A": SECRET})]}, "A: also in environment"),
    ({"containers": [container(secrets={"A": "hunter2"})]}, "secrets.A: is not an ARN"),
    ({"containers": [container(repository_credentials="me:pw")]}, "repository_credentials: is not an ARN"),
    ({"containers": [container(memory=100, memory_reservation=100)]}, "memory_reservation: has to be less"),
    ({"containers": [container(memory=5)]}, "memory: 5 MiB is too little"),
    ({"containers": [container(stop_timeout=121)]}, "stop_timeout: 121 s is out of range"),
    ({"containers": [container(start_timeout=1)]}, "start_timeout: 1 s is out of range"),
    ({"containers": [container(health_check={"command": ["curl", "x"]})]}, "health_check.command"),
    ({"containers": [container(health_check={**HEALTH, "interval": 4})]}, "health_check.interval"),
    ({"containers": [container(health_check={**HEALTH, "timeout": 61})]}, "health_check.timeout"),
    ({"containers": [container(health_check={**HEALTH, "retries": 0})]}, "health_check.retries"),
    ({"containers": [container(health_check={**HEALTH, "start_period": 301})]}, "health_check.start_period"),
    ({"containers": [container(ulimits=[{"name": "files", "soft": 1, "hard": 2}])]}, "'files' is not a limit"),
    ({"containers": [container(ulimits=[{"name": "nofile", "soft": 3, "hard": 2}])]}, "soft is more than hard"),
    ({"containers": [container(log_options={"awslogs-group": "x"})]}, "awslogs-group: set by the module"),
    ({"containers": [container(port_mappings=[{"container_port": 0}])]}, "0 is out of range"),
    ({"containers": [container(port_mappings=[{"container_port": 80}, {"container_port": 80}])]}, "the same port"),
    (
        {"containers": [container(port_mappings=[{"container_port": 80, "app_protocol": "http"}])]},
        "app_protocol without name",
    ),
    ({"containers": [container(depends_on=[{"container": "b"}])]}, "'b' is not another container"),
    ({"containers": [container(depends_on=[{"container": "app"}])]}, "'app' is not another container"),
    (
        {
            "containers": [
                container(depends_on=[{"container": "b", "condition": "healthy"}]),
                container(name="b", port_mappings=[]),
            ]
        },
        "b has no health_check",
    ),
    (
        {
            "containers": [
                container(depends_on=[{"container": "b", "condition": "success"}]),
                container(name="b", port_mappings=[]),
            ]
        },
        "b is essential",
    ),
    (
        {
            "containers": [
                container(depends_on=[{"container": "b"}]),
                container(name="b", port_mappings=[], depends_on=[{"container": "app"}]),
            ]
        },
        "containers: wait for each other",
    ),
    ({"containers": [container(port_mappings=[])]}, "container_port: no container maps TCP port 8080"),
    ({"container_port": 81}, "no container maps TCP port 81"),
    ({"container_name": "web"}, "container_name: 'web' is not among"),
    ({"desired_count": -1}, "desired_count: cannot be negative"),
    ({"health_check_grace_period": -1}, "health_check_grace_period"),
    ({"minimum_healthy_percent": 101}, "minimum_healthy_percent"),
    ({"maximum_percent": 201}, "maximum_percent"),
    ({"maximum_percent": 100, "minimum_healthy_percent": 50}, "availability_zone_rebalancing"),
    ({"maximum_percent": 100, "availability_zone_rebalancing": False}, "could neither start nor stop"),
    ({"desired_count": 1, "maximum_percent": 150}, "of 1 tasks, 1 have to stay healthy and at most 1 may run"),
    ({"desired_count": 3, "maximum_percent": 130, "minimum_healthy_percent": 70}, "of 3 tasks, 3 have to stay"),
    ({"vpc_id": "vpc"}, "vpc_id: 'vpc' is not of the form"),
    ({"subnet_ids": []}, "subnet_ids: has to name 1 to 16"),
    ({"subnet_ids": ["subnet-0a", "subnet-0a"]}, "subnet_ids: .* each once"),
    ({"subnet_ids": ["subnet-0a", "x"]}, "subnet_ids: 'x'"),
    ({"alb_security_group_id": "sg"}, "alb_security_group_id"),
    ({"listener_arn": "arn:aws:elasticloadbalancing:x"}, "listener_arn"),
    ({"platform_version": "1.4"}, "platform_version"),
    ({"log_kms_key_arn": "alias/x"}, "log_kms_key_arn"),
    # CloudWatch Logs would answer with the key behind it, at every run.
    ({"log_kms_key_arn": f"arn:aws:kms:{REGION}:111111111111:alias/x"}, "log_kms_key_arn"),
    ({"execution_role_arn": "role"}, "execution_role_arn: 'role' is not such an ARN"),
    ({"task_role_arn": "role"}, "task_role_arn"),
    ({"task_policy_arns": ["ReadOnlyAccess"]}, "task_policy_arns"),
    ({"permissions_boundary_arn": "x"}, "permissions_boundary_arn"),
    ({"task_policy_statements": [{"Effect": "Allow", "Action": "s3:*"}]}, "has to have Action and Resource"),
    ({"task_policy_statements": [{"Effect": "Maybe", "Action": "s3:*", "Resource": "*"}]}, "Allow or Deny"),
    (
        {"execution_policy_statements": [{"Effect": "Allow", "Action": "a:b", "Resource": "*", "Principal": "*"}]},
        "execution_policy_statements: Principal",
    ),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_aws_would_refuse_is_refused_before_the_first_call(changes: dict[str, t.Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        spec_of(**changes)


@pytest.mark.parametrize("value", [["hunter2"], {"pw": "hunter2"}, None])
def test_a_refused_value_of_the_environment_is_not_told(value: object) -> None:
    with pytest.raises(SpecError) as refused:
        spec_of(containers=[container(environment={"PASSWORD": value})])
    assert "hunter2" not in str(refused.value)


def test_a_secret_written_in_place_of_its_arn_is_not_told() -> None:
    with pytest.raises(SpecError) as refused:
        spec_of(containers=[container(secrets={"PASSWORD": "hunter2"})])
    assert "hunter2" not in str(refused.value)


def test_values_of_the_environment_are_text_in_yaml_s_spelling() -> None:
    desired = spec_of(containers=[container(environment={"A": 1, "B": True, "C": "x", "D": ""})]).wanted
    assert desired.task.containers[0].environment == {"A": "1", "B": "true", "C": "x", "D": ""}


def test_ids_that_do_not_exist_yet_are_accepted() -> None:
    listener = unknown(REGION, "listener/http")
    spec = spec_of(
        vpc_id=unknown(REGION, "vpc/main"),
        subnet_ids=[unknown(REGION, "subnet/private-a"), unknown(REGION, "subnet/private-b")],
        alb_security_group_id=unknown(REGION, "security_group/alb"),
        listener_arn=listener,
    )
    assert spec.routing is not None
    assert spec.routing.rule.listener_arn == listener


def test_the_load_balanced_port_need_not_be_said_when_there_is_one() -> None:
    service = service_of(containers=[container(), container(name="sidecar", port_mappings=[])])
    assert (service.container_name, service.container_port) == ("app", 8080)


def test_the_load_balanced_port_can_be_chosen() -> None:
    containers = [container(), container(name="web", port_mappings=[{"container_port": 80}, {"container_port": 81}])]
    service = service_of(containers=containers, container_name="web", container_port=81)
    assert (service.container_name, service.container_port) == ("web", 81)


def test_only_the_load_balancer_may_connect() -> None:
    desired = spec_of().wanted
    ingress = [rule for rule in desired.group.rules if rule.direction == "ingress"]
    assert [(rule.protocol, rule.from_port, rule.to_port, rule.peer.value) for rule in ingress] == [
        ("tcp", 8080, 8080, "sg-0a1b")
    ]


def test_the_execution_role_may_write_this_log_group_and_nothing_else() -> None:
    logs = [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/hello/dev/web:*"]
    assert allowed(role_of("execution")) == {"logs:CreateLogStream": logs, "logs:PutLogEvents": logs}


def test_the_execution_role_may_pull_exactly_the_repositories_named() -> None:
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/hello@sha256:" + "a" * 64
    role = allowed(role_of("execution", containers=[container(image=image)], allow_other_regions=True))
    assert role["ecr:BatchGetImage"] == ["arn:aws:ecr:eu-west-1:123456789012:repository/team/hello"]
    assert role["ecr:GetAuthorizationToken"] == ["*"]


def test_the_execution_role_may_read_exactly_the_secrets_named() -> None:
    key = f"arn:aws:kms:{REGION}:111111111111:key/1"
    role = allowed(
        role_of(
            "execution",
            containers=[container(secrets={"A": f"{SECRET}:password::", "B": PARAMETER})],
            secrets_kms_key_arns=[key],
        )
    )
    assert role["secretsmanager:GetSecretValue"] == [SECRET]
    assert role["ssm:GetParameters"] == [PARAMETER]
    assert role["kms:Decrypt"] == [key]


def test_the_task_role_may_nothing_by_default_and_only_ecs_of_this_account_may_assume_it() -> None:
    role = role_of("task")
    assert role.policies == {}
    assert role.trust["Statement"][0]["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_only_tasks_of_this_account_get_the_execution_role() -> None:
    assert role_of("execution").trust["Statement"][0]["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@pytest.mark.parametrize(
    "image",
    [
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1",
        "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/team/app@sha256:" + "0" * 64,
        "123456789012.dkr-ecr.us-east-1.on.aws/team/app",
    ],
)
def test_every_spelling_of_a_registry_may_be_pulled_from(image: str) -> None:
    pull = allowed(role_of("execution", containers=[container(image=image)]))
    assert pull["ecr:BatchGetImage"] == ["arn:aws:ecr:us-east-1:123456789012:repository/team/app"]


def test_empty_text_is_as_none() -> None:
    """ECS forgets it: a revision that asked for it would never be found again."""
    empty = {"user": "", "working_directory": "", "repository_credentials": ""}
    assert spec_of(containers=[container(**empty)]) == spec_of()


def test_ecs_exec_opens_its_channels_and_no_more() -> None:
    assert set(allowed(role_of("task", execute_command=True))) == {
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }


def test_the_user_s_statements_and_policies_come_on_top() -> None:
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::hello/*"]}
    role = role_of("task", task_policy_statements=[statement], task_policy_arns=["arn:aws:iam::aws:policy/A"])
    assert allowed(role) == {"s3:GetObject": ["arn:aws:s3:::hello/*"]}
    assert role.attached == {"arn:aws:iam::aws:policy/A"}


def test_existing_roles_are_used_as_they_are() -> None:
    arn = "arn:aws:iam::111111111111:role/theirs"
    desired = spec_of(execution_role_arn=arn, task_role_arn=arn).wanted
    assert (desired.roles.execution, desired.roles.task) == (arn, arn)


def test_absent_needs_no_more_than_whose() -> None:
    nothing = dict.fromkeys(("vpc_id", "subnet_ids", "alb_security_group_id", "listener_arn", "containers"))
    spec = spec_of(state="absent", **nothing)
    assert spec.absent
    assert spec.routing is None


_ELSEWHERE = "eu-west-1"
_FOREIGN: list[tuple[str, dict[str, t.Any]]] = [
    (
        "containers[app].image",
        {"containers": [container(image="1" * 12 + ".dkr.ecr.eu-west-1.amazonaws.com/team/app:1")]},
    ),
    ("containers[app].secrets.A", {"containers": [container(secrets={"A": SECRET.replace(REGION, _ELSEWHERE)})]}),
    ("containers[app].secrets.B", {"containers": [container(secrets={"B": PARAMETER.replace(REGION, _ELSEWHERE)})]}),
    (
        "containers[app].repository_credentials",
        {"containers": [container(repository_credentials=SECRET.replace(REGION, _ELSEWHERE))]},
    ),
    ("secrets_kms_key_arns", {"secrets_kms_key_arns": [f"arn:aws:kms:{_ELSEWHERE}:{ACCOUNT}:key/1"]}),
]


@pytest.mark.parametrize(("option", "changes"), _FOREIGN, ids=[option for option, _changes in _FOREIGN])
def test_no_task_needs_another_region_to_start(option: str, changes: dict[str, t.Any]) -> None:
    with pytest.raises(SpecError) as raised:
        spec_of(**changes)
    assert raised.value.option == option
    assert "is in eu-west-1, without which no task could start" in str(raised.value)
    (warning,) = spec_of(**changes, allow_other_regions=True).warnings
    assert warning == f"{option} is in eu-west-1, without which no task can start."


def test_what_is_in_no_region_or_in_its_own_is_nothing_to_tell() -> None:
    secrets = {"A": SECRET, "B": PARAMETER, "C": unknown(REGION, "secret/main")}
    image = "1" * 12 + ".dkr.ecr.us-east-1.amazonaws.com/team/app:1"
    assert spec_of(containers=[container(secrets=secrets, image=image)]).warnings == ()
    assert spec_of(containers=[container(image="public.ecr.aws/nginx/nginx:1.27")]).warnings == ()
