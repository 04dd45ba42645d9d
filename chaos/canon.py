# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources in a form that is the same in each deployment: without IDs and volatile members. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from chaos.place import Item

OWNER = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev"}
DOMAIN = "dev.example.com."
_LONGEST = 300
_NAMED = re.compile(r"hello-dev-")
# Kinds without tags
_UNTAGGED = frozenset({
    "DashboardEntries", "ReplicationRules", "ScalableTargets", "ScalingPolicies", "ScheduledActions", "Schedules",
    "Subscriptions", "resourcePolicies",
})  # fmt: skip
# Times, counters, addresses that AWS chooses, and members that repeat another resource
_PASSING = frozenset({
    "AlarmConfigurationUpdatedTimestamp", "Alarms", "AllocationId", "AssociationId", "AvailableIpAddressCount",
    "CallerReference", "CanonicalHostedZoneId", "ClientToken", "CreatedTime", "CreationTime", "DnsEntries", "EndDate",
    "Groups", "HealthCheckVersion", "InUseBy", "LastModificationDate", "NetworkAclAssociationId",
    "NetworkInterfaceId", "NetworkInterfaceIds", "NetworkInterfaceOwnerId", "OwnerId", "PolicyARN", "PrivateIp",
    "PrivateIpAddress", "PublicIp", "ResourceRecordSetCount", "ResponseMetadata", "RoleId", "RoleLastUsed",
    "RouteTableAssociationId", "ScalableTargetARN", "ScheduledActionARN", "SecurityGroupRuleId", "StartDate",
    "StateReason", "StateReasonData", "StateTransitionedTimestamp", "StateUpdatedTimestamp", "StateValue",
    "VersionId", "arn", "creationTime", "currentServiceDeployment", "currentServiceRevisions", "deployments",
    "events", "id", "lastUpdatedTime", "pendingCount", "pendingTasksCount", "revision", "runningTasksCount",
    "storedBytes", "taskDefinition", "taskDefinitionArn",
})  # fmt: skip
# IDs of resources without tags, such as subnet-0a1b2c3d and listener/app/hello-dev/0a1b2c3d4e5f6071, and that of a
# certificate in the description of its alarm
_RANDOM = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|(?<=[-/])[0-9a-f]{8,17}\b")

# Address, and content as JSON
Named = Counter[tuple[str, str]]


def is_ours(item: Item) -> bool:
    """Whether its tags, or its name if it cannot have tags, say that it is the stack's."""
    if item.kind in _UNTAGGED:
        return bool(_NAMED.match(item.tags["Name"]))
    return OWNER.items() <= item.tags.items()


def ours(items: Sequence[Item]) -> Named:
    """The stack's resources, and its delegation in the parent zone. Duplicates count."""
    labels = _labels(items)
    # Only the task definition in use counts, which is part of the service: earlier revisions are kept.
    mine = [item for item in items if is_ours(item) and item.kind != "taskDefinitions"]
    return Counter([*(_line(item, labels) for item in mine), *_delegation(items, labels)])


def others(items: Sequence[Item]) -> dict[str, str]:
    """Foreign resources by ID, without the stack's own records in the parent zone."""
    return {
        f"{item.account} {item.region} {item.kind} {item.id}": json.dumps(
            _plain(_without_ours(item), {}), sort_keys=True
        )
        for item in items
        if not is_ours(item)
    }


def everything(items: Sequence[Item]) -> dict[str, str]:
    """All resources by ID."""
    return {
        f"{item.account} {item.region} {item.kind} {item.id}": json.dumps(_plain(item.content, {}), sort_keys=True)
        for item in items
    }


def differences(expected: Named, seen: Named) -> list[str]:
    """What is missing, unexpected, or different, and in which members."""
    missing, more = expected - seen, seen - expected
    found = []
    for name in sorted({name for name, _body in (*missing, *more)}):
        old, new = ([body for each, body in side.elements() if each == name] for side in (missing, more))
        if len(old) == len(new) == 1:
            found.append(f"{name} is other: {_members(json.loads(old[0]), json.loads(new[0]))}")
        else:
            found.append(f"{name}: {len(old)} missing, {len(new)} too much or other")
    return found


def _members(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    differ = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    return "; ".join(f"{key} {_short(old.get(key))} became {_short(new.get(key))}" for key in differ)


def _short(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def touched(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What is gone or changed. Additions do not count."""
    changed = (key for key, content in before.items() if after.get(key) != content)
    return [f"{'changed' if key in after else 'gone'}: {key}" for key in changed]


def left(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What was not there before, as findings."""
    return [f"left: {key}" for key in after if key not in before]


def _labels(items: Iterable[Item]) -> dict[str, str]:
    """ID → the label that replaces it."""
    found: dict[str, str] = {}
    for item in items:
        if is_ours(item):
            place = "" if item.kind in ("Roles", "HostedZones") else f"{item.region}/"
            label = f"<{place}{item.kind}/{item.tags.get('Resource') or item.tags.get('Name')}>"
            found |= dict.fromkeys((item.id, *item.names), label)
    # A cluster's name is part of many other names.
    return {name: label for name, label in found.items() if len(name) > 16}


def _line(item: Item, labels: Mapping[str, str]) -> tuple[str, str]:
    body = json.dumps(_plain(item.content, labels), sort_keys=True)
    return f"{item.account} {item.region} {item.kind} {item.tags.get('Resource') or item.tags.get('Name', '')}", body


def _delegation(items: Iterable[Item], labels: Mapping[str, str]) -> list[tuple[str, str]]:
    parents = (item for item in items if item.account == "management" and item.kind == "HostedZones")
    records = (record for parent in parents for record in parent.content["records"] if record["Name"] == DOMAIN)
    return [("delegation", json.dumps(_plain(record, labels), sort_keys=True)) for record in records]


def _without_ours(item: Item) -> Any:
    if item.kind != "HostedZones" or item.account != "management":
        return item.content
    return {**item.content, "records": [each for each in item.content["records"] if each["Name"] != DOMAIN]}


def _plain(value: Any, labels: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item, labels) for key, item in value.items() if key not in _PASSING}
    if isinstance(value, list):
        return sorted((_plain(item, labels) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, date):
        return "a time"
    return _named(value, labels) if isinstance(value, str) and labels else value


def _named(text: str, labels: Mapping[str, str]) -> str:
    for name, label in labels.items():
        if name in text:
            text = text.replace(name, label)
    return _RANDOM.sub("?", text)
