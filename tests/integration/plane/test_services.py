# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several services behind one load balancer, by HTTP requests and DNS queries."""

from __future__ import annotations

import dataclasses
import http.client
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.plane.deployed import Deployed
from tests.integration.plane.visitor import Visitor
from tests.integration.visits import visited
from tests.integration.whole_stack import Result, Stack
from tests.waiting import eventually

pytestmark = pytest.mark.once

EAST, WEST = "us-east-1", "us-west-1"
# (status, version of the image that answered)
Page = tuple[int, str]
NO_PORT: dict[str, t.Any] = {"container_port": None, "listener_arn": None, "alb_security_group_id": None}


@dataclasses.dataclass(frozen=True)
class Services:
    """The services of us-east-1 beside the one of the whole stack."""

    aws: Sandbox
    run: RunJob
    deployed: Deployed
    results: dict[str, Result]

    def deploy(self, name: str, **options: t.Any) -> Result:
        """A service named like the version of its image."""
        vpc, alb = self.results[f"vpc {EAST}"], self.results[f"alb {EAST}"]
        given: dict[str, t.Any] = {
            "vpc_id": vpc["vpc_id"],
            "subnet_ids": vpc["private_subnet_ids"],
            "alb_security_group_id": alb["security_group_id"],
            "listener_arn": alb["listener_arn"],
            "container_port": 80,
            "health_check": {"path": "/health", "interval": 5, "timeout": 2},
            "desired_count": 1,
            "containers": [{"name": "app", "image": f"app:{name}", "port_mappings": [{"container_port": 80}]}],
            **options,
        }
        return self.run(LAYER.job, region=EAST, name=name, wait_timeout=120, **given)

    def page(self, path: str = "/", host: str = "us-east-1.dev.example.com") -> Page:
        """What the load balancer of us-east-1 answers."""
        visitor = self.deployed.visitor
        address = visitor.names.values("us-east-1.dev.example.com")[0]
        connection = http.client.HTTPConnection(address, 80 + visitor.port_shift, timeout=5)
        try:
            connection.request("GET", path, headers={"Host": host})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        is_page = response.getheader("Content-Type", "").startswith("application/json")
        return response.status, json.loads(content)["version"] if is_page else ""


@pytest.fixture
def services(aws: Sandbox, run_job: RunJob, visitor: Visitor) -> Services:
    results = Stack(run_job).deploy()
    return Services(aws, run_job, Deployed(aws, visitor), results)


def test_services_share_a_load_balancer_by_path_and_by_host(services: Services) -> None:
    services.deploy("reports", paths=["/health"])
    services.deploy("api", hosts=["api.example.com"])
    eventually(lambda: services.page("/health"), lambda page: page == (200, "reports"))
    assert services.page("/") == (200, "1")
    assert services.page("/", "api.example.com") == (200, "api")
    assert services.page("/", "API.example.com") == (200, "api")
    # The two conditions meet: the lower priority decides.
    services.deploy("api", hosts=["api.example.com"], rule_priority=1)
    eventually(lambda: services.page("/health", "api.example.com"), lambda page: page == (200, "api"))
    assert services.run(LAYER.job, region=EAST, name="reports", state="absent", wait_timeout=120)["changed"]
    eventually(lambda: services.page("/health"), lambda page: page == (200, "1"))
    assert services.page("/", "api.example.com") == (200, "api")


def test_a_worker_runs_and_nothing_comes_to_it(services: Services) -> None:
    before = len(services.aws.client("elbv2").describe_target_groups()["TargetGroups"])
    worker = services.deploy("worker", **NO_PORT)
    assert (worker["running_count"], worker["target_group_arn"], worker["rule_arn"]) == (1, None, None)
    assert len(services.aws.client("elbv2").describe_target_groups()["TargetGroups"]) == before
    assert (
        services.deploy("worker", container_port=None, listener_arn=None, alb_security_group_id=None)["changes"] == []
    )
    assert services.page("/health") == (200, "1")
    # It comes to have a port, and loses it again, without a moment in which another service answers for it.
    services.deploy("worker", hosts=["worker.example.com"])
    eventually(lambda: services.page("/", "worker.example.com"), lambda page: page == (200, "worker"))
    services.deploy("worker", **NO_PORT)
    eventually(lambda: services.page("/", "worker.example.com"), lambda page: page == (200, "1"))
    assert len(services.aws.client("elbv2").describe_target_groups()["TargetGroups"]) == before


@pytest.mark.exhaustive
def test_a_side_service_that_is_sick_takes_the_region_out_only_if_it_decides(services: Services) -> None:
    deployed = services.deployed
    side = services.deploy("side", hosts=["side.example.com"], decides_failover=False)
    assert deployed.serves(EAST)
    elb = services.aws.client("elbv2")
    elb.modify_target_group(TargetGroupArn=side["target_group_arn"], HealthCheckPath="/nothing")

    def states() -> set[str]:
        health = elb.describe_target_health(TargetGroupArn=side["target_group_arn"])["TargetHealthDescriptions"]
        return {item["TargetHealth"]["State"] for item in health}

    eventually(states, lambda seen: bool(seen) and "healthy" not in seen and "unhealthy" in seen)
    assert deployed.answers(EAST)
    assert deployed.serves(EAST)
    # The same, if it is to decide.
    prefix = "target_group_health.dns_failover.minimum_healthy_targets"
    elb.modify_target_group_attributes(
        TargetGroupArn=side["target_group_arn"], Attributes=[{"Key": f"{prefix}.count", "Value": "1"}]
    )
    eventually(lambda: deployed.serves(WEST))
    health_check = {"path": "/nothing", "interval": 5, "timeout": 2}
    repaired = services.deploy(
        "side", hosts=["side.example.com"], decides_failover=False, health_check=health_check, wait=False
    )
    assert [change["reason"] for change in repaired["changes"]] == [
        "differs in dns_failover.minimum_healthy_targets_count"
    ]
    eventually(lambda: deployed.serves(EAST))


@pytest.mark.timeout(300)
@pytest.mark.exhaustive
def test_the_number_of_tasks_follows_the_requests(services: Services) -> None:
    made = services.deploy("busy", hosts=["busy.example.com"], scaling={"minimum": 1, "maximum": 3, "requests": 1})
    assert made["running_count"] == 1
    ecs = services.aws.client("ecs", region=EAST)

    def running() -> int:
        [found] = ecs.describe_services(cluster="hello-dev-busy", services=["hello-dev-busy"])["services"]
        return int(found["runningCount"])

    # A minute of the scaler's lasts a second here: a busy machine has to get in three of them more requests than tasks.
    with visited(lambda: services.page("/", "busy.example.com"), pause=0.05) as seen:
        eventually(running, lambda tasks: tasks == 3, seconds=120, pause=0.5, what="more tasks while requests come")
    assert seen.keys() == {(200, "busy")}
    eventually(running, lambda tasks: tasks == 1, seconds=120, pause=0.5, what="fewer tasks without them")
