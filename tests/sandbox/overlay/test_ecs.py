# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters, task definitions, services and tasks: what ECS refuses, and what it tells."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.accounts import credentials
from sandbox.overlay.ecs import providers
from sandbox.overlay.quotas import applied
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.ecs_helpers import NAME, SERVICE, Platform
from tests.sandbox.overlay.helpers import create_group, create_target_group, create_vpc, refused

TAGS = [{"key": "Stack", "value": "hello"}]


@pytest.fixture
def ecs(local: Local) -> Any:
    return local.client("ecs")


def create_role(local: Local, name: str = "task") -> str:
    policy = '{"Version": "2012-10-17", "Statement": []}'
    arn: str = local.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    return arn


def test_a_cluster_again_is_the_same_cluster(ecs: Any) -> None:
    first = ecs.create_cluster(clusterName=NAME, tags=TAGS)["cluster"]
    assert ecs.create_cluster(clusterName=NAME, tags=TAGS)["cluster"]["clusterArn"] == first["clusterArn"]
    with refused("InvalidParameterException", "idempotent"):
        ecs.create_cluster(clusterName=NAME)


def test_a_cluster_is_described_as_asked_for(ecs: Any) -> None:
    insights = [{"name": "containerInsights", "value": "enabled"}]
    ecs.create_cluster(clusterName=NAME, tags=TAGS, settings=insights)
    (plain,) = ecs.describe_clusters(clusters=[NAME])["clusters"]
    assert (plain["tags"], plain["settings"], plain["capacityProviders"]) == ([], [], [])
    (full,) = ecs.describe_clusters(clusters=[NAME], include=["TAGS", "SETTINGS"])["clusters"]
    assert (full["tags"], full["settings"]) == (TAGS, insights)
    disabled = [{"name": "containerInsights", "value": "disabled"}]
    ecs.update_cluster_settings(cluster=NAME, settings=disabled)
    (changed,) = ecs.describe_clusters(clusters=[NAME], include=["SETTINGS"])["clusters"]
    assert changed["settings"] == disabled
    (failure,) = ecs.describe_clusters(clusters=["other"])["failures"]
    assert failure["reason"] == "MISSING"


def test_a_deleted_cluster_is_inactive_and_unknown(ecs: Any) -> None:
    ecs.create_cluster(clusterName=NAME)
    ecs.delete_cluster(cluster=NAME)
    assert ecs.list_clusters()["clusterArns"] == []
    (cluster,) = ecs.describe_clusters(clusters=[NAME])["clusters"]
    assert cluster["status"] == "INACTIVE"
    with refused("ClusterNotFoundException"):
        ecs.list_services(cluster=NAME)
    ecs.create_cluster(clusterName=NAME)
    assert len(ecs.list_clusters()["clusterArns"]) == 1


def test_the_service_linked_role_comes_with_the_first_cluster(platform: Platform) -> None:
    iam = platform.local.client("iam")
    role = iam.get_role(RoleName="AWSServiceRoleForECS")["Role"]
    assert role["Path"] == "/aws-service-role/ecs.amazonaws.com/"
    with refused("InvalidInput", "has been taken"):
        iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    iam.delete_role(RoleName="AWSServiceRoleForECS")
    with refused("InvalidParameterException", "service linked role"):
        platform.create()


@pytest.mark.parametrize(
    ("cpu", "memory", "fits"),
    [
        ("256", "512", True),
        ("256", "2048", True),
        ("256", "1536", False),
        ("512", "512", False),
        ("1024", "8192", True),
        ("8192", "16384", True),
        ("8192", "17408", False),
        ("16384", "122880", True),
        ("300", "512", False),
        (".25 vCPU", "0.5 GB", True),
    ],
)
def test_fargate_takes_certain_pairs(platform: Platform, cpu: str, memory: str, fits: bool) -> None:
    if fits:
        platform.register(cpu=cpu, memory=memory)
        return
    with refused("ClientException", "No Fargate configuration exists"):
        platform.register(cpu=cpu, memory=memory)


def test_an_old_platform_version_has_no_file_systems(platform: Platform) -> None:
    definition = platform.register(**efs())
    with refused("PlatformTaskDefinitionIncompatibilityException", "capabilities are not supported"):
        platform.create(taskDefinition=definition, platformVersion="1.3.0")
    platform.create(taskDefinition=definition)
    with refused("PlatformTaskDefinitionIncompatibilityException"):
        platform.update(platformVersion="1.3.0")


ACCESS = {"accessPointId": "fsap-0123456789abcdef0"}
ADDED = {"capabilities": {"add": ["NET_ADMIN", "SYS_PTRACE"]}}


def container(**more: Any) -> dict[str, Any]:
    return {"name": "app", "image": "hello:1"} | more


def mount(volume: str) -> dict[str, Any]:
    return {"sourceVolume": volume, "containerPath": f"/{volume}"}


def efs(**more: Any) -> dict[str, Any]:
    configuration = {"fileSystemId": "fs-0123456789abcdef0", **more}
    return {"volumes": [{"name": "data", "efsVolumeConfiguration": configuration}]}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"networkMode": "bridge"}, "awsvpc"),
        ({"cpu": ""}, "cpu"),
        ({"family": "hello dev"}, "Family"),
        ({"containerDefinitions": [container(), container()]}, "unique"),
        ({"containerDefinitions": [container(essential=False)]}, "essential"),
        ({"containerDefinitions": [container(memory=1024)]}, "memory"),
        ({"containerDefinitions": [container(portMappings=[{"containerPort": 80, "hostPort": 81}])]}, "match"),
        ({"containerDefinitions": [container(logConfiguration={"logDriver": "awslogs"})]}, "awslogs"),
        ({"containerDefinitions": [container(secrets=[{"name": "a", "valueFrom": "b"}])]}, "executionRoleArn"),
        ({"ephemeralStorage": {"sizeInGiB": 201}}, "Ephemeral"),
        ({"executionRoleArn": "arn:aws:iam::222222222222:role/missing"}, "Role is not valid"),
        ({"containerDefinitions": [container(mountPoints=[mount("data")])]}, "Unknown volume 'data'"),
        ({"volumes": [{"name": "a"}, {"name": "a"}]}, "unique"),
        (efs(authorizationConfig={"iam": "ENABLED"}), "Transit encryption"),
        (efs(rootDirectory="/a", transitEncryption="ENABLED", authorizationConfig=ACCESS), "root directory"),
        ({"volumes": [{"name": "a", "host": {"sourcePath": "/srv"}}]}, "paths of the host"),
        ({"containerDefinitions": [container(linuxParameters={"sharedMemorySize": 64})]}, "sharedMemorySize"),
        ({"containerDefinitions": [container(linuxParameters=ADDED)]}, "NET_ADMIN"),
    ],
)
def test_task_definitions_that_ecs_refuses(platform: Platform, request_: dict[str, Any], words: str) -> None:
    with refused("ClientException", words):
        platform.register(**request_)


def test_a_new_role_is_not_known_at_once(platform: Platform) -> None:
    arn = create_role(platform.local)
    with refused("ClientException", "Role is not valid"):
        platform.register(taskRoleArn=arn)
    platform.local.passes("iam_propagation", 1.1)
    platform.register(taskRoleArn=arn)


def test_a_task_definition_comes_back_whole(platform: Platform) -> None:
    role = create_role(platform.local)
    platform.local.passes("iam_propagation", 1.1)
    check = {"command": ["CMD-SHELL", "true"], "interval": 10}
    settings: dict[str, Any] = {
        "ephemeralStorage": {"sizeInGiB": 30},
        "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        "executionRoleArn": role,
        "taskRoleArn": role,
        "pidMode": "task",
    }
    secret = {"name": "TOKEN", "valueFrom": "arn:aws:ssm:us-west-1:222222222222:parameter/token"}
    app = container(healthCheck=check, secrets=[secret], portMappings=[{"containerPort": 8080}], stopTimeout=30)
    platform.register(**settings, containerDefinitions=[app], tags=TAGS)
    answer = platform.ecs.describe_task_definition(taskDefinition=NAME, include=["TAGS"])
    definition = answer["taskDefinition"]
    assert answer["tags"] == TAGS
    assert {key: definition[key] for key in settings} == settings
    (known,) = definition["containerDefinitions"]
    assert known["healthCheck"] == {"command": ["CMD-SHELL", "true"], "interval": 10, "timeout": 5, "retries": 3}
    assert known["portMappings"] == [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]
    assert (known["secrets"], known["stopTimeout"], known["essential"]) == ([secret], 30, True)
    assert "tags" not in platform.ecs.describe_task_definition(taskDefinition=NAME)


def test_a_family_means_its_latest_active_revision(platform: Platform) -> None:
    first, second = platform.register(), platform.register()
    ecs = platform.ecs
    assert ecs.list_task_definitions(familyPrefix=NAME, sort="DESC")["taskDefinitionArns"] == [second, first]
    gone = ecs.deregister_task_definition(taskDefinition=second)["taskDefinition"]
    assert gone["deregisteredAt"] >= gone["registeredAt"]
    assert ecs.describe_task_definition(taskDefinition=NAME)["taskDefinition"]["taskDefinitionArn"] == first
    ecs.deregister_task_definition(taskDefinition=first)
    with refused("ClientException", "Unable to describe"):
        ecs.describe_task_definition(taskDefinition=NAME)
    with refused("ClientException", "inactive"):
        platform.create(taskDefinition=first)


def test_a_revision_number_is_never_used_again(platform: Platform) -> None:
    arn = platform.register()
    platform.ecs.deregister_task_definition(taskDefinition=arn)
    platform.ecs.delete_task_definitions(taskDefinitions=[arn])
    assert platform.register().endswith(f"{NAME}:2")


def test_creating_twice_is_an_error(platform: Platform) -> None:
    definition = platform.register()
    platform.create(taskDefinition=definition)
    with refused("InvalidParameterException", "Creation of service was not idempotent."):
        platform.create(taskDefinition=definition)


def test_a_client_token_makes_creating_idempotent(platform: Platform) -> None:
    definition = platform.register()
    first = platform.create(taskDefinition=definition, clientToken="one")
    assert platform.create(taskDefinition=definition, clientToken="one")["serviceArn"] == first["serviceArn"]


def test_a_target_group_needs_a_load_balancer(platform: Platform) -> None:
    elb = platform.local.client("elbv2")
    elb.delete_listener(ListenerArn=platform.listener)
    with refused("InvalidParameterException", "does not have an associated load balancer"):
        platform.create()


def test_what_services_ask_for_must_be_there(platform: Platform) -> None:
    other = {"containerName": "other", "containerPort": 8080, "targetGroupArn": platform.target_group}
    with refused("InvalidParameterException", "The container other does not exist"):
        platform.create(loadBalancers=[other])
    with refused("InvalidParameterException", "did not have a container port 80 "):
        platform.create(loadBalancers=[other | {"containerName": "app", "containerPort": 80}])
    elb = platform.local.client("elbv2")
    instances = create_target_group(elb, platform.vpc_id, "instances", TargetType="instance")
    with refused("InvalidParameterException", "target type instance"):
        platform.create(loadBalancers=[other | {"targetGroupArn": instances}])
    with refused("InvalidParameterException", "grace period"):
        platform.create(loadBalancers=[], healthCheckGracePeriodSeconds=10)
    with refused("InvalidParameterException", "taskRoleArn"):
        platform.create(enableExecuteCommand=True)
    with refused("InvalidParameterException", "Network Configuration must be provided"):
        platform.create(networkConfiguration={})
    with refused("ClusterNotFoundException"):
        platform.create(cluster="other")
    assert platform.ecs.list_services(cluster=NAME)["serviceArns"] == []


def test_the_network_must_be_there(platform: Platform) -> None:
    ec2 = platform.local.client("ec2")
    foreign = create_group(ec2, create_vpc(ec2, "10.20.0.0/16"))
    for place, words in (
        ({"subnets": ["subnet-00000000000000000"]}, "InvalidSubnetID.NotFound"),
        ({"subnets": platform.subnet_ids, "securityGroups": ["sg-00000000000000000"]}, "InvalidGroup.NotFound"),
        ({"subnets": platform.subnet_ids, "securityGroups": [foreign]}, "same VPC"),
    ):
        with refused("InvalidParameterException", words):
            platform.create(networkConfiguration={"awsvpcConfiguration": place})


def test_a_service_comes_back_whole_after_every_update(platform: Platform) -> None:
    created = platform.create(tags=TAGS, propagateTags="SERVICE", enableECSManagedTags=True)
    assert created["deploymentConfiguration"]["maximumPercent"] == 200
    assert created["healthCheckGracePeriodSeconds"] == 0
    assert created["networkConfiguration"] == platform.network
    assert "tags" not in platform.describe()
    answer = platform.ecs.describe_services(cluster=NAME, services=[created["serviceArn"], "other"], include=["TAGS"])
    assert answer["services"][0]["tags"] == TAGS
    assert [known["reason"] for known in answer["failures"]] == ["MISSING"]
    changes: dict[str, Any] = {
        "healthCheckGracePeriodSeconds": 30,
        "propagateTags": "TASK_DEFINITION",
        "enableECSManagedTags": False,
        "availabilityZoneRebalancing": "DISABLED",
        "desiredCount": 3,
    }
    for key, value in changes.items():
        platform.update(**{key: value})
        assert platform.describe()[key] == value
    assert len(platform.deployments()) == 1
    config = {"deploymentConfiguration": {"maximumPercent": 150, "minimumHealthyPercent": 50}}
    platform.update(**config)
    described = platform.describe()["deploymentConfiguration"]
    assert (described["maximumPercent"], described["deploymentCircuitBreaker"]["enable"]) == (150, True)
    place = {"subnets": platform.subnet_ids[:1], "securityGroups": [platform.group_id], "assignPublicIp": "DISABLED"}
    platform.update(networkConfiguration={"awsvpcConfiguration": place})
    assert platform.describe()["networkConfiguration"]["awsvpcConfiguration"] == place
    assert len(platform.deployments()) == 2


def test_tags_go_on_tasks_where_that_is_asked_for(platform: Platform) -> None:
    platform.create(tags=TAGS, propagateTags="SERVICE")
    arns = platform.ecs.list_tasks(cluster=NAME)["taskArns"]
    tasks = platform.ecs.describe_tasks(cluster=NAME, tasks=arns, include=["TAGS"])["tasks"]
    assert [task["tags"] for task in tasks] == [TAGS, TAGS]


def test_tags_of_services_and_clusters_change(platform: Platform) -> None:
    arn = platform.create(tags=TAGS)["serviceArn"]
    ecs = platform.ecs
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "Owner", "value": "team"}])
    ecs.untag_resource(resourceArn=arn, tagKeys=["Stack"])
    (service,) = ecs.describe_services(cluster=NAME, services=[NAME], include=["TAGS"])["services"]
    assert service["tags"] == [{"key": "Owner", "value": "team"}]


def test_a_cluster_counts_what_it_runs(platform: Platform) -> None:
    platform.create()
    platform.local.passes("task_start", 1.1)
    (cluster,) = platform.ecs.describe_clusters(clusters=[NAME])["clusters"]
    assert (cluster["activeServicesCount"], cluster["runningTasksCount"]) == (1, 2)


def test_run_task_works_and_holds_the_cluster(platform: Platform) -> None:
    ec2 = platform.local.client("ec2")
    ec2.modify_vpc_attribute(VpcId=platform.vpc_id, EnableDnsHostnames={"Value": False})
    request = {"cluster": NAME, "taskDefinition": platform.register(), "launchType": "FARGATE"}
    (task,) = platform.ecs.run_task(**request, networkConfiguration=platform.network, tags=TAGS)["tasks"]
    assert (task["lastStatus"], task["group"]) == ("PENDING", f"family:{NAME}")
    assert "imageDigest" not in task["containers"][0]
    platform.local.passes("task_start", 1.1)
    (task,) = platform.ecs.describe_tasks(cluster=NAME, tasks=[task["taskArn"]])["tasks"]
    assert task["lastStatus"] == "RUNNING"
    assert re.fullmatch("sha256:[0-9a-f]{64}", task["containers"][0]["imageDigest"])
    with refused("ClusterContainsTasksException"):
        platform.ecs.delete_cluster(cluster=NAME)
    platform.ecs.stop_task(cluster=NAME, task=task["taskArn"])
    platform.ecs.delete_cluster(cluster=NAME)


def test_unknown_services_and_tasks(platform: Platform) -> None:
    with refused("ServiceNotFoundException"):
        platform.update(desiredCount=1)
    with refused("ServiceNotFoundException"):
        platform.ecs.delete_service(**SERVICE)
    with refused("ServiceNotFoundException"):
        platform.deployments()
    with refused("InvalidParameterException", "10"):
        platform.ecs.describe_services(cluster=NAME, services=[f"app-{number}" for number in range(11)])
    (failure,) = platform.ecs.describe_tasks(cluster=NAME, tasks=["0" * 32])["failures"]
    assert failure["reason"] == "MISSING"


def test_a_service_moves_to_a_capacity_provider_and_back(platform: Platform) -> None:
    platform.create(launchType="FARGATE")
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    with refused("InvalidParameterException", "not associated with the cluster"):
        platform.ecs.update_service(**SERVICE, capacityProviderStrategy=spot)
    platform.ecs.put_cluster_capacity_providers(
        cluster=NAME, capacityProviders=["FARGATE_SPOT"], defaultCapacityProviderStrategy=[]
    )
    with refused("InvalidParameterException", "weight over 0"):
        platform.ecs.update_service(**SERVICE, capacityProviderStrategy=[{**spot[0], "weight": 0}])
    moved = platform.ecs.update_service(**SERVICE, capacityProviderStrategy=spot)["service"]
    assert moved["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE_SPOT"
    assert "launchType" not in moved
    back = platform.ecs.update_service(**SERVICE, capacityProviderStrategy=[])["service"]
    assert (back["launchType"], back["capacityProviderStrategy"]) == ("FARGATE", [])


def test_the_base_comes_first_and_then_shares() -> None:
    strategy = [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 2},
    ]
    started: list[str] = []
    for _ in range(5):
        started.append(providers.choose(strategy, started))
    assert started[:2] == ["FARGATE", "FARGATE"]
    assert (started.count("FARGATE"), started.count("FARGATE_SPOT")) == (3, 2)
    assert providers.choose([], started) == ""


def used_vcpus(local: Local) -> list[float]:
    """As the usage metric has them."""
    dimensions = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": "Standard/OnDemand"}
    metric = {
        "Namespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    now = datetime.now(UTC)
    query = {"Id": "used", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Maximum"}}
    answer = local.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(minutes=15), EndTime=now
    )
    values: list[float] = answer["MetricDataResults"][0]["Values"]
    return values


def test_fargate_runs_as_many_vcpus_as_the_quota_allows(local: Local, platform: Platform) -> None:
    assert local.aws
    applied(local.aws.world, credentials("staging").account_id, "us-west-1")["L-3032A538"] = 1
    assert used_vcpus(local) == []
    platform.create(taskDefinition=platform.register(cpu="512", memory="1024"), desiredCount=3)
    platform.time_passes(1)
    assert used_vcpus(local) == [1.0]
    assert any("reached the limit on the number of vCPUs" in each["message"] for each in platform.describe()["events"])
