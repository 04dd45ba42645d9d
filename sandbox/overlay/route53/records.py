# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record sets as Route 53 sees them. Pure: a batch of changes gives new record sets or errors.

Rules from the API reference of ChangeResourceRecordSets and the Developer Guide ("Supported DNS
record types", "Choosing between alias and non-alias records", "Values specific for failover
records"); messages as Route 53 words them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
# Name, type and set identifier identify a record set.
Key = tuple[str, str, str]
Records = dict[Key, Record]

POLICIES = (
    *("Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer", "CidrRoutingConfig", "GeoProximityLocation"),
)
_ACTIONS = ("CREATE", "DELETE", "UPSERT")
_LABEL = re.compile(r"(?:[a-z0-9_]|[a-z0-9_][a-z0-9_-]{0,61}[a-z0-9_]|\*)", re.ASCII)
_MOST_VALUES = 1000
_LONGEST_NAME = 255


class BatchError(Exception):
    """The batch is refused as a whole, by default with InvalidChangeBatch."""

    def __init__(self, *messages: str, code: str = "InvalidChangeBatch") -> None:
        super().__init__(f"[{', '.join(messages)}]" if code == "InvalidChangeBatch" else messages[0])
        self.code = code


@dataclass(frozen=True, slots=True)
class Scope:
    """The zone of a batch, and the targets outside it that records can point to.

    `foreign_target` returns what is wrong with an alias target in another zone, None if nothing is.
    `same_batch`: whether an alias may lead to a record of the same batch, which AWS does not document.
    """

    zone_id: str
    zone_name: str
    known_check: Callable[[str], bool]
    foreign_target: Callable[[Mapping[str, Any], str], str | None]
    same_batch: bool = True


def normal_name(name: str) -> str:
    """A name as Route 53 returns it: lower case, with a trailing dot, `*` as `\\052`."""
    return (name.lower().rstrip(".") + ".").replace("*", "\\052")


def readable_name(name: str) -> str:
    """The reverse of normal_name(), for queries."""
    return name.replace("\\052", "*")


def key_of(record: Mapping[str, Any]) -> Key:
    """The identity of a record set."""
    return (record["Name"], record["Type"], record.get("SetIdentifier") or "")


def order_of(record: Mapping[str, Any]) -> tuple[list[str], str, str]:
    """Route 53 lists by name with its labels reversed, then type, then set identifier."""
    name, kind, identifier = key_of(record)
    return (name.rstrip(".").split(".")[::-1], kind, identifier)


def normal_record(record: Mapping[str, Any]) -> Record:
    """The record in the form that is stored and returned."""
    kept = {name: value for name, value in record.items() if value not in (None, [], "")}
    kept["Name"] = normal_name(record["Name"])
    if "TTL" in kept:
        kept["TTL"] = int(kept["TTL"])
    if "ResourceRecords" in kept:
        kept["ResourceRecords"] = [{"Value": value["Value"]} for value in kept["ResourceRecords"]]
    if "AliasTarget" in kept:
        target = kept["AliasTarget"]
        kept["AliasTarget"] = {
            "HostedZoneId": target["HostedZoneId"].removeprefix("/hostedzone/"),
            "DNSName": normal_name(target["DNSName"]),
            "EvaluateTargetHealth": bool(target.get("EvaluateTargetHealth")),
        }
    return kept


def apply_batch(scope: Scope, records: Mapping[Key, Record], changes: Iterable[Mapping[str, Any]]) -> Records:
    """The record sets after the whole batch. Raises BatchError, and then nothing has changed."""
    wanted = [(change["Action"], normal_record(change["ResourceRecordSet"])) for change in changes]
    _check_size(wanted)
    for action, record in wanted:
        _check_form(scope, action, record)
    _check_once(wanted)
    after: Records = dict(records)
    problems: list[str] = []
    for action, record in wanted:
        problems += _apply(after, action, record)
    if problems:
        raise BatchError(*problems)
    written = [record for action, record in wanted if action != "DELETE"]
    problems = [problem for record in written for problem in _conflicts(scope, after, record)]
    targets = after if scope.same_batch else records
    problems += [problem for record in written for problem in _target_problems(scope, targets, record)]
    problems += _missing_at_apex(scope, after)
    if problems:
        raise BatchError(*problems)
    return after


def _check_size(wanted: list[tuple[str, Record]]) -> None:
    values = sum(
        len(record.get("ResourceRecords", [0])) * (2 if action == "UPSERT" else 1) for action, record in wanted
    )
    if not wanted or values > _MOST_VALUES:
        raise BatchError("Number of records limit of 1000 exceeded." if wanted else "The batch is empty.")


def _check_form(scope: Scope, action: str, record: Record) -> None:
    """Refuse a record set that is invalid in any zone."""
    name, kind, _ = key_of(record)
    place = (
        f"Change with [Action={action}, Name={name}, Type={kind}, SetIdentifier={record.get('SetIdentifier', 'null')}]"
    )
    if action not in _ACTIONS:
        raise BatchError(
            f"Invalid XML ; Value '{action}' is not facet-valid with respect to enumeration '{_ACTIONS}'",
            code="InvalidInput",
        )
    _check_name(name)
    if not (name == scope.zone_name or name.endswith("." + scope.zone_name)):
        raise BatchError(f"RRSet with DNS name {name} is not permitted in zone {scope.zone_name}")
    contents = [part for part in ("AliasTarget", "TTL", "ResourceRecords") if part in record]
    if contents not in (["AliasTarget"], ["TTL", "ResourceRecords"]):
        found = "more than one" if "AliasTarget" in contents else "none"
        raise BatchError(
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords],"
            f" or TrafficPolicyInstanceId], but found {found} in {place}",
            code="InvalidInput",
        )
    policies = [policy for policy in POLICIES if policy in record]
    if len(policies) > 1 or bool(policies) != ("SetIdentifier" in record):
        raise BatchError(
            f"Invalid request: Expected exactly one of {list(POLICIES)} together with SetIdentifier,"
            f" but found {policies or 'none'} in {place}",
            code="InvalidInput",
        )
    problem = _value_problem(record)
    if problem:
        raise BatchError(problem)


def _check_name(name: str) -> None:
    labels = readable_name(name).rstrip(".").split(".")
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise BatchError(
            "FATAL problem: UnsupportedCharacter (Value contains unsupported characters)"
            f" or DomainLabelTooLong encountered with '{name}'"
        )


def _value_problem(record: Record) -> str | None:
    values = [value["Value"] for value in record.get("ResourceRecords", [])]
    kind = record["Type"]
    if len(set(values)) != len(values):
        return f"Duplicate Resource Record: '{values}'"
    if kind == "CNAME" and len(values) > 1:
        return f"CNAME must have exactly one value, but found {len(values)}"
    for value in values:
        if kind in ("A", "AAAA") and not _is_address(value, 4 if kind == "A" else 6):
            return _invalid_value(f"{kind}RRDATAIllegalAddress (Value is not a valid address)", value)
        if kind in ("TXT", "SPF") and not (value.startswith('"') and value.endswith('"')):
            return _invalid_value("InvalidCharacterString (Value should be enclosed in quotation marks)", value)
    return None


def _invalid_value(problem: str, value: str) -> str:
    return f"Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''"


def _is_address(value: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(value).version == version
    except ValueError:
        return False


def _check_once(wanted: list[tuple[str, Record]]) -> None:
    """A record set may be deleted and created in one batch, but not be written twice."""
    seen: set[tuple[str, Key]] = set()
    for action, record in wanted:
        step = ("DELETE" if action == "DELETE" else "write", key_of(record))
        if step in seen:
            shown = f"'{record['Type']} {record['Name']}'"
            raise BatchError(f"The request contains an invalid set of changes for a resource record set {shown}")
        seen.add(step)


def _apply(records: Records, action: str, record: Record) -> Iterator[str]:
    key = key_of(record)
    known = records.get(key)
    if action == "CREATE" and known:
        yield f"Tried to create resource record set {_shown(record)} but it already exists"
    elif action != "DELETE":
        records[key] = record
    elif not known:
        yield f"Tried to delete resource record set {_shown(record)} but it was not found"
    elif _comparable(known) != _comparable(record):
        problem = "but the values provided do not match the current values"
        yield f"Tried to delete resource record set {_shown(record)} {problem}"
    else:
        del records[key]


def _shown(record: Record) -> str:
    name, kind, identifier = key_of(record)
    return f"[name='{name}', type='{kind}'" + (f", set-identifier='{identifier}']" if identifier else "]")


def _comparable(record: Record) -> Record:
    values = sorted(value["Value"] for value in record.get("ResourceRecords", []))
    return record | {"ResourceRecords": values}


def _conflicts(scope: Scope, records: Records, record: Record) -> Iterator[str]:
    """Conflicts of a written record set with others, and missing health checks."""
    name, kind, _ = key_of(record)
    siblings = [other for other in records.values() if other["Name"] == name and other["Type"] == kind]
    policies = {policy_of(other) for other in siblings}
    refused = f"RRSet of type {kind} with DNS name {name} cannot be created as"
    if len(policies) > 1:
        yield f"{refused} other RRSets exist with the same name and type and another routing policy"
    role = record.get("Failover")
    if role and sum(other.get("Failover") == role for other in siblings) > 1:
        yield f"{refused} another {role} exists with the same name and type"
    if role == "PRIMARY" and "AliasTarget" not in record and "HealthCheckId" not in record:
        yield "A non-alias primary ResourceRecordSet must have an associated health check"
    yield from _type_conflicts(scope, records, name, kind)
    check = record.get("HealthCheckId")
    if check and not scope.known_check(check):
        yield f"The health check {check} does not exist"


def policy_of(record: Mapping[str, Any]) -> str:
    """The routing policy of a record set; empty for a simple one."""
    return next((policy for policy in POLICIES if policy in record), "")


def _type_conflicts(scope: Scope, records: Records, name: str, kind: str) -> Iterator[str]:
    types = {other["Type"] for other in records.values() if other["Name"] == name}
    refused = f"RRSet of type {kind} with DNS name {name} is not permitted"
    if kind == "CNAME" and name == scope.zone_name:
        yield f"{refused} at apex in zone {scope.zone_name}"
    elif "CNAME" in types and len(types) > 1:
        conflict = "because a conflicting RRSet of type CNAME with the same DNS name already exists"
        yield f"{refused} {conflict} in zone {scope.zone_name}"
    if kind == "SOA" and name != scope.zone_name:
        yield f"{refused} below the apex of zone {scope.zone_name}"


def _target_problems(scope: Scope, records: Mapping[Key, Record], record: Record) -> Iterator[str]:
    target = record.get("AliasTarget")
    problem: str | None
    if target is None:
        return
    if target["HostedZoneId"] != scope.zone_id:
        problem = scope.foreign_target(target, record["Type"])
    elif not (target["DNSName"] == scope.zone_name or target["DNSName"].endswith("." + scope.zone_name)):
        problem = "but the alias target name does not lie within the target zone"
    elif not any(key[:2] == (target["DNSName"], record["Type"]) for key in records):
        problem = "but that target was not found"
    else:
        problem = None
    if problem:
        aimed = f"{target['DNSName']}, type {record['Type']} in zone {target['HostedZoneId']}"
        yield f"Tried to create an alias that targets {aimed}, {problem}"


def _missing_at_apex(scope: Scope, records: Records) -> Iterator[str]:
    for kind, words in (("SOA", "exactly one SOA record"), ("NS", "at least one NS record for the zone itself")):
        if (scope.zone_name, kind, "") not in records:
            yield f"A HostedZone must contain {words}."
