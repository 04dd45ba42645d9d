# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health check configurations: what they should be, in one form with what Route 53 answers."""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import switch_alarm
from .._failover_chain.health_checks import Check
from .._route53.names import readable
from . import alarms
from .spec import CHECKER_REGIONS, Endpoint

# UpdateHealthCheck takes none of these: a change of them wants a new check.
IMMUTABLE: t.Final = ("Type", "RequestInterval", "MeasureLatency")
_DEFAULTS: t.Final[dict[str, t.Any]] = {
    "Inverted": False,
    "Disabled": False,
    "MeasureLatency": False,
    "EnableSNI": False,
    "Regions": [],
    "SearchString": None,
}
# The same for every check: Disabled would mean always healthy, and Inverted sends traffic to what is down.
_UPRIGHT: t.Final = {"Inverted": False, "Disabled": False}


def normal(check: Check) -> dict[str, t.Any]:
    """The HealthCheckConfig of a check as Route 53 answers it, comparable with the ones below.

    Lists that are sets are sorted. All checker regions are as none. The copy that Route 53 made of the alarm's
    settings is in it as CloudWatchAlarmConfiguration.
    """
    config = {**_DEFAULTS, **check.config}
    regions = sorted(config["Regions"] or [])
    config["Regions"] = [] if regions == sorted(CHECKER_REGIONS) else regions
    if "ChildHealthChecks" in config:
        config["ChildHealthChecks"] = sorted(config["ChildHealthChecks"])
    if check.copied_alarm:
        config["CloudWatchAlarmConfiguration"] = alarms.normal_copy(check.copied_alarm)
    return config


def endpoint(wanted: Endpoint, name: str) -> dict[str, t.Any]:
    """The check that probes a region under its own name (``name``, in normal form)."""
    return {
        "Type": wanted.type,
        "FullyQualifiedDomainName": readable(name),
        "Port": wanted.port,
        "ResourcePath": wanted.path,
        "RequestInterval": wanted.interval,
        "FailureThreshold": wanted.failure_threshold,
        "MeasureLatency": wanted.measure_latency,
        "EnableSNI": wanted.protocol == "HTTPS",
        "SearchString": wanted.search_string,
        "Regions": sorted(wanted.checker_regions),
        **_UPRIGHT,
    }


def switch(owner: Owner, evicted: str, seat: str) -> dict[str, t.Any]:
    """The check by which the region ``seat`` evicts another: it follows the data points of an alarm there.

    LastKnownStatus makes it a switch: without new data points it stays as the last one has set it.
    """
    return {
        "Type": "CLOUDWATCH_METRIC",
        "AlarmIdentifier": {"Region": seat, "Name": switch_alarm(owner, evicted)},
        "InsufficientDataHealthStatus": "LastKnownStatus",
        "CloudWatchAlarmConfiguration": alarms.copied(owner, evicted),
        **_UPRIGHT,
    }


def calculated(children: t.Iterable[str]) -> dict[str, t.Any]:
    """The check a region's record carries: healthy while all of its children are."""
    ids = sorted(children)
    return {"Type": "CALCULATED", "ChildHealthChecks": ids, "HealthThreshold": len(ids), **_UPRIGHT}


def fits(config: t.Mapping[str, t.Any], wanted: t.Mapping[str, t.Any]) -> bool:
    """True if UpdateHealthCheck can turn a check with ``config`` into the one wanted."""
    return all(config.get(key) == wanted[key] for key in IMMUTABLE if key in wanted)


def for_create(config: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The HealthCheckConfig for CreateHealthCheck."""
    left_out = {"CloudWatchAlarmConfiguration"} | {key for key in ("SearchString", "Regions") if not config.get(key)}
    return {key: value for key, value in config.items() if key not in left_out}


def for_update(config: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The members of an UpdateHealthCheck request that bring a check to ``config``.

    Naming the alarm again makes Route 53 copy its settings anew.
    """
    members = {key: value for key, value in for_create(config).items() if key not in IMMUTABLE}
    if "Regions" in config and not config["Regions"]:
        members["ResetElements"] = ["Regions"]
    return members
