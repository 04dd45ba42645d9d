# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role route53_zone when it deletes: nothing at all while the zone cannot go."""

from __future__ import annotations

import json
import typing as t

import pytest

from sandbox import Sandbox

from .conftest import Outcome, Playbooks

NAME = "dev.example.com"
ROLE = {
    "route53_zone_delegation_role_arn": "arn:aws:iam::999999999999:role/dns-delegation-dev",
    "route53_zone_delegation_external_id": "everlook-failover-dev",
}
OF_OTHERS = {"Name": f"www.{NAME}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
OF_THE_FAILOVER = {**OF_OTHERS, "Name": NAME, "SetIdentifier": "hello/dev/us-east-1", "Failover": "SECONDARY"}


class Zone:
    """The zone by its role alone, as other people's playbooks use it."""

    def __init__(self, playbooks: Playbooks) -> None:
        self._playbooks = playbooks

    def run(self, state: str, *arguments: str) -> Outcome:
        variables = {
            "route53_zone_stack": "hello",
            "route53_zone_environment": "dev",
            "route53_zone_region": "us-east-1",
            "route53_zone_name": NAME,
            "route53_zone_state": state,
            "route53_zone_confirm": "dev",
            "route53_zone_delegation_parent_zone": "example.com",
            **ROLE,
        }
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "roles": [{"role": "everlook.failover.route53_zone", "vars": variables}],
        }
        (self._playbooks.folder / "zone.yml").write_text(json.dumps([play]))
        return self._playbooks.run(str(self._playbooks.folder / "zone"), *arguments)


@pytest.fixture
def zone(playbooks: Playbooks) -> Zone:
    return Zone(playbooks)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(OF_OTHERS, id="of_others"),
        pytest.param(OF_THE_FAILOVER, id="of_the_failover", marks=pytest.mark.exhaustive),
    ],
)
def test_nothing_is_deleted_while_the_zone_has_records(aws: Sandbox, zone: Zone, record: dict[str, t.Any]) -> None:
    """A delegation that is taken back first would take all that the zone answers out of the DNS."""
    assert zone.run("present").rc == 0
    client = aws.client("route53", account="dev")
    public = [item for item in client.list_hosted_zones()["HostedZones"] if not item["Config"]["PrivateZone"]]
    (hosted,) = (item for item in public if item["Name"] == f"{NAME}.")
    client.change_resource_record_sets(
        HostedZoneId=hosted["Id"], ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )
    refused = zone.run("absent")
    assert refused.rc != 0
    assert f"A {record['Name']}" in refused.flat()
    said = "the zone and its delegation were not" if record is OF_THE_FAILOVER else "nothing was"
    assert f"{said} changed" in refused.flat()
    assert refused.writes == []
    dry = zone.run("absent", "--check")
    assert (dry.rc == 0) is (record is OF_THE_FAILOVER), dry.text
    client.change_resource_record_sets(
        HostedZoneId=hosted["Id"], ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
    )
    # The run's lease is written before and after them.
    writes = [call.operation for call in zone.run("absent").calls if call.write and call.service == "route53"]
    assert writes == ["ChangeResourceRecordSets", "DeleteHostedZone"]
