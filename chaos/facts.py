# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about a deployed stack, independent of the collection. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chaos.canon import DOMAIN, is_ours
from chaos.place import Item
from chaos.stacks import BASIC, FULL
from chaos.witness import REGIONS

_BASIC: Mapping[str, int] = {
    "Vpcs": 1, "Subnets": 4, "NatGateways": 2, "Addresses": 2, "InternetGateways": 1, "LoadBalancers": 1,
    "TargetGroups": 1, "clusters": 1, "services": 1, "MetricAlarms": 1, "Schedules": 1,
}  # fmt: skip
# Of each region, without the environment's in us-east-1
_COUNTS: Mapping[str, Mapping[str, int]] = {
    BASIC: _BASIC,
    FULL: {
        **_BASIC, "MetricAlarms": 8, "Topics": 1, "Subscriptions": 1, "Rules": 1, "CertificateSummaryList": 1,
        "ScalableTargets": 1, "ScalingPolicies": 1, "ScheduledActions": 1, "FlowLogs": 1, "Addresses": 0,
        "NatGateways": 1, "VpcEndpoints": 2, "Buckets": 1, "repositories": 1,
    },
}  # fmt: skip
# Of the environment: two alarms a region with a composite alarm, topic and subscription, query logging, and replication
# of the first region's repository
_SHARED: Mapping[str, Mapping[str, int]] = {
    BASIC: {},
    FULL: {
        "MetricAlarms": 4, "CompositeAlarms": 1, "Topics": 1, "Subscriptions": 1, "DashboardEntries": 1,
        "resourcePolicies": 1, "ReplicationRules": 1,
    },
}  # fmt: skip
_SHARED_REGION = "us-east-1"


def wrong(stack: str, items: Sequence[Item]) -> list[str]:
    """The facts that are wrong."""
    mine = [item for item in items if is_ours(item)]
    return [*(line for region in REGIONS for line in _region(stack, region, mine)), *_dns(items, mine)]


def _region(stack: str, region: str, mine: Sequence[Item]) -> Iterator[str]:
    here = [item for item in mine if item.region == region]
    shared = _SHARED[stack] if region == _SHARED_REGION else {}
    for kind in {**_COUNTS[stack], **shared}:
        count = _COUNTS[stack].get(kind, 0) + shared.get(kind, 0)
        found = sum(item.kind == kind for item in here)
        if found != count:
            yield f"{region}: {found} {kind}, not {count}"
    states = {item.kind: item.content for item in here}
    if (health := states.get("TargetGroups", {}).get("Health")) != ["healthy"] * 2:
        yield f"{region}: targets are {health}"
    if (state := states.get("LoadBalancers", {}).get("State")) != {"Code": "active"}:
        yield f"{region}: the load balancer is {state}"
    service = states.get("services", {})
    if (service.get("runningCount"), service.get("desiredCount")) != (2, 2):
        yield f"{region}: {service.get('runningCount')} of {service.get('desiredCount')} tasks run"
    listeners = sorted(each["Protocol"] for each in states.get("LoadBalancers", {}).get("Listeners", ()))
    if listeners != (["HTTP", "HTTPS"] if stack == FULL else ["HTTP"]):
        yield f"{region}: listeners for {listeners}"
    asked = [each.get("MutualAuthentication", {}).get("Mode", "off") for each in _secure(states)]
    if asked != (["verify"] if stack == FULL else []):
        yield f"{region}: clients are asked for {asked}"
    if bool(states.get("LoadBalancers", {}).get("web acl")) != (stack == FULL):
        yield f"{region}: the load balancer's web ACL is {states.get('LoadBalancers', {}).get('web acl')}"
    if (status := states.get("CertificateSummaryList", {}).get("Status", "ISSUED")) != "ISSUED":
        yield f"{region}: the certificate is {status}"


def _secure(states: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [each for each in states.get("LoadBalancers", {}).get("Listeners", ()) if each["Protocol"] == "HTTPS"]


def _dns(items: Sequence[Item], mine: Sequence[Item]) -> Iterator[str]:
    zones = [item for item in mine if item.kind == "HostedZones"]
    if len(zones) != 1:
        yield f"{len(zones)} zones"
        return
    records = zones[0].content["records"]
    parents = (
        each
        for item in items
        if item.account == "management" and item.kind == "HostedZones"
        for each in item.content["records"]
    )
    delegated = [_values(each) for each in parents if each["Name"] == DOMAIN and each["Type"] == "NS"]
    if delegated != [sorted(name.rstrip(".") for name in zones[0].names)]:
        yield f"delegated to {delegated}, and the zone's servers are {zones[0].names}"
    for region in REGIONS:
        target = next(
            (item.content["DNSName"] for item in mine if item.kind == "LoadBalancers" and item.region == region), ""
        )
        aliases = [each["AliasTarget"]["DNSName"] for each in records if each["Name"] == f"{region}.{DOMAIN}"]
        if not target or not any(target in alias for alias in aliases):
            yield f"{region}.{DOMAIN} is {aliases}, not {target}"
    if not any(each["Name"] == DOMAIN and each["Type"] == "A" for each in records):
        yield f"no record {DOMAIN}"


def _values(record: Mapping[str, Any]) -> list[str]:
    return sorted(value["Value"].rstrip(".") for value in record["ResourceRecords"])
