# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ecs_service against the local AWS, seen with boto3."""

from __future__ import annotations

import collections
import concurrent.futures
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown, unknown
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.ecs_service_world import (
    NAME,
    REGION,
    Surroundings,
    changed,
    container,
    healthy,
    make_surroundings,
    reasons,
    rules,
)

pytestmark = pytest.mark.once

LOG_GROUP = "/ecs/hello/dev/web"
ROLES = (f"{NAME}-{REGION}-execution", f"{NAME}-{REGION}-task")
EVERYTHING = {
    ("cluster", "main"),
    ("iam_role", "execution"),
    ("iam_role", "task"),
    ("listener_rule", "main"),
    ("log_group", "main"),
    ("security_group", "service"),
    ("service", "main"),
    ("target_group", "main"),
    ("task_definition", "main"),
}
FOREIGN_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
SECRET = f"arn:aws:secretsmanager:{REGION}:111111111111:secret:hello-AbCdEf"
PARAMETER = f"arn:aws:ssm:{REGION}:111111111111:parameter/hello"


@pytest.fixture
def surroundings(aws: Sandbox) -> Surroundings:
    return make_surroundings(aws)


class Deploy(t.Protocol):
    def __call__(self, *, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def deploy(run_job: RunJob, surroundings: Surroundings) -> Deploy:
    def run(*, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]:
        return run_job(LAYER.job, check_mode=check_mode, **{"wait_timeout": 60, **surroundings.options, **params})

    return run


@pytest.fixture
def destroy(run_job: RunJob) -> t.Callable[[], dict[str, t.Any]]:
    return lambda: run_job(LAYER.job, name="web", state="absent", wait_timeout=60)


def service_of(aws: Sandbox) -> dict[str, t.Any]:
    answer = aws.client("ecs").describe_services(cluster=NAME, services=[NAME], include=["TAGS"])
    found: dict[str, t.Any] = answer["services"][0]
    return found


def definition_of(aws: Sandbox, name: str = "") -> dict[str, t.Any]:
    arn = name or service_of(aws)["taskDefinition"]
    found: dict[str, t.Any] = aws.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return found


def everything(aws: Sandbox) -> dict[t.Any, t.Any]:
    """All resources of all accounts, without what comes about by itself: ECS's own role, a balancer's state."""
    found: dict[t.Any, t.Any] = {
        item.key: (item.tags, item.content)
        for item in aws.snapshot()
        if item.kind != "load_balancers" and "AWSServiceRoleFor" not in str(item)
    }
    return {**found, "rules": rules(aws)}


def test_a_dry_run_on_an_empty_account_is_complete_and_writes_nothing(aws: Sandbox, run_job: RunJob) -> None:
    mark = aws.requests.mark()
    result = run_job(
        LAYER.job,
        check_mode=True,
        vpc_id=unknown(REGION, "vpc/main"),
        subnet_ids=[unknown(REGION, "subnet/private-a"), unknown(REGION, "subnet/private-b")],
        alb_security_group_id=unknown(REGION, "security_group/alb"),
        listener_arn=unknown(REGION, "listener/http"),
        name="web",
        container_port=8080,
        containers=[container()],
    )
    assert changed(result) == EVERYTHING
    assert is_unknown(result["service_arn"])
    assert (result["service"], result["desired_count"], result["running_count"]) == (NAME, 2, 0)
    assert aws.requests.writes(mark) == []


def test_it_brings_up_a_service_and_waits_until_it_is_healthy(
    aws: Sandbox, deploy: Deploy, surroundings: Surroundings
) -> None:
    dry = deploy(check_mode=True)
    result = deploy()
    assert changed(result) == changed(dry) == EVERYTHING
    assert result.keys() == dry.keys()
    assert not is_unknown({key: value for key, value in result.items() if key not in ("diff", "changes")})
    assert (result["desired_count"], result["running_count"]) == (2, 2)
    assert healthy(aws) == 2
    service = service_of(aws)
    assert service["status"] == "ACTIVE"
    assert service["launchType"] == "FARGATE"
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert service["taskDefinition"] == result["task_definition_arn"]
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    assert network["assignPublicIp"] == "DISABLED"
    assert sorted(network["subnets"]) == sorted(surroundings.subnet_ids)
    assert network["securityGroups"] == [result["security_group_id"]]
    tags = {tag["key"]: tag["value"] for tag in service["tags"]}
    assert tags["ManagedBy"] == "everlook.failover"
    assert tags["Resource"] == "service/main"


def test_what_it_brings_along(aws: Sandbox, deploy: Deploy, surroundings: Surroundings) -> None:
    result = deploy(containers=[container(secrets={"A": SECRET})], execute_command=True)
    group = aws.client("logs").describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"][0]
    assert group["retentionInDays"] == 30
    cluster = aws.client("ecs").describe_clusters(clusters=[NAME], include=["SETTINGS"])["clusters"][0]
    assert {"name": "containerInsights", "value": "enabled"} in cluster["settings"]
    [rules] = aws.client("ec2").describe_security_groups(GroupIds=[result["security_group_id"]])["SecurityGroups"]
    [ingress] = rules["IpPermissions"]
    assert (ingress["IpProtocol"], ingress["FromPort"], ingress["ToPort"]) == ("tcp", 8080, 8080)
    assert ingress["IpRanges"] == []
    assert [pair["GroupId"] for pair in ingress["UserIdGroupPairs"]] == [surroundings.alb_security_group_id]
    iam = aws.client("iam")
    execution = iam.get_role_policy(RoleName=ROLES[0], PolicyName="execution")["PolicyDocument"]["Statement"]
    assert {resource for statement in execution for resource in statement["Resource"]} == {
        SECRET,
        f"arn:aws:logs:{REGION}:111111111111:log-group:{LOG_GROUP}:*",
    }
    task = iam.get_role_policy(RoleName=ROLES[1], PolicyName="task")["PolicyDocument"]["Statement"]
    assert all(action.startswith("ssmmessages:") for statement in task for action in statement["Action"])
    trust = iam.get_role(RoleName=ROLES[1])["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ["111111111111"]}
    definition = definition_of(aws)
    assert definition["executionRoleArn"] == result["execution_role_arn"]
    assert definition["taskRoleArn"] == result["task_role_arn"]
    options = definition["containerDefinitions"][0]["logConfiguration"]["options"]
    assert (options["awslogs-group"], options["awslogs-region"]) == (LOG_GROUP, REGION)


RICH: dict[str, t.Any] = {
    "cpu": 1024,
    "memory": 2048,
    "cpu_architecture": "ARM64",
    "ephemeral_storage": 40,
    "desired_count": 1,
    "log_retention_days": 0,
    "container_insights": "enhanced",
    "execute_command": True,
    "platform_version": "1.4.0",
    "propagate_tags": "task_definition",
    "managed_tags": False,
    "availability_zone_rebalancing": False,
    "minimum_healthy_percent": 0,
    "maximum_percent": 150,
    "rollback": False,
    "tags": {"Team": "web"},
    "task_policy_statements": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}],
    "task_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    "containers": [
        container(
            command=["run"],
            entry_point=["/bin/sh", "-c"],
            environment={"Z": "1", "A": 2, "M": True},
            secrets={"Y": SECRET, "B": PARAMETER},
            cpu=512,
            memory_reservation=512,
            memory=1024,
            port_mappings=[{"container_port": 9000, "protocol": "udp"}, {"container_port": 8080, "name": "http"}],
            health_check={"command": ["CMD-SHELL", "true"], "start_period": 10},
            depends_on=[{"container": "init", "condition": "success"}],
            readonly_root_filesystem=True,
            init_process=True,
            user="1000",
            working_directory="/srv",
            stop_timeout=60,
            ulimits=[{"name": "nofile", "soft": 100, "hard": 200}, {"name": "core", "soft": 0, "hard": 0}],
            docker_labels={"a": "b"},
            log_options={"mode": "non-blocking"},
        ),
        {"name": "init", "image": "busybox", "essential": False, "command": ["true"]},
    ],
}


@pytest.mark.parametrize("options", [{}, RICH], ids=["plain", "rich"])
def test_a_second_run_changes_nothing_and_asks_little(aws: Sandbox, deploy: Deploy, options: dict[str, t.Any]) -> None:
    first = deploy(**options)
    mark = aws.requests.mark()
    second = deploy(**options)
    assert second["changes"] == []
    assert {key: value for key, value in second.items() if key not in ("changed", "changes", "diff", "timeline")} == {
        key: value for key, value in first.items() if key not in ("changed", "changes", "diff", "timeline")
    }
    calls = aws.requests.since(mark)
    assert not [call for call in calls if call.write]
    assert len(calls) <= 19 + (options is RICH)
    assert deploy(check_mode=True, **options)["changed"] is False


def break_service(**changes: t.Any) -> t.Callable[[Sandbox], object]:
    return lambda aws: aws.client("ecs").update_service(cluster=NAME, service=NAME, **changes)


def break_group(aws: Sandbox) -> None:
    ec2 = aws.client("ec2")
    [group] = ec2.describe_security_groups(Filters=[{"Name": "tag:Resource", "Values": ["security_group/service"]}])[
        "SecurityGroups"
    ]
    anyone = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[anyone])


def untag(aws: Sandbox) -> None:
    service = service_of(aws)
    aws.client("ecs").untag_resource(resourceArn=service["serviceArn"], tagKeys=["Name"])


def another_revision(aws: Sandbox) -> None:
    found = definition_of(aws)
    found["containerDefinitions"][0]["image"] = "nginx:theirs"
    keys = ("family", "containerDefinitions", "cpu", "memory", "networkMode", "executionRoleArn", "taskRoleArn")
    request = {key: found[key] for key in (*keys, "requiresCompatibilities")}
    arn = aws.client("ecs").register_task_definition(**request)["taskDefinition"]["taskDefinitionArn"]
    break_service(taskDefinition=arn)(aws)


def drift(what: str, breaker: t.Callable[[Sandbox], object], *expected: tuple[str, str]) -> t.Any:
    return pytest.param(breaker, set(expected), id=what)


SERVICE, ROLE = ("service", "main"), ("iam_role", "task")
ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
DRIFTS = [
    drift(
        "log retention",
        lambda aws: aws.client("logs").put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=1),
        ("log_group", "main"),
    ),
    drift(
        "log group deleted",
        lambda aws: aws.client("logs").delete_log_group(logGroupName=LOG_GROUP),
        ("log_group", "main"),
    ),
    drift(
        "container insights",
        lambda aws: aws.client("ecs").update_cluster(
            cluster=NAME, settings=[{"name": "containerInsights", "value": "disabled"}]
        ),
        ("cluster", "main"),
    ),
    drift("security group", break_group, ("security_group", "service")),
    drift(
        "role's policy",
        lambda aws: aws.client("iam").put_role_policy(
            RoleName=ROLES[0], PolicyName="execution", PolicyDocument=ANYTHING
        ),
        ("iam_role", "execution"),
    ),
    drift(
        "another policy",
        lambda aws: aws.client("iam").put_role_policy(RoleName=ROLES[1], PolicyName="x", PolicyDocument=ANYTHING),
        ROLE,
    ),
    drift(
        "attached policy",
        lambda aws: aws.client("iam").attach_role_policy(
            RoleName=ROLES[1], PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
        ROLE,
    ),
    drift(
        "trust policy",
        lambda aws: aws.client("iam").update_assume_role_policy(RoleName=ROLES[1], PolicyDocument=FOREIGN_TRUST),
        ROLE,
    ),
    drift("role deleted", lambda aws: aws.client("iam").delete_role(RoleName=ROLES[1]), ROLE),
    drift("grace period", break_service(healthCheckGracePeriodSeconds=1), SERVICE),
    drift("ecs exec", break_service(enableExecuteCommand=True), SERVICE),
    drift("managed tags", break_service(enableECSManagedTags=False), SERVICE),
    drift("propagated tags", break_service(propagateTags="NONE"), SERVICE),
    drift("rebalancing", break_service(availabilityZoneRebalancing="DISABLED"), SERVICE),
    drift("platform version", break_service(platformVersion="1.3.0"), SERVICE),
    drift(
        "circuit breaker",
        break_service(deploymentConfiguration={"deploymentCircuitBreaker": {"enable": False, "rollback": False}}),
        SERVICE,
    ),
    drift(
        "percentages",
        break_service(deploymentConfiguration={"maximumPercent": 150, "minimumHealthyPercent": 50}),
        SERVICE,
    ),
    drift("load balancer", break_service(loadBalancers=[], healthCheckGracePeriodSeconds=0), SERVICE),
    drift("spot", break_service(capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}]), SERVICE),
    drift("tags", untag, SERVICE),
    drift("revision", another_revision, SERVICE, ("task_definition", "main")),
    drift(
        "revision deregistered",
        lambda aws: aws.client("ecs").deregister_task_definition(taskDefinition=f"{NAME}:1"),
        SERVICE,
        ("task_definition", "main"),
    ),
    drift(
        "service deleted",
        lambda aws: aws.client("ecs").delete_service(cluster=NAME, service=NAME, force=True),
        SERVICE,
    ),
]


@pytest.mark.parametrize(("breaker", "expected"), DRIFTS)
def test_drift_is_named_and_repaired_alone(
    aws: Sandbox, deploy: Deploy, breaker: t.Callable[[Sandbox], object], expected: t.Any
) -> None:
    deploy()
    breaker(aws)
    assert changed(deploy(check_mode=True)) == expected
    assert changed(deploy()) == expected
    assert healthy(aws) == 2
    assert deploy()["changes"] == []


def test_drift_of_the_network_is_repaired(aws: Sandbox, deploy: Deploy, surroundings: Surroundings) -> None:
    deploy()
    network = service_of(aws)["networkConfiguration"]["awsvpcConfiguration"]
    open_to_all = {**network, "assignPublicIp": "ENABLED", "subnets": network["subnets"][:1]}
    break_service(networkConfiguration={"awsvpcConfiguration": open_to_all})(aws)
    assert reasons(deploy()) == {"service": "differs in network"}
    repaired = service_of(aws)["networkConfiguration"]["awsvpcConfiguration"]
    assert repaired["assignPublicIp"] == "DISABLED"
    assert sorted(repaired["subnets"]) == sorted(surroundings.subnet_ids)


def test_a_new_image_is_a_new_revision_rolled_out(aws: Sandbox, deploy: Deploy) -> None:
    first = deploy()
    second = deploy(containers=[container(image="nginx:1.28")])
    assert changed(second) == {SERVICE, ("task_definition", "main")}
    assert reasons(second)["task_definition"] == "differs in containers.app.image"
    assert first["task_definition_arn"].endswith(":1")
    assert second["task_definition_arn"].endswith(":2")
    assert definition_of(aws)["containerDefinitions"][0]["image"] == "nginx:1.28"
    assert healthy(aws) == 2
    assert [item["status"] for item in service_of(aws)["deployments"]] == ["PRIMARY"]


def test_permissions_of_the_former_tasks_last_until_they_are_gone(aws: Sandbox, deploy: Deploy) -> None:
    deploy(containers=[container(secrets={"A": SECRET})])
    mark = aws.requests.mark()
    result = deploy(containers=[container(secrets={"A": PARAMETER})])
    assert ("iam_role_trim", "execution") in changed(result)
    order = [call.operation for call in aws.requests.writes(mark)]
    assert order[0] == "PutRolePolicy"
    assert order[-1] == "PutRolePolicy"
    assert order.count("PutRolePolicy") == 2
    policy = aws.client("iam").get_role_policy(RoleName=ROLES[0], PolicyName="execution")["PolicyDocument"]
    assert SECRET not in json.dumps(policy)
    assert PARAMETER in json.dumps(policy)


def test_values_of_the_environment_appear_nowhere(deploy: Deploy) -> None:
    first = deploy(containers=[container(environment={"PASSWORD": "hunter2-first"})])
    second = deploy(containers=[container(environment={"PASSWORD": "hunter2-second"})])
    with pytest.raises(FailoverError) as failed:
        deploy(containers=[container(image="nginx:broken", environment={"PASSWORD": "hunter2-third"})])
    assert "hunter2" not in json.dumps([first, second]) + str(failed.value)
    assert reasons(second)["task_definition"] == "differs in containers.app.environment.PASSWORD"


def test_a_rollout_that_is_rolled_back_fails_and_is_tried_again(aws: Sandbox, deploy: Deploy) -> None:
    first = deploy()
    broken = [container(image="nginx:broken")]
    with pytest.raises(FailoverError) as failed:
        deploy(containers=broken)
    message = str(failed.value)
    assert "was rolled back" in message
    assert "circuit breaker" in message
    assert "Last events: (service hello-dev-web)" in message
    assert f"at {NAME}:1" in message
    assert service_of(aws)["taskDefinition"] == first["task_definition_arn"]
    # The same image again is a new try of the same revision, and says so.
    again = deploy(check_mode=True, containers=broken)
    assert changed(again) == {SERVICE}
    assert f"{NAME}:2 was registered before but is not what runs; it is tried again" in reasons(again)["service"]
    with pytest.raises(FailoverError, match="was rolled back"):
        deploy(containers=broken)
    # The former image is what runs.
    assert deploy()["changes"] == []
    assert healthy(aws) == 2
    fixed = deploy(containers=[container(image="nginx:1.28")])
    assert fixed["task_definition_arn"].endswith(":3")


def test_a_first_rollout_that_fails_is_forced_again(aws: Sandbox, deploy: Deploy) -> None:
    broken = [container(image="nginx:broken")]
    with pytest.raises(FailoverError, match="Last events"):
        deploy(containers=broken)
    mark = aws.requests.mark()
    again = deploy(check_mode=True, containers=broken)
    assert changed(again) == {SERVICE}
    assert "its last rollout failed" in reasons(again)["service"]
    with pytest.raises(FailoverError, match="Last events"):
        deploy(containers=broken)
    assert [call.operation for call in aws.requests.writes(mark)] == ["UpdateService"]


def test_a_first_rollout_that_failed_is_mended_by_a_good_image(aws: Sandbox, deploy: Deploy) -> None:
    with pytest.raises(FailoverError):
        deploy(containers=[container(image="nginx:broken")])
    assert deploy()["running_count"] == 2
    assert healthy(aws) == 2
    assert deploy()["changes"] == []


def test_a_count_that_is_not_asked_for_is_left_to_whoever_scales(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    break_service(desiredCount=3)(aws)
    result = deploy()
    assert result["changes"] == []
    assert (result["desired_count"], result["running_count"]) == (3, 3)
    result = deploy(containers=[container(image="nginx:1.28")])
    assert result["desired_count"] == 3
    result = deploy(containers=[container(image="nginx:1.28")], desired_count=1)
    assert reasons(result) == {"service": "differs in desired_count"}
    assert (result["desired_count"], result["running_count"]) == (1, 1)


def test_without_waiting_the_rollout_is_left_for_later(deploy: Deploy) -> None:
    result = deploy(wait=False)
    assert result["pending"] == ["rollout/main"]
    assert deploy()["changes"] == []


def test_roles_that_exist_are_used_and_left_alone(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]]
) -> None:
    arn = aws.client("iam").create_role(RoleName="theirs", AssumeRolePolicyDocument=FOREIGN_TRUST)["Role"]["Arn"]
    result = deploy(execution_role_arn=arn, task_role_arn=arn)
    assert not {("iam_role", "execution"), ("iam_role", "task")} & changed(result)
    assert (result["execution_role_arn"], result["task_role_arn"]) == (arn, arn)
    assert deploy(execution_role_arn=arn, task_role_arn=arn)["changes"] == []
    destroy()
    assert aws.client("iam").get_role(RoleName="theirs")["Role"]["Arn"] == arn


def test_roles_of_ours_go_once_others_have_taken_their_place(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    iam = aws.client("iam")
    arn = iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=FOREIGN_TRUST)["Role"]["Arn"]
    mark = aws.requests.mark()
    result = deploy(execution_role_arn=arn, task_role_arn=arn)
    order = [call.operation for call in aws.requests.writes(mark)]
    assert {("iam_role", "execution"), ("iam_role", "task")} < changed(result)
    assert max(order.index("RegisterTaskDefinition"), order.index("UpdateService")) < order.index("DeleteRole")
    assert not {role["RoleName"] for role in iam.list_roles()["Roles"]} & set(ROLES)
    assert deploy(execution_role_arn=arn, task_role_arn=arn)["changes"] == []
    assert {("iam_role", "execution"), ("iam_role", "task")} < changed(deploy())


def test_absent_leaves_nothing_and_present_works_at_once(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]]
) -> None:
    before = everything(aws)
    deploy()
    deploy(containers=[container(image="nginx:1.28")])
    result = destroy()
    assert changed(result) == EVERYTHING
    assert everything(aws) == before
    mark = aws.requests.mark()
    assert destroy()["changes"] == []
    assert aws.requests.writes(mark) == []
    deploy()
    assert healthy(aws) == 2


def test_absent_in_check_mode_writes_nothing(aws: Sandbox, deploy: Deploy, run_job: RunJob) -> None:
    deploy()
    before = everything(aws)
    mark = aws.requests.mark()
    assert changed(run_job(LAYER.job, name="web", check_mode=True, state="absent")) == EVERYTHING
    assert aws.requests.writes(mark) == []
    assert everything(aws) == before


def look_alikes(aws: Sandbox, surroundings: Surroundings) -> dict[str, t.Callable[[], object]]:
    return {
        "log_group": lambda: aws.client("logs").create_log_group(logGroupName=LOG_GROUP),
        "cluster": lambda: aws.client("ecs").create_cluster(clusterName=NAME),
        "task_definition": lambda: aws.client("ecs").register_task_definition(
            family=NAME, containerDefinitions=[{"name": "app", "image": "theirs", "memory": 64}]
        ),
        "iam_role/execution": lambda: aws.client("iam").create_role(
            RoleName=ROLES[0], AssumeRolePolicyDocument=FOREIGN_TRUST
        ),
        "iam_role/task": lambda: aws.client("iam").create_role(
            RoleName=ROLES[1], AssumeRolePolicyDocument=FOREIGN_TRUST
        ),
        "target group": lambda: aws.client("elbv2").create_target_group(
            Name=NAME, Protocol="HTTP", Port=8080, VpcId=surroundings.vpc_id, TargetType="ip"
        ),
        "security_group": lambda: aws.client("ec2").create_security_group(
            GroupName=NAME, Description="theirs", VpcId=surroundings.vpc_id
        ),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "log_group",
        "cluster",
        "task_definition",
        "iam_role/execution",
        "iam_role/task",
        "target group",
        "security_group",
    ],
)
def test_what_is_not_ours_is_neither_used_nor_changed_nor_deleted(
    aws: Sandbox,
    deploy: Deploy,
    destroy: t.Callable[[], dict[str, t.Any]],
    surroundings: Surroundings,
    kind: str,
) -> None:
    look_alikes(aws, surroundings)[kind]()
    before = everything(aws)
    with pytest.raises(ConflictError, match=kind):
        deploy()
    assert destroy()["changes"] == []
    assert everything(aws) == before


# The writes of a deployment and of a destroy, and how many of each; the first test holds the lists to the truth.
DEPLOY_WRITES = {
    "CreateLogGroup": 1,
    "PutRetentionPolicy": 1,
    "CreateCluster": 1,
    "CreateRole": 2,
    "PutRolePolicy": 1,
    "CreateSecurityGroup": 1,
    "AuthorizeSecurityGroupIngress": 1,
    "CreateTargetGroup": 1,
    "ModifyTargetGroupAttributes": 1,
    "CreateRule": 1,
    "UpdateSecurityGroupRuleDescriptionsEgress": 1,
    "RegisterTaskDefinition": 1,
    "CreateService": 1,
}
DESTROY_WRITES = {
    "DeleteService": 1,
    "DeleteRule": 1,
    "DeleteTargetGroup": 1,
    "DeleteCluster": 1,
    "DeregisterTaskDefinition": 1,
    "DeleteTaskDefinitions": 1,
    "DeleteLogGroup": 1,
    "DeleteRolePolicy": 1,
    "DeleteRole": 2,
    "DeleteSecurityGroup": 1,
}


def each(writes: dict[str, int]) -> list[tuple[str, int]]:
    return [(operation, nth) for operation, count in writes.items() for nth in range(1, count + 1)]


def identities(aws: Sandbox) -> list[tuple[str, ...]]:
    """What is ours, with the logical name it is tagged with."""
    found = [item for item in aws.snapshot() if item.tags.get("Stack") == "hello"]
    named = [(item.service, item.kind, item.tags["Resource"]) for item in found if item.kind != "tasks"]
    return sorted([*named, *(("elbv2", "rules", rule["Tags"]["Resource"]) for rule in rules(aws))])


def succeeded(aws: Sandbox, mark: int) -> dict[str, int]:
    return dict(collections.Counter(call.operation for call in aws.requests.writes(mark) if call.status < 400))


def test_the_writes_of_a_deployment_and_a_destroy(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]]
) -> None:
    mark = aws.requests.mark()
    deploy()
    assert succeeded(aws, mark) == DEPLOY_WRITES
    mark = aws.requests.mark()
    destroy()
    assert succeeded(aws, mark) == DESTROY_WRITES


@pytest.mark.parametrize(("operation", "nth"), each(DEPLOY_WRITES))
def test_a_deployment_survives_the_loss_of_any_answer(aws: Sandbox, deploy: Deploy, operation: str, nth: int) -> None:
    with aws.cut(after=True, operation=operation, nth=nth) as fault:
        deploy()
        assert fault.fired == 1
    assert deploy()["changes"] == []
    found = identities(aws)
    assert len(set(found)) == len(found) >= len(EVERYTHING)


@pytest.mark.parametrize(("operation", "nth"), each(DESTROY_WRITES))
def test_a_destroy_survives_the_loss_of_any_answer(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]], operation: str, nth: int
) -> None:
    before = everything(aws)
    deploy()
    with aws.cut(after=True, operation=operation, nth=nth) as fault:
        destroy()
        assert fault.fired == 1
    assert destroy()["changes"] == []
    assert everything(aws) == before


@pytest.mark.parametrize(("operation", "nth"), each(DEPLOY_WRITES))
def test_a_deployment_that_is_refused_halfway_is_finished_by_the_next(
    aws: Sandbox, deploy: Deploy, operation: str, nth: int
) -> None:
    with (
        aws.fail("AccessDeniedException", operation=operation, nth=nth, count=100),
        pytest.raises(FailoverError, match="AccessDenied"),
    ):
        deploy()
    deploy()
    assert deploy()["changes"] == []
    found = identities(aws)
    assert len(set(found)) == len(found) >= len(EVERYTHING)


@pytest.mark.parametrize(("operation", "nth"), each(DESTROY_WRITES))
def test_a_destroy_that_is_refused_halfway_is_finished_by_the_next(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]], operation: str, nth: int
) -> None:
    before = everything(aws)
    deploy()
    with (
        aws.fail("AccessDeniedException", operation=operation, nth=nth, count=100),
        pytest.raises(FailoverError, match="AccessDenied"),
    ):
        destroy()
    destroy()
    assert everything(aws) == before


def test_two_runs_at_once_end_converged(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]]
) -> None:
    before = everything(aws)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for run in [pool.submit(deploy) for _ in range(2)]:
            run.result()
        assert deploy()["changes"] == []
        # Each may have registered a revision: those are never used twice.
        found = [item for item in identities(aws) if item[-1] != "task_definition/main"]
        assert len(set(found)) == len(found)
        for run in [pool.submit(destroy) for _ in range(2)]:
            run.result()
    assert everything(aws) == before


def test_a_run_that_meets_an_unfinished_rollout_waits_for_it(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    deploy(wait=False, containers=[container(image="nginx:1.28")])
    result = deploy(containers=[container(image="nginx:1.28")])
    assert result["changes"] == []
    assert service_of(aws)["deployments"][0]["rolloutState"] == "COMPLETED"
    assert healthy(aws) == 2


def test_a_run_that_meets_an_unfinished_rollout_which_fails_says_so(deploy: Deploy) -> None:
    deploy()
    broken = [container(image="nginx:broken")]
    deploy(wait=False, containers=broken)
    with pytest.raises(FailoverError, match="rolled back"):
        deploy(containers=broken)


def test_the_service_linked_role_of_a_new_account_is_made(aws: Sandbox, deploy: Deploy) -> None:
    refusal = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
    with aws.fail("InvalidParameterException", refusal, operation="CreateService", count=1) as fault:
        assert deploy()["running_count"] == 2
        assert fault.fired == 1
