# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HealthCheckConfig: its compared fields, and their wanted values for each role of a check."""

from __future__ import annotations

import typing as t

from ..._aws.owner import Owner
from ..._aws.stack_names import switch_alarm
from ..._engine import field
from ..._engine.field import Answer, Field, parameter
from ..._failover_chain.health_checks import Check
from ..._route53.names import readable
from ..spec import CHECKER_REGIONS, Endpoint
from . import switch_alarm as alarms

# Not a member of HealthCheckConfig, but of the HealthCheck around it.
_COPY: t.Final = "CloudWatchAlarmConfiguration"


def _checker_regions(answer: Answer) -> list[str]:
    """Sorted; empty for all regions."""
    found = sorted(answer.get("Regions") or ())
    return [] if found == sorted(CHECKER_REGIONS) else found


FIELDS: t.Final = (
    parameter("type", "Type", immutable=True),
    parameter("domain_name", "FullyQualifiedDomainName"),
    parameter("port", "Port"),
    parameter("path", "ResourcePath"),
    parameter("interval", "RequestInterval", immutable=True),
    parameter("failure_threshold", "FailureThreshold"),
    parameter("measure_latency", "MeasureLatency", False, immutable=True),
    Field(
        name="server_name_indication",
        read=lambda answer: bool(answer.get("EnableSNI")),
        write=lambda value: {"EnableSNI": value},
    ),
    Field(
        name="search_string",
        read=lambda answer: answer.get("SearchString") or None,
        write=lambda value: {"SearchString": value} if value else {},
    ),
    Field(
        name="checker_regions",
        read=_checker_regions,
        write=lambda value: {"Regions": value} if value else {"ResetElements": ["Regions"]},
        default=[],
    ),
    parameter("alarm", "AlarmIdentifier"),
    parameter("insufficient_data_health_status", "InsufficientDataHealthStatus"),
    # Route 53 copies the settings again whenever an update names the alarm.
    Field(
        name="alarm_settings",
        read=lambda answer: alarms.read_copy(answer[_COPY]) if answer.get(_COPY) else None,
        write=lambda _value: {},
    ),
    Field(
        name="children",
        read=lambda answer: sorted(answer.get("ChildHealthChecks", ())),
        write=lambda value: {"ChildHealthChecks": value},
    ),
    parameter("health_threshold", "HealthThreshold"),
    # Disabled means always healthy, and Inverted sends traffic to an unhealthy region.
    parameter("inverted", "Inverted", False),
    parameter("disabled", "Disabled", False),
)
# UpdateHealthCheck takes none of these, so a change needs a new check.
IMMUTABLE: t.Final = tuple(each for each in FIELDS if each.immutable)
_UPRIGHT: t.Final = {"inverted": False, "disabled": False}

Values = dict[str, t.Any]


def endpoint_values(wanted: Endpoint, name: str) -> Values:
    """The check that probes a region at its regional name (``name``, in normal form)."""
    return {
        "type": wanted.type,
        "domain_name": readable(name),
        "port": wanted.port,
        "path": wanted.path,
        "interval": wanted.interval,
        "failure_threshold": wanted.failure_threshold,
        "measure_latency": wanted.measure_latency,
        "server_name_indication": wanted.protocol == "HTTPS",
        "search_string": wanted.search_string,
        "checker_regions": sorted(wanted.checker_regions),
        **_UPRIGHT,
    }


def switch_values(owner: Owner, evicted: str, seat: str) -> Values:
    """The check by which the region ``seat`` evicts another one: it follows the metric of an alarm there.

    LastKnownStatus makes it a switch: without new data points it keeps its status.
    """
    return {
        "type": "CLOUDWATCH_METRIC",
        "alarm": {"Region": seat, "Name": switch_alarm(owner, evicted)},
        "insufficient_data_health_status": "LastKnownStatus",
        "alarm_settings": alarms.wanted_copy(owner, evicted),
        **_UPRIGHT,
    }


def calculated_values(children: t.Iterable[str]) -> Values:
    """The check of a region's record, which is healthy while all of its children are."""
    ids = sorted(children)
    return {"type": "CALCULATED", "children": ids, "health_threshold": len(ids), **_UPRIGHT}


def read(check: Check) -> Values:
    """A check as Route 53 has it."""
    return field.read(FIELDS, {**check.config, _COPY: check.copied_alarm})


def fits(found: t.Mapping[str, t.Any], wanted: t.Mapping[str, t.Any]) -> bool:
    """Whether UpdateHealthCheck can turn the observed check into the wanted one."""
    return not field.differing(IMMUTABLE, found, wanted)


def config_of_new(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """HealthCheckConfig for CreateHealthCheck."""
    return field.write_new(FIELDS, values)


def config_of_update(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The members of an UpdateHealthCheck request."""
    return field.write([each for each in FIELDS if not each.immutable], values)
