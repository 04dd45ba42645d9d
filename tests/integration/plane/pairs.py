# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failover pair of two regions in a delegated zone, and a user who visits it."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox import Sandbox
from tests.integration.plane.regions import Region, make_region
from tests.integration.plane.visitor import Visit, Visitor
from tests.sandbox.plane.zones import Zone, delegated, make_check
from tests.waiting import eventually

NAME = "dev.example.com."
EAST, WEST = "us-east-1", "us-west-1"
Member = t.Literal["plain", "alias"]


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two regions, each with a name and a health check of its own, which no record carries yet."""

    aws: Sandbox
    visitor: Visitor
    zone: Zone
    regions: dict[str, Region]
    checks: dict[str, str]

    @classmethod
    def make(cls, aws: Sandbox, visitor: Visitor) -> Pair:
        """us-east-1 and us-west-1, a task each, and checks that turn with the first failure."""
        zone = delegated(aws, NAME)
        regions = {name: make_region(aws, name) for name in (EAST, WEST)}
        for name, region in regions.items():
            zone.change("CREATE", {"Name": f"{name}.{NAME}", "Type": "A", "AliasTarget": region.alias})
        checks = {name: check_of(aws, name) for name in regions}
        return cls(aws, visitor, zone, regions, checks)

    def addresses(self, region: str) -> list[str]:
        """The addresses of a region's load balancer."""
        return self.visitor.names.values(f"{region}.{NAME}")

    def member(self, role: str, region: str, kind: Member = "alias", *, check: str = "") -> dict[str, t.Any]:
        """A member of the pair: an alias that evaluates its target, or the addresses themselves."""
        record: dict[str, t.Any] = {"Name": NAME, "Type": "A", "Failover": role, "SetIdentifier": region}
        if kind == "alias":
            record["AliasTarget"] = self.regions[region].alias
        else:
            record |= {"TTL": 60, "ResourceRecords": [{"Value": value} for value in self.addresses(region)]}
        return record | ({"HealthCheckId": check} if check else {})

    def unchecked(self, role: str, region: str) -> dict[str, t.Any]:
        """A member without any check. A PRIMARY must have one or be an alias: to a record that has none."""
        if role == "SECONDARY":
            return self.member(role, region, "plain")
        name = f"plain.{NAME}"
        self.zone.put(name, "A", *self.addresses(region))
        alias = {"HostedZoneId": self.zone.id, "DNSName": name, "EvaluateTargetHealth": True}
        return self.member(role, region) | {"AliasTarget": alias}

    def bring(self, region: str, *, up: bool) -> None:
        """Run a task in the region, or none; returns when every checker has seen it."""
        self.regions[region].scale(1 if up else 0)
        word = "Success" if up else "Failure"
        eventually(lambda: self.seen(region) == [word] * 16)

    def seen(self, region: str) -> list[str]:
        """What each checker last saw of a region."""
        return seen(self.zone.route53, self.checks[region])

    def visit(self) -> Visit:
        """What a user sees; DNS and TestDNSAnswer say the same."""
        visit = self.visitor.visit(NAME)
        said = self.zone.route53.test_dns_answer(HostedZoneId=self.zone.id, RecordName=NAME, RecordType="A")
        assert sorted(said["RecordData"]) == sorted(visit.answer)
        return visit

    def answers(self, region: str) -> bool:
        """Whether DNS leads there."""
        return self.visitor.names.values(NAME) == self.addresses(region)


def check_of(aws: Sandbox, region: str, **settings: t.Any) -> str:
    """A health check of a region under its own name; its id."""
    config: dict[str, t.Any] = {"Type": "HTTP", "ResourcePath": "/health", "RequestInterval": 10, "FailureThreshold": 1}
    return make_check(aws, FullyQualifiedDomainName=f"{region}.{NAME}".rstrip("."), **(config | settings))


def seen(route53: t.Any, check_id: str) -> list[str]:
    """What each checker last saw: Success or Failure."""
    observations = route53.get_health_check_status(HealthCheckId=check_id)["HealthCheckObservations"]
    return [observation["StatusReport"]["Status"].partition(":")[0] for observation in observations]
