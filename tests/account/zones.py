# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone of an experiment, its records, and what its own name servers answer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.everlook.failover.plugins.module_utils._probe.network import Network
from ansible_collections.everlook.failover.plugins.module_utils._probe.resolver import IterativeResolver
from tests.account.lab import Lab, equals

Record = dict[str, Any]
_TTL = 5


@dataclass(frozen=True)
class Zone:
    """A public zone that nobody delegates: its servers are asked directly."""

    lab: Lab
    id: str
    name: str
    servers: tuple[str, ...]

    @classmethod
    def make(cls, lab: Lab, suffix: str) -> Zone:
        """A new zone, `<token>-<suffix>.<domain>`; `.test` is a domain that nobody has (RFC 6761)."""
        route53 = lab.client("route53")
        reference = f"{lab.token}-{suffix}"
        name = f"{reference}.{lab.options.domain or 'test'}"
        answer = route53.create_hosted_zone(Name=name, CallerReference=reference)
        made = answer["HostedZone"]["Id"].rpartition("/")[2]
        zone = cls(lab, made, name, tuple(answer["DelegationSet"]["NameServers"]))
        lab.later(f"zone {name}", zone.delete)
        route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=made, AddTags=lab.tags)
        return zone

    def change(self, *changes: tuple[str, Record]) -> None:
        """One batch; returns when every name server has it. Raises ClientError."""
        route53 = self.lab.client("route53")
        batch: Any = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
        change = route53.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": batch})
        number = change["ChangeInfo"]["Id"]
        self.lab.until(lambda: route53.get_change(Id=number)["ChangeInfo"]["Status"], equals("INSYNC"), "the change")

    def own(self) -> list[Record]:
        """The records of the experiment."""
        found = self.lab.client("route53").list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"]
        return [record for record in found if record["Type"] not in ("NS", "SOA")]

    def clear(self) -> None:
        """Without records of the experiment: aliases before what they lead to."""
        records = sorted(self.own(), key=lambda record: "AliasTarget" not in record)
        for record in records:
            self.change(("DELETE", record))

    def delete(self) -> None:
        """With all records."""
        self.clear()
        self.lab.client("route53").delete_hosted_zone(Id=self.id)

    def addresses(self, name: str) -> Sequence[str]:
        """What every one of the zone's name servers answers; all of them if they differ."""
        network = Network.from_environment(os.environ)
        answer = IterativeResolver(network, self.name, servers=self.servers).ask_each(name)
        said = [answer.addresses, *(other.addresses for other in answer.others)]
        return sorted({address for addresses in said for address in addresses})

    def api_addresses(self, name: str) -> Sequence[str]:
        """What TestDNSAnswer says."""
        client = self.lab.client("route53")
        return sorted(client.test_dns_answer(HostedZoneId=self.id, RecordName=name, RecordType="A")["RecordData"])

    def member(self, name: str, role: str, address: str, check: str = "") -> Record:
        """A failover record of one address."""
        record: Record = {"Name": name, "Type": "A", "Failover": role, "SetIdentifier": f"{role}-{address}"}
        record |= {"TTL": _TTL, "ResourceRecords": [{"Value": address}]}
        return record | ({"HealthCheckId": check} if check else {})

    def link(self, name: str, target: str) -> Record:
        """The SECONDARY that is an alias to a name of the same zone."""
        alias = {"HostedZoneId": self.id, "DNSName": target, "EvaluateTargetHealth": True}
        return {"Name": name, "Type": "A", "Failover": "SECONDARY", "SetIdentifier": "link", "AliasTarget": alias}


def fixed_check(lab: Lab, suffix: str, *, healthy: bool) -> str:
    """A check whose status depends on nothing: disabled, which is healthy, and inverted if it is not to be."""
    route53, reference = lab.client("route53"), f"{lab.token}-{suffix}"
    config: Any = {"Type": "TCP", "FullyQualifiedDomainName": "nothing.test", "Port": 80, "Disabled": True}
    config["Inverted"] = not healthy
    made = route53.create_health_check(CallerReference=reference, HealthCheckConfig=config)["HealthCheck"]["Id"]
    lab.later(f"health check {made}", lambda: route53.delete_health_check(HealthCheckId=made))
    route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=made, AddTags=lab.tags)
    return str(made)
