# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drifts of zone, delegation, records, health checks and alarms."""

from __future__ import annotations

import typing as t

from .drifts import EAST, World, drift

_NAME = "dev.example.com."
_ALARM = "hello-dev-switch-us-west-1"
_FALLBACK = "192.0.2.1"


def route53(world: World) -> t.Any:
    return world.client("route53")


def change(client: t.Any, zone: str, *changes: tuple[str, dict[str, t.Any]]) -> None:
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": batch})


def record(client: t.Any, zone: str, name: str, kind: str, **also: str) -> dict[str, t.Any]:
    found = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    (only,) = [
        item
        for item in found
        if (item["Name"], item["Type"]) == (name, kind) and all(item.get(key) == value for key, value in also.items())
    ]
    return dict(only)


@drift("zone comment", "zone/main")
def _(world: World) -> None:
    route53(world).update_hosted_zone_comment(Id=world.zone, Comment="another")


@drift("zone tags", "zone/main")
def _(world: World) -> None:
    route53(world).change_tags_for_resource(ResourceType="hostedzone", ResourceId=world.zone, RemoveTagKeys=["Name"])


def parent(world: World) -> tuple[t.Any, str]:
    client = world.client("route53", "management")
    zones = [zone for zone in client.list_hosted_zones()["HostedZones"] if not zone["Config"]["PrivateZone"]]
    return client, str(zones[0]["Id"]).rpartition("/")[2]


def delegate(world: World, **other: t.Any) -> None:
    client, zone = parent(world)
    change(client, zone, ("UPSERT", record(client, zone, _NAME, "NS") | other))


@drift("delegation ttl", "delegation/main")
def _(world: World) -> None:
    delegate(world, TTL=60)


@drift("delegation servers", "delegation/main")
def _(world: World) -> None:
    delegate(world, ResourceRecords=[{"Value": "ns-1.elsewhere.example."}])


@drift("delegation gone", "delegation/main")
def _(world: World) -> None:
    client, zone = parent(world)
    change(client, zone, ("DELETE", record(client, zone, _NAME, "NS")))


def regional(world: World, **also: str) -> dict[str, t.Any]:
    return record(route53(world), world.zone, f"{EAST}.{_NAME}", "A", **also)


def west(world: World) -> dict[str, t.Any]:
    return dict(record(route53(world), world.zone, f"us-west-1.{_NAME}", "A")["AliasTarget"])


def upsert(world: World, new: dict[str, t.Any]) -> None:
    change(route53(world), world.zone, ("UPSERT", new))


@drift("region record target", "record_sets/regional")
def _(world: World) -> None:
    upsert(world, regional(world) | {"AliasTarget": west(world)})


@drift("region record health", "record_sets/regional")
def _(world: World) -> None:
    found = regional(world)
    upsert(world, found | {"AliasTarget": found["AliasTarget"] | {"EvaluateTargetHealth": True}})


@drift("region record gone", "record_sets/regional")
def _(world: World) -> None:
    change(route53(world), world.zone, ("DELETE", regional(world)))


@drift("region record values", f"{EAST}.dev.example.com", stays=True)
def _(world: World) -> None:
    found = regional(world)
    plain = {"Name": found["Name"], "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": _FALLBACK}]}
    upsert(world, plain)


@drift("region record check", "record_sets/regional")
def _(world: World) -> None:
    upsert(world, regional(world) | {"HealthCheckId": check(world, "endpoint")["Id"]})


def primary(world: World) -> dict[str, t.Any]:
    return record(route53(world), world.zone, _NAME, "A", Failover="PRIMARY")


@drift("failover record target", "record_sets/failover")
def _(world: World) -> None:
    upsert(world, primary(world) | {"AliasTarget": west(world)})


@drift("failover record check", "record_sets/failover")
def _(world: World) -> None:
    upsert(world, primary(world) | {"HealthCheckId": check(world, "endpoint")["Id"]})


@drift("failover record gone", "record_sets/failover")
def _(world: World) -> None:
    change(route53(world), world.zone, ("DELETE", primary(world)))


def check(world: World, role: str, region: str = EAST) -> dict[str, t.Any]:
    found = route53(world).list_health_checks()["HealthChecks"]
    (only,) = [item for item in found if f"/{region}/{role}/" in item["CallerReference"] + "/"]
    return dict(only)


_ENDPOINT = f"health_check/{EAST}-endpoint"
_SWITCH = f"health_check/{EAST}-switch-us-west-1"
_CALCULATED = f"health_check/{EAST}-calculated"
_CHECKS: dict[str, tuple[str, str, dict[str, t.Any]]] = {
    "port": ("endpoint", _ENDPOINT, {"Port": 81}),
    "path": ("endpoint", _ENDPOINT, {"ResourcePath": "/other"}),
    "name": ("endpoint", _ENDPOINT, {"FullyQualifiedDomainName": "other.example.com"}),
    "threshold": ("endpoint", _ENDPOINT, {"FailureThreshold": 5}),
    "inverted": ("endpoint", _ENDPOINT, {"Inverted": True}),
    "disabled": ("endpoint", _ENDPOINT, {"Disabled": True}),
    "regions": ("endpoint", _ENDPOINT, {"Regions": ["us-east-1", "us-west-1", "eu-west-1"]}),
    "health threshold": ("calculated", _CALCULATED, {"HealthThreshold": 1}),
    "insufficient data": ("switch-us-west-1", _SWITCH, {"InsufficientDataHealthStatus": "Unhealthy"}),
}

for name, (role, address, members) in _CHECKS.items():

    def _update(world: World, role: str = role, members: dict[str, t.Any] = members) -> None:
        route53(world).update_health_check(HealthCheckId=check(world, role)["Id"], **members)

    drift.put(f"check {name}", address, _update)


@drift("check children", _CALCULATED)
def _(world: World) -> None:
    children = [check(world, "endpoint")["Id"], check(world, "endpoint", "us-west-1")["Id"]]
    route53(world).update_health_check(HealthCheckId=check(world, "calculated")["Id"], ChildHealthChecks=children)


@drift("check alarm", _SWITCH)
def _(world: World) -> None:
    identifier = {"Region": "us-east-1", "Name": _ALARM}
    route53(world).update_health_check(HealthCheckId=check(world, "switch-us-west-1")["Id"], AlarmIdentifier=identifier)


@drift("check tags", _ENDPOINT)
def _(world: World) -> None:
    route53(world).change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=check(world, "endpoint")["Id"], RemoveTagKeys=["Name"]
    )


_METRIC_ALARM = "metric_alarm/us-west-1-switch-us-east-1"
_TAKEN = (
    "AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions",
    "MetricName", "Namespace", "Statistic", "Dimensions", "Period", "EvaluationPeriods", "Threshold",
    "ComparisonOperator", "TreatMissingData",
)  # fmt: skip
_ALARMS: dict[str, dict[str, t.Any]] = {
    "description": {"AlarmDescription": "another"},
    "metric": {"MetricName": "Another"},
    "namespace": {"Namespace": "another"},
    "statistic": {"Statistic": "Average"},
    "extended statistic": {"Statistic": None, "ExtendedStatistic": "p90"},
    "dimensions": {"Dimensions": [{"Name": "Region", "Value": "elsewhere"}]},
    "period": {"Period": 120},
    "unit": {"Unit": "Count"},
    "periods": {"EvaluationPeriods": 2},
    "data points": {"EvaluationPeriods": 2, "DatapointsToAlarm": 1},
    "threshold": {"Threshold": 2.0},
    "comparison": {"ComparisonOperator": "GreaterThanThreshold"},
    "missing data": {"TreatMissingData": "breaching"},
}


def put_alarm(world: World, *left_out: str, **members: t.Any) -> None:
    client = world.client("cloudwatch")
    found = client.describe_alarms(AlarmNames=[_ALARM])["MetricAlarms"][0]
    wanted = {key: found[key] for key in _TAKEN if key in found and key not in left_out} | members
    client.put_metric_alarm(**{key: value for key, value in wanted.items() if value is not None})


for name, members in _ALARMS.items():

    def _put(world: World, members: dict[str, t.Any] = members) -> None:
        put_alarm(world, **members)

    drift.put(f"alarm {name}", _METRIC_ALARM, _put)


@drift("alarm tags", _METRIC_ALARM)
def _(world: World) -> None:
    client = world.client("cloudwatch")
    arn = client.describe_alarms(AlarmNames=[_ALARM])["MetricAlarms"][0]["AlarmArn"]
    client.untag_resource(ResourceARN=arn, TagKeys=["Name"])


_TOPIC = [f"arn:aws:sns:{EAST}:111111111111:tell-me"]
_ACTIONS: dict[str, dict[str, t.Any]] = {
    "actions enabled": {"ActionsEnabled": False},
    "actions": {"AlarmActions": _TOPIC},
    "ok actions": {"OKActions": _TOPIC},
    "insufficient data actions": {"InsufficientDataActions": _TOPIC},
}

for name, members in _ACTIONS.items():

    def _act(world: World, members: dict[str, t.Any] = members) -> None:
        put_alarm(world, **members)

    drift.put(f"alarm {name}", f"{_METRIC_ALARM} ({next(iter(members))}: ", _act, stays=True)


@drift("alarm metrics", _METRIC_ALARM)
def _(world: World) -> None:
    metric = {"Namespace": "another", "MetricName": "Another"}
    stat = {"Metric": metric, "Period": 60, "Stat": "Maximum"}
    single = ("MetricName", "Namespace", "Statistic", "Dimensions", "Period")
    put_alarm(world, *single, Metrics=[{"Id": "m1", "MetricStat": stat, "ReturnData": True}])
