# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route 53 in memory: strict where AWS is, and answering as its name servers do. Knows nothing of the collection."""

from __future__ import annotations

import copy
import itertools
import threading
import typing as t

from botocore.exceptions import ClientError

Json = dict[str, t.Any]
ZONE = "Z0DEV"


def refuse(code: str, message: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def key_of(record: Json) -> tuple[str, str, str | None]:
    return record["Name"], record["Type"], record.get("SetIdentifier")


class FakeRoute53:
    """One zone and the health checks of an account. `after_write` is called behind every write, with its name."""

    def __init__(self, after_write: t.Callable[[str], None]) -> None:
        self.records: dict[tuple[str, str, str | None], Json] = {}
        self.checks: dict[str, Json] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.references: set[str] = set()
        self.unhealthy: set[str] = set()
        self.alarm_exists: t.Callable[[str, str], Json | None] = lambda _region, _name: None
        self.missing_alarm = "The alarm is not there."
        self._after_write = after_write
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    # -- records

    def change_resource_record_sets(self, HostedZoneId: str, ChangeBatch: Json) -> Json:  # noqa: N803
        assert HostedZoneId == ZONE
        with self._lock:
            after = copy.deepcopy(self.records)
            for change in ChangeBatch["Changes"]:
                self._change(after, change["Action"], copy.deepcopy(change["ResourceRecordSet"]))
            self._valid_targets(after)
            self.records = after
            self._after_write("ChangeResourceRecordSets")
        return {"ChangeInfo": {"Id": f"/change/C{next(self._numbers)}", "Status": "PENDING"}}

    def _change(self, records: dict[tuple[str, str, str | None], Json], action: str, record: Json) -> None:
        key = key_of(record)
        old = records.get(key)
        if action == "DELETE":
            self._require(old == record, f"{key} does not match or is not there")
            del records[key]
            return
        self._require(action == "UPSERT" or old is None, f"{key} exists already")
        self._require(old is None or old.get("Failover") == record.get("Failover"), f"{key} would change its role")
        siblings = [other for other in records.values() if key_of(other)[:2] == key[:2] and key_of(other) != key]
        for other in siblings:
            self._require("SetIdentifier" in record and "SetIdentifier" in other, f"{key} next to a simple record")
            self._require(other["Failover"] != record["Failover"], f"{key} would be the second {record['Failover']}")
        check = record.get("HealthCheckId")
        self._require(check is None or check in self.checks, f"{key} has a health check that does not exist")
        records[key] = record

    def _valid_targets(self, records: dict[tuple[str, str, str | None], Json]) -> None:
        """An alias is refused whose target is made in the same batch: no documentation says that it is not."""
        names = {key[0] for key in records} & {key[0] for key in self.records}
        for record in records.values():
            alias = record.get("AliasTarget")
            if alias and alias["HostedZoneId"] == ZONE:
                self._require(alias["DNSName"] in names, f"{key_of(record)} leads to nothing")
            if alias and record.get("Failover"):
                judged = alias["EvaluateTargetHealth"] or "HealthCheckId" in record
                self._require(judged, f"{key_of(record)} neither evaluates its target's health nor has a check")

    def _require(self, condition: bool, message: str) -> None:
        if not condition:
            raise refuse("InvalidChangeBatch", message, "ChangeResourceRecordSets")

    def get_change(self, Id: str) -> Json:  # noqa: N803
        return {"ChangeInfo": {"Id": Id, "Status": "INSYNC"}}

    def list_resource_record_sets(self, HostedZoneId: str, **_ignored: t.Any) -> Json:  # noqa: N803
        assert HostedZoneId == ZONE
        return {"ResourceRecordSets": [copy.deepcopy(self.records[key]) for key in sorted(self.records, key=str)]}

    # -- health checks

    def create_health_check(self, CallerReference: str, HealthCheckConfig: Json) -> Json:  # noqa: N803
        assert len(CallerReference) <= 64
        with self._lock:
            if CallerReference in self.references:
                raise refuse("HealthCheckAlreadyExists", CallerReference, "CreateHealthCheck")
            self._valid(HealthCheckConfig)
            number = f"hc-{next(self._numbers):04}"
            self.references.add(CallerReference)
            check = {"Id": number, "CallerReference": CallerReference, "HealthCheckVersion": 1}
            self.checks[number] = {**check, "HealthCheckConfig": copy.deepcopy(HealthCheckConfig)}
            self._copy_alarm(self.checks[number])
            self._after_write("CreateHealthCheck")
            return {"HealthCheck": copy.deepcopy(self.checks[number])}

    def update_health_check(self, HealthCheckId: str, **members: t.Any) -> Json:  # noqa: N803
        with self._lock:
            assert not {"Type", "RequestInterval", "MeasureLatency"} & members.keys()
            config = self.checks[HealthCheckId]["HealthCheckConfig"]
            for element in members.pop("ResetElements", []):
                config.pop(element, None)
            changed = {**config, **copy.deepcopy(members)}
            self._valid(changed)
            self.checks[HealthCheckId]["HealthCheckConfig"] = changed
            self._copy_alarm(self.checks[HealthCheckId])
            self._after_write("UpdateHealthCheck")
            return {"HealthCheck": copy.deepcopy(self.checks[HealthCheckId])}

    def _valid(self, config: Json) -> None:
        if config["Type"] == "CALCULATED":
            missing = [child for child in config["ChildHealthChecks"] if child not in self.checks]
            if missing:
                raise refuse("InvalidInput", f"no such children: {missing}", "CreateHealthCheck")
        if config["Type"].startswith("HTTP") and not config.get("Disabled"):
            # A resolver would remember for minutes that there is no such name.
            names = {record["Name"] for record in self.records.values()}
            assert f"{config['FullyQualifiedDomainName']}." in names, "a name is probed before it exists"
        if config["Type"] == "CLOUDWATCH_METRIC":
            alarm = config["AlarmIdentifier"]
            if self.alarm_exists(alarm["Region"], alarm["Name"]) is None:
                raise refuse("InvalidInput", self.missing_alarm, "CreateHealthCheck")

    def _copy_alarm(self, check: Json) -> None:
        identifier = check["HealthCheckConfig"].get("AlarmIdentifier")
        if identifier:
            alarm = self.alarm_exists(identifier["Region"], identifier["Name"]) or {}
            names = ("Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "Threshold", "Dimensions")
            check["CloudWatchAlarmConfiguration"] = copy.deepcopy(
                {name: alarm[name] for name in (*names, "ComparisonOperator")}
            )

    def delete_health_check(self, HealthCheckId: str) -> Json:  # noqa: N803
        with self._lock:
            if HealthCheckId not in self.checks:
                raise refuse("NoSuchHealthCheck", HealthCheckId, "DeleteHealthCheck")
            # AWS allows it, and leaves what refers to the check in a state that nobody can tell.
            users = [str(key) for key, record in self.records.items() if record.get("HealthCheckId") == HealthCheckId]
            users += [number for number in self.checks if HealthCheckId in self._children(number)]
            assert not users, f"{HealthCheckId} is deleted while in use by {users}"
            del self.checks[HealthCheckId]
            self.tags.pop(HealthCheckId, None)
            self._after_write("DeleteHealthCheck")
        return {}

    def list_health_checks(self) -> Json:
        return {"HealthChecks": copy.deepcopy(list(self.checks.values()))}

    def get_health_check_status(self, HealthCheckId: str) -> Json:  # noqa: N803
        assert self.checks[HealthCheckId]["HealthCheckConfig"]["Type"] != "CALCULATED"
        status = "Failure: down" if HealthCheckId in self.unhealthy else "Success: up"
        return {"HealthCheckObservations": [{"StatusReport": {"Status": status}}]}

    def change_tags_for_resource(self, ResourceType: str, ResourceId: str, AddTags: list[Json]) -> Json:  # noqa: N803
        assert ResourceType == "healthcheck"
        assert ResourceId in self.checks
        self.tags.setdefault(ResourceId, {}).update({tag["Key"]: tag["Value"] for tag in AddTags})
        self._after_write("ChangeTagsForResource")
        return {}

    def list_tags_for_resources(self, ResourceType: str, ResourceIds: list[str]) -> Json:  # noqa: N803
        assert ResourceType == "healthcheck"
        assert 1 <= len(ResourceIds) <= 10
        return {
            "ResourceTagSets": [
                {
                    "ResourceId": number,
                    "Tags": [{"Key": key, "Value": value} for key, value in self.tags.get(number, {}).items()],
                }
                for number in ResourceIds
            ]
        }

    def list_hosted_zones_by_name(self, DNSName: str) -> Json:  # noqa: N803
        assert DNSName == "dev.example.com."
        zone = {"Id": f"/hostedzone/{ZONE}", "Name": DNSName, "CallerReference": "somebody's"}
        return {"HostedZones": [zone], "IsTruncated": False}

    def test_dns_answer(self, HostedZoneId: str, RecordName: str, RecordType: str) -> Json:  # noqa: N803
        assert (HostedZoneId, RecordType) == (ZONE, "A")
        found = self.answer(RecordName, ())
        return {"RecordData": [found] if found else [], "ResponseCode": "NOERROR" if found else "NXDOMAIN"}

    def get_paginator(self, operation: str) -> t.Any:
        return Pages(getattr(self, operation))

    # -- what the name servers say

    def answer(self, name: str, down: t.Collection[str]) -> str | None:
        """The DNS name of the load balancer that answers for `name`; `down` are load balancers that are unhealthy.

        A region's endpoint check fails when the load balancer behind the name it probes is down.
        """
        here = [record for record in self.records.values() if (record["Name"], record["Type"]) == (name, "A")]
        if not here:
            return None
        simple = [record for record in here if "SetIdentifier" not in record]
        roles = {record["Failover"]: record for record in here if "SetIdentifier" in record}
        primary, secondary = roles.get("PRIMARY"), roles.get("SECONDARY")
        chosen = simple[0] if simple else primary
        if not simple and secondary and (not primary or not self._well(primary, down)) and self._well(secondary, down):
            chosen = secondary
        alias = (chosen or secondary or {})["AliasTarget"]
        return self.answer(alias["DNSName"], down) if alias["HostedZoneId"] == ZONE else alias["DNSName"]

    def _well(self, record: Json, down: t.Collection[str]) -> bool:
        check = record.get("HealthCheckId")
        if check and not self._check_well(check, down):
            return False
        alias = record["AliasTarget"]
        if not alias["EvaluateTargetHealth"]:
            return True
        if alias["HostedZoneId"] != ZONE:
            return alias["DNSName"] not in down
        targets = [item for item in self.records.values() if item["Name"] == alias["DNSName"]]
        return any(self._well(item, down) for item in targets)

    def _check_well(self, number: str, down: t.Collection[str]) -> bool:
        config = self.checks[number]["HealthCheckConfig"]
        if config.get("Disabled"):
            return True
        if config["Type"] == "CALCULATED":
            well = [child for child in config["ChildHealthChecks"] if self._check_well(child, down)]
            return len(well) >= int(config["HealthThreshold"])
        if config["Type"] == "CLOUDWATCH_METRIC":
            return number not in self.unhealthy
        answered = self.answer(f"{config['FullyQualifiedDomainName']}.", down)
        return number not in self.unhealthy and answered is not None and answered not in down

    def _children(self, number: str) -> list[str]:
        return list(self.checks[number]["HealthCheckConfig"].get("ChildHealthChecks", []))


class Pages:
    def __init__(self, call: t.Callable[..., Json]) -> None:
        self._call = call

    def paginate(self, **request: t.Any) -> list[Json]:
        return [self._call(**request)]
