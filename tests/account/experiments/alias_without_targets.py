# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a failover alias may follow its health check alone."""

from __future__ import annotations

from botocore.exceptions import ClientError

from tests.account.experiment import Experiment, Finding
from tests.account.lab import Lab, NotInTimeError, equals
from tests.account.prices import Use
from tests.account.zones import Record, Zone, fixed_check

FIRST, SECOND = "192.0.2.1", "192.0.2.2"


def _address(zone: Zone, name: str, address: str) -> Record:
    return {"Name": f"{name}.{zone.name}", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": address}]}


def _alias(zone: Zone, role: str, name: str, check: str) -> Record:
    target = {"HostedZoneId": zone.id, "DNSName": f"{name}.{zone.name}", "EvaluateTargetHealth": False}
    place = {"Name": zone.name, "Type": "A", "Failover": role, "SetIdentifier": role}
    return place | {"HealthCheckId": check, "AliasTarget": target}


def _run(lab: Lab) -> Finding:
    zone = Zone.make(lab, "unevaluated")
    sick, well = fixed_check(lab, "alone-sick", healthy=False), fixed_check(lab, "alone-well", healthy=True)
    zone.change(("CREATE", _address(zone, "a", FIRST)), ("CREATE", _address(zone, "b", SECOND)))
    pair = [_alias(zone, "PRIMARY", "a", well), _alias(zone, "SECONDARY", "b", well)]
    try:
        zone.change(*(("CREATE", record) for record in pair))
    except ClientError as error:
        said = error.response["Error"].get("Message", error)
        return Finding(answer=f"refused: {said}", as_expected=False)
    seen = []
    for check, answer in ((well, FIRST), (sick, SECOND)):
        zone.change(("UPSERT", _alias(zone, "PRIMARY", "a", check)))
        try:
            lab.until(lambda: zone.addresses(zone.name), equals([answer]), f"the answer {answer}")
        except NotInTimeError:
            continue
        seen.append(answer)
    follows = seen == [FIRST, SECOND]
    return Finding(answer=f"accepted; the answer follows the health check: {follows}", as_expected=follows)


EXPERIMENT = Experiment(
    name="alias_without_targets",
    question="May a failover alias have EvaluateTargetHealth false, and does it follow its health check then?",
    source=(
        "Route 53 API Reference, ResourceRecordSet, Failover: set it to true for failover aliases. AliasTarget: it "
        "must be false for CloudFront, which may be the target of one of two failover aliases."
    ),
    does="Makes a zone and a pair of such aliases, and asks its servers with a healthy check and an unhealthy one.",
    expected="accepted; the first record with the healthy check, the second with the other",
    minutes=5,
    uses=(Use("hosted zone"), Use("health check", 2)),
    run=_run,
)
