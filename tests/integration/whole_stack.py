# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole stack of inventories/dev, as the playbooks deploy it, without the time that playbooks take."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER as ALB
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER as ECS_SERVICE
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.layer import JOB as FAILOVER
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.layer import LAYER as ZONE
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.layer import (
    LAYER as DELEGATION,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER as VPC
from sandbox import Sandbox
from sandbox.resources import Resource
from tests.integration.conftest import RunJob

REGIONS = ("us-east-1", "us-west-1")
SERVICE = "hello"
# The image of inventories/dev
IMAGE = "public.ecr.aws/nginx/nginx:1.29-alpine"
ZONE_NAME = "dev.example.com"
DELEGATED = {
    "zone": ZONE_NAME,
    "parent_zone": "example.com",
    "role_arn": "arn:aws:iam::999999999999:role/dns-delegation-dev",
    "external_id": "everlook-failover-dev",
}
JOBS = {
    "zone": ZONE.job,
    "delegation": DELEGATION.job,
    "vpc": VPC.job,
    "alb": ALB.job,
    "ecs_service": ECS_SERVICE.job,
    "failover": FAILOVER,
}
Result = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Stack:
    """Deploys and destroys by running the playbooks' jobs one after the other."""

    run: RunJob
    regions: tuple[str, ...] = REGIONS
    image: str = "hello:1"
    port: int = 80

    @property
    def layers(self) -> tuple[str, ...]:
        """In the order in which they are deployed: a layer (`zone`), or layer and region (`vpc us-east-1`)."""
        regional = [f"{layer} {region}" for region in self.regions for layer in ("vpc", "alb", "ecs_service")]
        return ("zone", "delegation", *regional, "failover")

    def deploy(self, *, check_mode: bool = False) -> dict[str, Result]:
        """Results by layer."""
        results: dict[str, Result] = {}
        for layer in self.layers:
            results[layer] = self.deploy_layer(layer, results, check_mode=check_mode)
        return results

    def region(self, region: str) -> dict[str, Result]:
        """The layers of one region, deployed."""
        results: dict[str, Result] = {}
        for layer in self.layers:
            if layer.endswith(f" {region}"):
                results[layer] = self.deploy_layer(layer, results)
        return results

    def destroy(self, *, check_mode: bool = False) -> dict[str, Result]:
        """Results by layer."""
        return {layer: self.destroy_layer(layer, check_mode=check_mode) for layer in reversed(self.layers)}

    def deploy_layer(self, layer: str, below: t.Mapping[str, Result], *, check_mode: bool = False) -> Result:
        """`below` are the results of the layers that it stands on."""
        name, _, region = layer.partition(" ")
        options: dict[str, t.Callable[[], dict[str, t.Any]]] = {
            "zone": lambda: {"name": ZONE_NAME},
            "delegation": lambda: {**DELEGATED, "name_servers": below["zone"]["name_servers"]},
            "vpc": lambda: {"cidr": f"10.{self.regions.index(region) + 1}0.0.0/16"},
            "alb": lambda: _entrance(below[f"vpc {region}"]),
            "ecs_service": lambda: self._service(below[f"vpc {region}"], below[f"alb {region}"]),
            "failover": self._failover,
        }
        return self.run(JOBS[name], check_mode=check_mode, **_place(region), **options[name]())

    def destroy_layer(self, layer: str, *, check_mode: bool = False) -> Result:
        name, _, region = layer.partition(" ")
        options: dict[str, dict[str, t.Any]] = {
            "zone": {"name": ZONE_NAME},
            "delegation": {**DELEGATED, "name_servers": []},
            "ecs_service": {"name": SERVICE},
            "failover": {"zone": ZONE_NAME},
        }
        return self.run(JOBS[name], state="absent", check_mode=check_mode, **_place(region), **options.get(name, {}))

    def _service(self, vpc: Result, alb: Result) -> dict[str, t.Any]:
        container = {"name": "hello", "image": self.image, "port_mappings": [{"container_port": self.port}]}
        return {
            "name": SERVICE,
            "vpc_id": vpc["vpc_id"],
            "subnet_ids": vpc["private_subnet_ids"],
            "alb_security_group_id": alb["security_group_id"],
            "listener_arn": alb["listener_arn"],
            "cpu": 256,
            "memory": 512,
            "desired_count": 2,
            "container_name": "hello",
            "container_port": self.port,
            "containers": [container],
        }

    def _failover(self) -> dict[str, t.Any]:
        regions = [{"name": region, "priority": number} for number, region in enumerate(self.regions, start=1)]
        return {"zone": ZONE_NAME, "regions": regions, "services": [SERVICE]}


def _place(region: str) -> dict[str, t.Any]:
    return {"region": region} if region else {}


def _entrance(vpc: Result) -> dict[str, t.Any]:
    return {"vpc_id": vpc["vpc_id"], "subnet_ids": vpc["public_subnet_ids"]}


def changes(results: t.Mapping[str, Result]) -> list[tuple[str, str, str]]:
    """(layer, kind/name, action) of all changes."""
    return [
        (layer, f"{change['kind']}/{change['name']}", change["action"])
        for layer, result in results.items()
        for change in result["changes"]
    ]


def ours(aws: Sandbox) -> list[Resource]:
    """What the seed did not bring, as far as it carries tags of ours."""
    return [item for item in aws.snapshot() if item.tags.get("ManagedBy") == "everlook.failover"]


def tally(aws: Sandbox) -> collections.Counter[tuple[str, str, str, str]]:
    """How many resources there are of each kind in each region. Duplicates and leftovers show as a difference."""
    return collections.Counter((item.account, item.region, item.service, item.kind) for item in aws.snapshot())
