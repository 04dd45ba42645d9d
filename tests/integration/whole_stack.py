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
Result = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Stack:
    """Deploys and destroys by running the playbooks' jobs one after the other."""

    run: RunJob
    regions: tuple[str, ...] = REGIONS
    image: str = "hello:1"
    port: int = 80

    def deploy(self, *, check_mode: bool = False) -> dict[str, Result]:
        """Results by layer, or layer and region."""
        results = self.deploy_below(check_mode=check_mode)
        results["failover"] = self.failover(check_mode=check_mode)
        return results

    def deploy_below(self, *, check_mode: bool = False) -> dict[str, Result]:
        """All but the failover records."""
        results = self.zone(check_mode=check_mode)
        for region in self.regions:
            results |= self.region(region, check_mode=check_mode)
        return results

    def zone(self, *, check_mode: bool = False) -> dict[str, Result]:
        """The zone and its delegation."""
        zone = self.zone_alone(check_mode=check_mode)
        return {"zone": zone, "delegation": self.delegation(zone, check_mode=check_mode)}

    def zone_alone(self, *, check_mode: bool = False) -> Result:
        return self.run(ZONE.job, name="dev.example.com", check_mode=check_mode)

    def delegation(self, zone: t.Mapping[str, t.Any], *, check_mode: bool = False) -> Result:
        return self._delegation(check_mode, "present", zone["name_servers"])

    def region(self, region: str, *, check_mode: bool = False) -> dict[str, Result]:
        """The layers of one region."""
        vpc = self.vpc(region, check_mode=check_mode)
        alb = self.alb(region, vpc, check_mode=check_mode)
        service = self.service(region, vpc, alb, check_mode=check_mode)
        return {f"vpc {region}": vpc, f"alb {region}": alb, f"ecs_service {region}": service}

    def vpc(self, region: str, *, check_mode: bool = False) -> Result:
        cidr = f"10.{self.regions.index(region) + 1}0.0.0/16"
        return self.run(VPC.job, region=region, cidr=cidr, check_mode=check_mode)

    def alb(self, region: str, vpc: t.Mapping[str, t.Any], *, check_mode: bool = False) -> Result:
        return self.run(
            ALB.job,
            region=region,
            vpc_id=vpc["vpc_id"],
            subnet_ids=vpc["public_subnet_ids"],
            check_mode=check_mode,
        )

    def service(
        self, region: str, vpc: t.Mapping[str, t.Any], alb: t.Mapping[str, t.Any], *, check_mode: bool = False
    ) -> Result:
        return self.run(
            ECS_SERVICE.job,
            name=SERVICE,
            region=region,
            vpc_id=vpc["vpc_id"],
            subnet_ids=vpc["private_subnet_ids"],
            alb_security_group_id=alb["security_group_id"],
            listener_arn=alb["listener_arn"],
            cpu=256,
            memory=512,
            desired_count=2,
            container_name="hello",
            container_port=self.port,
            containers=[
                {"name": "hello", "image": self.image, "port_mappings": [{"container_port": self.port}]},
            ],
            check_mode=check_mode,
        )

    def failover(self, *, check_mode: bool = False) -> Result:
        regions = [{"name": region, "priority": number} for number, region in enumerate(self.regions, start=1)]
        return self.run(FAILOVER, zone="dev.example.com", regions=regions, services=["hello"], check_mode=check_mode)

    def destroy(self, *, check_mode: bool = False) -> dict[str, Result]:
        """Results by layer, or layer and region."""
        absent: dict[str, t.Any] = {"state": "absent", "check_mode": check_mode}
        results = {"failover": self.destroy_failover(check_mode=check_mode)}
        for region in self.regions:
            results[f"ecs_service {region}"] = self.run(ECS_SERVICE.job, name=SERVICE, region=region, **absent)
            for name, layer in (("alb", ALB), ("vpc", VPC)):
                results[f"{name} {region}"] = self.run(layer.job, region=region, **absent)
        results["delegation"] = self._delegation(check_mode, "absent", [])
        results["zone"] = self.run(ZONE.job, name="dev.example.com", **absent)
        return results

    def destroy_failover(self, *, check_mode: bool = False) -> Result:
        return self.run(FAILOVER, zone="dev.example.com", state="absent", check_mode=check_mode)

    def _delegation(self, check_mode: bool, state: str, name_servers: list[str]) -> Result:
        return self.run(
            DELEGATION.job,
            state=state,
            zone="dev.example.com",
            parent_zone="example.com",
            name_servers=name_servers,
            role_arn="arn:aws:iam::999999999999:role/dns-delegation-dev",
            external_id="everlook-failover-dev",
            check_mode=check_mode,
        )


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
