# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services run what they should, and rollouts end as AWS's do."""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import Any

import pytest

from tests.sandbox.overlay.ecs_helpers import NAME, Platform, addresses
from tests.sandbox.overlay.helpers import refused

LONG = 20.0
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})
DIGEST = f"sha256:{hashlib.sha256(MANIFEST.encode()).hexdigest()}"


def states(platform: Platform) -> list[tuple[str, str, int]]:
    return [
        (known["status"], known["rolloutState"], known["desiredCount"]) for known in platform.describe()["deployments"]
    ]


def messages(platform: Platform) -> str:
    return "\n".join(event["message"] for event in platform.describe()["events"])


def statuses(platform: Platform) -> list[str]:
    return [known["status"] for known in platform.deployments()]


def test_tasks_are_pending_then_running_then_healthy(platform: Platform) -> None:
    created = platform.create()
    assert (created["status"], created["runningCount"], created["pendingCount"]) == ("ACTIVE", 0, 2)
    assert {task["lastStatus"] for task in platform.tasks()} == {"PENDING"}
    assert platform.health() == {}
    platform.local.passes("task_start", 1.1)
    tasks = platform.tasks()
    assert {task["lastStatus"] for task in tasks} == {"RUNNING"}
    assert platform.health() == dict.fromkeys(addresses(tasks), "initial")
    assert states(platform) == [("PRIMARY", "IN_PROGRESS", 2)]
    platform.time_passes(2)
    assert platform.health() == dict.fromkeys(addresses(tasks), "healthy")
    assert states(platform) == [("PRIMARY", "COMPLETED", 2)]
    service = platform.describe()
    assert (service["runningCount"], service["pendingCount"]) == (2, 0)
    for words in ("has started 2 tasks: (task ", "has reached a steady state.", "deployment completed."):
        assert words in messages(platform)


def test_nobody_needs_to_ask_in_between(platform: Platform) -> None:
    platform.create()
    platform.local.time += LONG
    assert states(platform) == [("PRIMARY", "COMPLETED", 2)]
    assert set(platform.health().values()) == {"healthy"}


def test_tasks_have_interfaces_in_the_services_subnets(platform: Platform) -> None:
    platform.create()
    filters = [{"Name": "group-id", "Values": [platform.group_id]}]
    ec2 = platform.local.client("ec2")
    interfaces = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert {known["SubnetId"] for known in interfaces} == set(platform.subnet_ids)
    assert {known["PrivateIpAddress"] for known in interfaces} == addresses(platform.tasks())
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=platform.group_id)


def test_an_update_replaces_the_tasks_without_a_gap(platform: Platform) -> None:
    platform.create()
    platform.time_passes(2)
    former = addresses(platform.tasks())
    definition = platform.register("hello:2")
    updated = platform.update(taskDefinition=definition)
    assert [known["status"] for known in updated["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert updated["taskDefinition"] == definition
    for _ in range(30):
        platform.time_passes(0.1)
        assert list(platform.health().values()).count("healthy") >= 2
    assert states(platform) == [("PRIMARY", "COMPLETED", 2)]
    assert {task["taskDefinitionArn"] for task in platform.tasks()} == {definition}
    assert not former & set(platform.health())
    assert statuses(platform) == ["SUCCESSFUL", "SUCCESSFUL"]


def test_old_targets_drain(platform: Platform) -> None:
    platform.create()
    platform.time_passes(2)
    former = addresses(platform.tasks())
    platform.update(forceNewDeployment=True)
    platform.time_passes(1.3)
    assert {platform.health()[address] for address in former} == {"draining"}


@pytest.mark.parametrize(("image", "port"), [("hello:2", 9090), ("hello:broken", 8080)])
def test_another_port_is_a_rollout_within_the_target_group(platform: Platform, image: str, port: int) -> None:
    """UpdateService, loadBalancers: ECS "starts new tasks with the updated Elastic Load Balancing configuration".

    CreateTargetGroup, Port: used "unless you specify a port override when registering the target", which ECS does. A
    rollback goes back to the former revision, of which the load balancers are a part (ServiceRevision).
    """
    platform.create()
    platform.time_passes(2)
    container = {"name": "app", "image": image, "portMappings": [{"containerPort": 9090}]}
    definition = platform.register(containerDefinitions=[container])
    balancers = [known | {"containerPort": 9090} for known in platform.balancers]
    platform.update(taskDefinition=definition, loadBalancers=balancers)
    for _ in range(50):
        platform.time_passes(0.1)
        assert list(platform.health().values()).count("healthy") >= 2
    elb = platform.local.client("elbv2")
    targets = elb.describe_target_health(TargetGroupArn=platform.target_group)["TargetHealthDescriptions"]
    assert [known["Target"]["Port"] for known in targets] == [port, port]
    assert [known["containerPort"] for known in platform.describe()["loadBalancers"]] == [port]


def test_a_broken_image_is_rolled_back(platform: Platform) -> None:
    created = platform.create()
    platform.time_passes(2)
    broken = platform.register("registry.example.com/team/hello:broken")
    platform.update(taskDefinition=broken)
    seen: list[str] = []
    for _ in range(50):
        platform.time_passes(0.1)
        seen.append(statuses(platform)[0])
    assert list(dict.fromkeys(seen)) == ["IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]
    service = platform.describe()
    (deployment,) = service["deployments"]
    # The stock waiter is content with this: nothing but the service deployment says that it failed.
    assert (service["runningCount"], deployment["rolloutState"]) == (2, "COMPLETED")
    assert deployment["id"] == created["deployments"][0]["id"]
    assert service["taskDefinition"] == created["taskDefinition"]
    assert set(platform.health().values()) == {"healthy"}
    assert statuses(platform) == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    for words in ("is unhealthy in (target-group ", "deployment failed: tasks failed to start.", "rolling back to"):
        assert words in messages(platform)


def test_a_rolled_back_deployment_tells_what_happened(platform: Platform) -> None:
    platform.create()
    platform.time_passes(2)
    platform.update(taskDefinition=platform.register("hello:broken"))
    platform.time_passes(5)
    latest, first = platform.deployments()
    ecs = platform.ecs
    answer = ecs.describe_service_deployments(serviceDeploymentArns=[latest["serviceDeploymentArn"], "arn:x"])
    (described,) = answer["serviceDeployments"]
    assert answer["failures"] == [{"arn": "arn:x", "reason": "MISSING"}]
    assert described["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert described["deploymentCircuitBreaker"]["failureCount"] >= 3
    assert described["rollback"]["serviceRevisionArn"] == first["targetServiceRevisionArn"]
    assert "circuit breaker" in described["statusReason"]
    arns = [latest["targetServiceRevisionArn"], first["targetServiceRevisionArn"]]
    revisions = ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
    assert [known["containerImages"][0]["image"] for known in revisions] == ["hello:broken", "hello:1"]
    listed = ecs.list_service_deployments(cluster=NAME, service=NAME, status=["SUCCESSFUL"])["serviceDeployments"]
    assert [known["serviceDeploymentArn"] for known in listed] == [first["serviceDeploymentArn"]]


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to(platform: Platform) -> None:
    platform.create("hello:broken")
    platform.time_passes(5)
    service = platform.describe()
    (deployment,) = service["deployments"]
    assert (deployment["rolloutState"], deployment["status"]) == ("FAILED", "PRIMARY")
    assert "tasks failed to start" in deployment["rolloutStateReason"]
    assert (service["runningCount"], service["desiredCount"], deployment["desiredCount"]) == (0, 2, 0)
    assert statuses(platform) == ["ROLLBACK_FAILED"]
    assert platform.tasks() == []
    reasons = [task["stoppedReason"] for task in platform.tasks("STOPPED")]
    assert sum("failed ELB health checks" in reason for reason in reasons) >= 2


def test_a_failed_first_deployment_starts_again_when_forced(platform: Platform) -> None:
    definition = platform.create("hello:broken")["taskDefinition"]
    platform.time_passes(5)
    platform.update(taskDefinition=definition, desiredCount=2)
    platform.time_passes(2)
    assert len(platform.deployments()) == 1
    platform.update(taskDefinition=platform.register("hello:2"), forceNewDeployment=True)
    platform.time_passes(2)
    assert states(platform) == [("PRIMARY", "COMPLETED", 2)]
    assert statuses(platform) == ["SUCCESSFUL", "ROLLBACK_FAILED"]


def test_without_rollback_it_stops_there(platform: Platform) -> None:
    platform.create(deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}})
    platform.time_passes(2)
    platform.update(taskDefinition=platform.register("hello:broken"))
    platform.time_passes(5)
    assert statuses(platform)[0] == "STOPPED"
    assert states(platform)[0][:2] == ("PRIMARY", "FAILED")


def test_without_a_circuit_breaker_it_never_ends(platform: Platform) -> None:
    platform.create("hello:broken", deploymentConfiguration={})
    platform.local.time += 100
    assert statuses(platform) == ["IN_PROGRESS"]
    assert platform.describe()["deployments"][0]["failedTasks"] > 3


def test_a_broken_image_without_a_load_balancer_exits(platform: Platform) -> None:
    platform.create("hello:broken", loadBalancers=[])
    platform.time_passes(5)
    assert states(platform) == [("PRIMARY", "FAILED", 0)]
    (task, *_) = platform.tasks("STOPPED")
    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", 1)


def test_targets_that_never_get_well_trip_the_breaker_too(platform: Platform) -> None:
    platform.create()
    for address in addresses(platform.tasks()):
        platform.local.observe("target", address, "unhealthy")
    platform.time_passes(1.2)
    assert set(platform.health().values()) == {"unhealthy"}
    platform.time_passes(3)
    assert states(platform)[0][1] == "FAILED"


def test_a_target_that_gets_well_in_time_does_not(platform: Platform) -> None:
    platform.create()
    (address, _) = addresses(platform.tasks())
    platform.local.observe("target", address, "unhealthy")
    platform.time_passes(1.4)
    platform.local.observe("target", address, None)
    platform.time_passes(3)
    assert states(platform) == [("PRIMARY", "COMPLETED", 2)]


def test_a_newer_deployment_takes_over(platform: Platform) -> None:
    platform.create()
    platform.time_passes(0.2)
    platform.update(taskDefinition=platform.register("hello:2"))
    assert statuses(platform) == ["IN_PROGRESS", "STOPPED"]
    platform.time_passes(3)
    assert states(platform) == [("PRIMARY", "COMPLETED", 2)]


def test_scaling_is_no_deployment(platform: Platform) -> None:
    platform.create()
    platform.time_passes(2)
    platform.update(desiredCount=3)
    platform.time_passes(1.5)
    assert (platform.describe()["runningCount"], len(platform.deployments())) == (3, 1)
    platform.update(desiredCount=1)
    assert sorted(platform.health().values()) == ["draining", "draining", "healthy"]
    platform.time_passes(1)
    assert (platform.describe()["runningCount"], list(platform.health().values())) == (1, ["healthy"])
    assert "Scaling activity" in platform.tasks("STOPPED")[0]["stoppedReason"]


def test_a_task_that_is_stopped_is_replaced(platform: Platform) -> None:
    platform.create()
    platform.time_passes(2)
    (first, *_) = platform.tasks()
    stopped = platform.ecs.stop_task(cluster=NAME, task=first["taskArn"], reason="test")["task"]
    assert (stopped["desiredStatus"], stopped["stoppedReason"]) == ("STOPPED", "test")
    platform.time_passes(2)
    service = platform.describe()
    assert (service["runningCount"], service["deployments"][0]["rolloutState"]) == (2, "COMPLETED")
    assert first["taskArn"] not in [task["taskArn"] for task in platform.tasks()]


def test_one_at_a_time_where_no_more_are_allowed(platform: Platform) -> None:
    platform.create(deploymentConfiguration={"maximumPercent": 100, "minimumHealthyPercent": 50})
    platform.time_passes(2)
    platform.update(forceNewDeployment=True)
    most = 0
    for _ in range(60):
        platform.time_passes(0.1)
        most = max(most, len(platform.tasks()))
    assert most == 2
    assert states(platform) == [("PRIMARY", "COMPLETED", 2)]


@pytest.mark.parametrize("gone", [False, True])
def test_deleting_drains_and_then_the_name_is_free(platform: Platform, gone: bool) -> None:
    platform.create()
    platform.time_passes(2)
    with refused("InvalidParameterException", "scaled above 0"):
        platform.ecs.delete_service(cluster=NAME, service=NAME)
    deleted = platform.ecs.delete_service(cluster=NAME, service=NAME, force=True)["service"]
    assert (deleted["status"], deleted["desiredCount"]) == ("DRAINING", 0)
    assert set(platform.health().values()) == {"draining"}
    if not gone:
        with refused("InvalidParameterException", "still Draining"):
            platform.create()
        with refused("ServiceNotActiveException"):
            platform.update(desiredCount=1)
        with refused("ClusterContainsServicesException"):
            platform.ecs.delete_cluster(cluster=NAME)
        return
    platform.time_passes(2)
    inactive = platform.describe()
    assert (inactive["status"], inactive["deployments"]) == ("INACTIVE", [])
    assert platform.ecs.list_services(cluster=NAME)["serviceArns"] == []
    ec2 = platform.local.client("ec2")
    filters = [{"Name": "group-id", "Values": [platform.group_id]}]
    assert ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"] == []
    platform.create()
    assert platform.describe()["status"] == "ACTIVE"


@pytest.mark.parametrize("image", ["https://registry.example.com/hello:1", "Hello:1", "hello:1:2", "hello world"])
def test_what_is_no_image_cannot_be_pulled(platform: Platform, image: str) -> None:
    platform.create(image)
    platform.time_passes(5)
    (deployment,) = platform.describe()["deployments"]
    assert deployment["rolloutState"] == "FAILED"
    failed = [task for task in platform.tasks("STOPPED") if task["stopCode"] == "TaskFailedToStart"]
    assert len(failed) >= 2
    assert all(task["stoppedReason"].startswith("CannotPullContainerError: ") for task in failed)
    assert all(image in task["stoppedReason"] for task in failed)


@pytest.mark.parametrize(
    ("image", "there"),
    [
        ("222222222222.dkr.ecr.us-west-1.amazonaws.com/hello:1", True),
        ("222222222222.dkr.ecr.us-west-1.amazonaws.com/hello", True),
        (f"222222222222.dkr.ecr.us-west-1.amazonaws.com/hello:gone@{DIGEST}", True),
        (f"222222222222.dkr-ecr.us-west-1.on.aws/hello@{DIGEST}", True),
        ("222222222222.dkr.ecr.us-west-1.amazonaws.com/hello:2", False),
        (f"222222222222.dkr.ecr.us-west-1.amazonaws.com/hello:1@sha256:{'0' * 64}", False),
        ("222222222222.dkr.ecr.us-west-1.amazonaws.com/nosuch:1", False),
        ("222222222222.dkr.ecr.us-east-1.amazonaws.com/hello:1", False),
        ("222222222222.dkr.ecr.nowhere-1.amazonaws.com/hello:1", False),
        ("111111111111.dkr.ecr.us-west-1.amazonaws.com/hello:1", False),
        ("444444444444.dkr.ecr.us-west-1.amazonaws.com/hello:1", True),  # no account of the local AWS
    ],
)
def test_an_image_that_is_not_in_ecr_cannot_be_pulled(platform: Platform, image: str, there: bool) -> None:
    for tag in ("1", "latest"):
        push(platform, tag)
    platform.create(taskDefinition=platform.register(image, executionRoleArn=execution_role(platform)))
    platform.time_passes(5)
    (deployment,) = platform.describe()["deployments"]
    assert deployment["rolloutState"] == ("COMPLETED" if there else "FAILED")
    reasons = {task["stoppedReason"] for task in platform.tasks("STOPPED") if task["stopCode"] == "TaskFailedToStart"}
    why = f"pull image manifest has been retried 1 time(s): failed to resolve ref {image}: not found"
    assert reasons == (set() if there else {f"CannotPullContainerError: {why}"})


def push(platform: Platform, tag: str) -> None:
    """Push an image to the repository hello, which is made if need be."""
    ecr = platform.local.client("ecr")
    with contextlib.suppress(ecr.exceptions.RepositoryAlreadyExistsException):
        ecr.create_repository(repositoryName="hello")
    ecr.put_image(repositoryName="hello", imageManifest=MANIFEST, imageTag=tag)


def execution_role(platform: Platform) -> str:
    """A role that ECS knows."""
    iam = platform.local.client("iam")
    arn = str(iam.create_role(RoleName="pull", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"])
    platform.local.passes("iam_propagation")
    return arn


TRUST = '{"Version": "2012-10-17", "Statement": []}'
ECR = "222222222222.dkr.ecr.us-west-1.amazonaws.com/hello:1"


@pytest.mark.parametrize(
    ("image", "services", "says"),
    [
        ("nginx:1.27", ["ecr.api", "ecr.dkr", "s3"], "CannotPullContainerError: pull image manifest"),
        (ECR, [], "ResourceInitializationError: unable to pull secrets or registry auth"),
        (ECR, ["ecr.api", "ecr.dkr"], "CannotPullContainerError: pull image manifest"),
        (ECR, ["ecr.api", "ecr.dkr", "s3"], ""),
    ],
)
def test_a_task_without_a_way_to_its_registry_does_not_start(
    platform: Platform, image: str, services: list[str], says: str
) -> None:
    """The service has no public address in a subnet whose way out is an internet gateway."""
    ec2 = platform.local.client("ec2")
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [platform.vpc_id]}])["RouteTables"]
    ec2.modify_vpc_attribute(VpcId=platform.vpc_id, EnableDnsHostnames={"Value": True})
    for name in services:
        request: dict[str, Any] = {"VpcId": platform.vpc_id, "ServiceName": f"com.amazonaws.us-west-1.{name}"}
        if name == "s3":
            request |= {"RouteTableIds": [table["RouteTableId"]]}
        else:
            request |= {"VpcEndpointType": "Interface", "SubnetIds": platform.subnet_ids[:1]}
        ec2.create_vpc_endpoint(**request)
    platform.local.passes("endpoint_create", 1.1)
    place = {**platform.network["awsvpcConfiguration"], "assignPublicIp": "DISABLED"}
    push(platform, "1")
    definition = platform.register(image, executionRoleArn=execution_role(platform))
    platform.create(taskDefinition=definition, networkConfiguration={"awsvpcConfiguration": place})
    platform.time_passes(5)
    (deployment,) = platform.describe()["deployments"]
    assert deployment["rolloutState"] == ("FAILED" if says else "COMPLETED")
    failed = [task for task in platform.tasks("STOPPED") if task["stopCode"] == "TaskFailedToStart"]
    assert all(task["stoppedReason"].startswith(says) for task in failed)
    assert bool(failed) == bool(says)


ALARMS = {"alarmNames": ["errors"], "enable": True, "rollback": True}


def ring(platform: Platform, state: str) -> None:
    platform.local.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue=state, StateReason="so")


def watched(platform: Platform) -> None:
    """A service whose rollouts an alarm of no metric fails."""
    platform.local.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        MetricName="x",
        Namespace="y",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    platform.create(deploymentConfiguration={"alarms": ALARMS})
    platform.time_passes(4)
    assert statuses(platform) == ["SUCCESSFUL"]


def test_a_rollout_is_rolled_back_when_an_alarm_rings_also_after_its_tasks_run(platform: Platform) -> None:
    watched(platform)
    platform.update(taskDefinition=platform.register("hello:2"))
    platform.time_passes(2)
    assert {task["taskDefinitionArn"].rpartition(":")[2] for task in platform.tasks()} == {"2"}
    assert statuses(platform)[0] == "IN_PROGRESS"
    ring(platform, "ALARM")
    platform.time_passes(3)
    newest = platform.deployments()[0]
    assert newest["status"] == "ROLLBACK_SUCCESSFUL"
    found = platform.ecs.describe_service_deployments(serviceDeploymentArns=[newest["serviceDeploymentArn"]])
    (deployment,) = found["serviceDeployments"]
    assert deployment["alarms"] == {"alarmNames": ["errors"], "status": "TRIGGERED", "triggeredAlarmNames": ["errors"]}
    assert "errors rang" in messages(platform)
    assert {task["taskDefinitionArn"].rpartition(":")[2] for task in platform.tasks()} == {"1"}


def test_an_alarm_that_rings_already_is_no_reason(platform: Platform) -> None:
    watched(platform)
    ring(platform, "ALARM")
    platform.update(taskDefinition=platform.register("hello:2"))
    platform.time_passes(4)
    assert statuses(platform)[0] == "SUCCESSFUL"
