# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short words for zones, records and health checks in tests with packets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sandbox import Sandbox

PARENT = "example.com."


@dataclass(frozen=True, slots=True)
class Zone:
    """A hosted zone and the account it is in."""

    aws: Sandbox
    account: str
    id: str
    name: str
    servers: tuple[str, ...]

    @classmethod
    def make(cls, aws: Sandbox, name: str, account: str = "dev", **more: Any) -> Zone:
        """A new public zone."""
        made = aws.client("route53", account).create_hosted_zone(Name=name, CallerReference=str(uuid4()), **more)
        servers = tuple(f"{server}." for server in made["DelegationSet"]["NameServers"])
        return cls(aws, account, made["HostedZone"]["Id"].rpartition("/")[2], made["HostedZone"]["Name"], servers)

    @classmethod
    def parent(cls, aws: Sandbox) -> Zone:
        """The seed's zone of the management account."""
        route53 = aws.client("route53", "management")
        found = next(
            zone
            for zone in route53.list_hosted_zones()["HostedZones"]
            if zone["Name"] == PARENT and not zone["Config"]["PrivateZone"]
        )
        servers = route53.get_hosted_zone(Id=found["Id"])["DelegationSet"]["NameServers"]
        identifier = found["Id"].rpartition("/")[2]
        return cls(aws, "management", identifier, PARENT, tuple(f"{server}." for server in servers))

    @property
    def route53(self) -> Any:
        """Route 53 as the zone's account."""
        return self.aws.client("route53", self.account)

    def change(self, action: str, *records: dict[str, Any]) -> None:
        """One batch with the same action for every record set."""
        batch = [{"Action": action, "ResourceRecordSet": record} for record in records]
        self.route53.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": batch})

    def put(self, name: str, kind: str, *values: str, ttl: int = 60, **more: Any) -> dict[str, Any]:
        """A record set with these values; returns it."""
        record = {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}
        self.change("UPSERT", record | more)
        return record | more

    def delegate(self, child: Zone, servers: tuple[str, ...] = ()) -> dict[str, Any]:
        """The NS record set of a zone below; returns it."""
        return self.put(child.name, "NS", *(servers or child.servers), ttl=300)

    def delete(self) -> None:
        """Delete the zone, which has nothing but its own records."""
        self.route53.delete_hosted_zone(Id=self.id)


def delegated(aws: Sandbox, name: str = "dev.example.com.") -> Zone:
    """A zone in the dev account that the parent zone delegates."""
    zone = Zone.make(aws, name)
    Zone.parent(aws).delegate(zone)
    return zone


def make_check(aws: Sandbox, account: str = "dev", **config: Any) -> str:
    """A health check; its id."""
    created = aws.client("route53", account).create_health_check(CallerReference=str(uuid4()), HealthCheckConfig=config)
    return str(created["HealthCheck"]["Id"])


def endpoint_check(aws: Sandbox, port: int, address: str = "127.0.0.1", **config: Any) -> str:
    """A fast health check of an endpoint that listens at a loopback address; its id."""
    settings: dict[str, Any] = {"Type": "HTTP", "IPAddress": address, "Port": port, "RequestInterval": 10}
    return make_check(aws, **(settings | config))
