# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole stack of inventories/dev, as the playbooks deploy it, without the time that playbooks take."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.layer import LAYER as CERTIFICATE
from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER as ALB
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.layer import LAYER as ALARMS
from ansible_collections.everlook.failover.plugins.module_utils._ecr.layer import JOB as ECR
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
    "ecr": ECR,
    "ecs_service": ECS_SERVICE.job,
    "failover": FAILOVER,
    "acm_certificate": CERTIFICATE.job,
    "cloudwatch_alarms": ALARMS.job,
    "failover_alarms": ALARMS.job,
}
_NOTIFY = {"email": ["ops@example.com"]}
_SCALING = {
    "minimum": 2,
    "maximum": 4,
    "cpu": 60,
    "schedules": [{"name": "later", "schedule": "at(2099-01-01T04:00:00)", "minimum": 3, "maximum": 4}],
}
_REPOSITORIES = {"repositories": ["hello"]}
_LOGGED = {"query_logging": True}
_BUCKET = {"log_bucket": {"expiration_days": 30, "delete_logs": True}}
_WHOLE_NETWORK = {"nat_gateways": "regional", "interface_endpoints": ["logs"], "flow_logs": "all"}
Result = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Stack:
    """Deploys and destroys by running the playbooks' jobs one after the other.

    :param full: whether it has all that it can have besides: certificates, scaling, alarms, repositories, logs.
    :param strategy: how the service's releases shift requests; empty for rolling ones.
    :param evaluates: whether Route 53 judges regions by their targets, too.
    """

    run: RunJob
    regions: tuple[str, ...] = REGIONS
    image: str = "hello:1"
    port: int = 80
    full: bool = False
    strategy: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    evaluates: bool = True

    @property
    def of_a_region(self) -> tuple[str, ...]:
        """The layers of each region, in the order in which they are deployed."""
        if self.full:
            return ("acm_certificate", "vpc", "alb", "ecr", "ecs_service", "cloudwatch_alarms")
        return ("vpc", "alb", "ecs_service")

    @property
    def layers(self) -> tuple[str, ...]:
        """In the order in which they are deployed: a layer (`zone`), or layer and region (`vpc us-east-1`)."""
        regional = [f"{layer} {region}" for region in self.regions for layer in self.of_a_region]
        return ("zone", "delegation", *regional, "failover", *(["failover_alarms"] if self.full else []))

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
            "zone": lambda: {"name": ZONE_NAME, **self._more(_LOGGED)},
            "delegation": lambda: {**DELEGATED, "name_servers": below["zone"]["name_servers"]},
            "vpc": lambda: {"cidr": f"10.{self.regions.index(region) + 1}0.0.0/16", **self._more(_WHOLE_NETWORK)},
            "acm_certificate": lambda: self._certificate(region, below["zone"]),
            "alb": lambda: self._entrance(region, below),
            "ecr": lambda: {
                **_REPOSITORIES,
                "services": [SERVICE],
                "replicate_to": self._others(region) if region == self.regions[0] else [],
            },
            "ecs_service": lambda: self._service(below[f"vpc {region}"], below[f"alb {region}"]),
            "cloudwatch_alarms": lambda: {"notify": _NOTIFY, "services": {SERVICE: 2}},
            "failover": self._failover,
            "failover_alarms": lambda: {
                **_place(self.regions[0]),
                "scope": "environment",
                "notify": _NOTIFY,
                "failover_regions": below["failover"]["regions"],
                "dashboard": True,
                "services": {SERVICE: 2},
            },
        }
        return self.run(JOBS[name], check_mode=check_mode, **_place(region), **options[name]())

    def destroy_layer(self, layer: str, *, check_mode: bool = False) -> Result:
        name, _, region = layer.partition(" ")
        options: dict[str, dict[str, t.Any]] = {
            "zone": {"name": ZONE_NAME, **self._more(_LOGGED)},
            "delegation": {**DELEGATED, "name_servers": []},
            "acm_certificate": {"names": [ZONE_NAME], "zone": ZONE_NAME, "other_regions": self._others(region)},
            "alb": self._more(_BUCKET),
            "ecr": _REPOSITORIES,
            "failover_alarms": {"scope": "environment"},
            "ecs_service": {"name": SERVICE},
            "failover": {"zone": ZONE_NAME},
        }
        return self.run(JOBS[name], state="absent", check_mode=check_mode, **_place(region), **options.get(name, {}))

    def _others(self, region: str) -> list[str]:
        return [each for each in self.regions if each != region]

    def _more(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        return options if self.full else {}

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
            **({"scaling": _SCALING} if self.full else {}),
            **({"deployment_strategy": self.strategy} if self.strategy else {}),
            **({} if self.evaluates else {"evaluate_target_health": False}),
            "container_name": "hello",
            "container_port": self.port,
            "containers": [container],
        }

    def _failover(self) -> dict[str, t.Any]:
        regions = [{"name": region, "priority": number} for number, region in enumerate(self.regions, start=1)]
        check = {"health_check": {"protocol": "HTTPS", "port": 443}} if self.full else {}
        judged = {} if self.evaluates else {"evaluate_target_health": False}
        return {"zone": ZONE_NAME, "regions": regions, "services": [SERVICE], **check, **judged}

    def _certificate(self, region: str, zone: Result) -> dict[str, t.Any]:
        return {
            "names": [ZONE_NAME, f"{region}.{ZONE_NAME}"],
            "zone": ZONE_NAME,
            "zone_id": zone["zone_id"],
            "other_regions": self._others(region),
        }

    def _entrance(self, region: str, below: t.Mapping[str, Result]) -> dict[str, t.Any]:
        vpc = below[f"vpc {region}"]
        found = {"vpc_id": vpc["vpc_id"], "subnet_ids": vpc["public_subnet_ids"], **self._more(_BUCKET)}
        certificate = below.get(f"acm_certificate {region}")
        return {**found, **({"certificate_arn": certificate["certificate_arn"]} if certificate else {})}


def _place(region: str) -> dict[str, t.Any]:
    return {"region": region} if region else {}


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
