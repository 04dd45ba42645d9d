# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks: kept whole, versions counted, alarms copied, references not used again.

Rules from the API reference of CreateHealthCheck, HealthCheckConfig and UpdateHealthCheck.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.core.common_models import BaseModel
from moto.moto_api._internal import mock_random
from moto.route53 import models
from moto.route53.responses import Route53

from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.quotas import HEALTH_CHECKS
from sandbox.overlay.route53.alarms import copy_alarm
from sandbox.overlay.route53.checker_states import Place, Report, states_of
from sandbox.overlay.route53.health import CheckHealth
from sandbox.overlay.route53.settings import completed, refuse_invalid

# The default regions of checkers
CHECKER_REGIONS = (
    "us-east-1", "us-west-1", "us-west-2", "eu-west-1",
    "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1",
)  # fmt: skip
_UPDATABLE = (
    "IPAddress", "Port", "ResourcePath", "FullyQualifiedDomainName", "SearchString",
    "FailureThreshold", "Inverted", "Disabled", "HealthThreshold", "ChildHealthChecks",
    "EnableSNI", "Regions", "AlarmIdentifier", "InsufficientDataHealthStatus",
)  # fmt: skip
_MOST_LISTED = 1000
_ENDPOINT_WORDS = ("Success: HTTP Status Code 200, OK", "Failure: The endpoint did not answer as it should.")
# AWS documents none for checks that follow a metric.
_METRIC_WORDS = (
    "Success: The data points of the alarm's metric are within its threshold.",
    "Failure: The data points of the alarm's metric breach its threshold.",
)


@dataclass(eq=False)
class Check(BaseModel):
    """A health check, for moto's serializer. The alarm's settings are a copy."""

    id: str
    caller_reference: str
    config: dict[str, Any]
    cloud_watch_alarm_configuration: dict[str, Any] | None
    version: int = 1


def patch() -> None:
    """Create checks of this class without a call too, as the seed does."""
    models.Route53Backend.create_health_check = create


def create(backend: Any, caller_reference: str, health_check_args: dict[str, Any]) -> Check:
    """Make a check in an account. Raises AwsError InvalidInput."""
    settings = completed(health_check_args)
    refuse_invalid(settings, backend.health_checks)
    alarm = copy_alarm(backend.account_id, settings)
    check = Check(str(mock_random.uuid4()), caller_reference, settings, alarm)
    backend.health_checks[check.id] = check
    return check


@corrects(Route53, "CreateHealthCheck")
def _create(call: Call) -> Any:
    backend = call.backend
    used: dict[str, dict[str, Any]] = call.world.store(dict, "route53", "check references", call.account)
    reference, config = call.get("CallerReference"), copy.deepcopy(dict(call.get("HealthCheckConfig")))
    known = next((kept for kept in backend.health_checks.values() if kept.caller_reference == reference), None)
    if known and used.get(reference) == config:
        return _created(known)
    if known or reference in used:
        raise AwsError(
            "HealthCheckAlreadyExists",
            f"A health check with the caller reference {reference} exists with other settings, or was deleted.",
        )
    refusal = AwsError("TooManyHealthChecks", "The account has reached the limit on the number of health checks.")
    HEALTH_CHECKS.keep(call, len(backend.health_checks), refusal)
    check = create(backend, reference, config)
    used[reference] = config
    return _created(check)


def _created(check: Check) -> dict[str, Any]:
    return {
        "HealthCheck": check,
        "Location": f"https://route53.amazonaws.com/2013-04-01/healthcheck/{check.id}",
    }


@corrects(Route53, "GetHealthCheck")
def _get(call: Call) -> Any:
    return {"HealthCheck": _check(call)}


def _check(call: Call) -> Check:
    identifier = call.get("HealthCheckId")
    found = call.backend.health_checks.get(identifier)
    if found is None:
        raise AwsError("NoSuchHealthCheck", f"No health check exists with the specified ID {identifier}")
    check: Check = found
    return check


@corrects(Route53, "ListHealthChecks")
def _list(call: Call) -> Any:
    size = min(int(call.get("MaxItems") or 100), _MOST_LISTED)
    checks = list(call.backend.health_checks.values())
    marker = call.get("Marker")
    first = next((place for place, check in enumerate(checks) if check.id == marker), 0)
    page, following = checks[first : first + size], checks[first + size :]
    return {
        "HealthChecks": page,
        "Marker": marker or "",
        "IsTruncated": bool(following),
        "NextMarker": following[0].id if following else None,
        "MaxItems": str(size),
    }


@corrects(Route53, "UpdateHealthCheck")
def _update(call: Call) -> Any:
    """UpdateHealthCheck keeps omitted settings, and copies the alarm's current ones again."""
    check = _check(call)
    version = call.get("HealthCheckVersion")
    if version and int(version) != check.version:
        raise AwsError("HealthCheckVersionMismatch", f"The health check has version {check.version}, not {version}")
    settings = {name: value for name, value in check.config.items() if name not in (call.get("ResetElements") or [])}
    settings |= {name: call.get(name) for name in _UPDATABLE if call.get(name) is not None}
    settings = completed(settings)
    refuse_invalid(settings, call.backend.health_checks)
    check.cloud_watch_alarm_configuration = copy_alarm(call.account, settings)
    check.config = settings
    check.version += 1
    return {"HealthCheck": check}


@corrects(Route53, "DeleteHealthCheck")
def _delete(call: Call) -> Any:
    check = _check(call)
    del call.backend.health_checks[check.id]
    call.backend.resource_tags.pop(check.id, None)
    return {}


@corrects(Route53, "GetHealthCheckStatus", "GetHealthCheckLastFailureReason")
def _observations(call: Call) -> Any:
    """The last observation, or the last failure, of each checker."""
    check, failures = _check(call), call.operation == "GetHealthCheckLastFailureReason"
    if check.config["Type"] == "CALCULATED":
        raise AwsError("InvalidInput", f"{call.operation} is not supported for a calculated health check: {check.id}")
    states = states_of(call.world, check.id)
    if states and call.world.observations.said("health_check", check.id) is None:
        reports = {place: state.last_failure if failures else state.last for place, state in states.items()}
        shown = [_observation(place, report) for place, report in reports.items() if report]
    else:
        well = CheckHealth(call.world, call.account).observed(check)
        shown = [] if well and failures else _unlooked(check, well, metric_words(call.world))
    return {"HealthCheckObservations": shown}


def _observation(place: Place, report: Report) -> dict[str, Any]:
    """A HealthCheckObservation of a checker that is reporting."""
    return {
        "Region": place.region,
        "IPAddress": place.address,
        "StatusReport": {"Status": report.text, "CheckedTime": report.moment},
    }


def metric_words(world: World) -> list[str]:
    """GetHealthCheckStatus's texts for a check that follows a metric: for healthy, and for unhealthy.

    Tests change the list.
    """
    return world.store(lambda: list(_METRIC_WORDS), "route53", "metric words")


def _unlooked(check: Check, well: bool, words: list[str]) -> list[dict[str, Any]]:
    """Observations without probes: for metrics, and without a data plane."""
    good, bad = words if check.config["Type"] == "CLOUDWATCH_METRIC" else _ENDPOINT_WORDS
    report = Report(well, good if well else bad, datetime.now(UTC))
    regions = check.config.get("Regions") or CHECKER_REGIONS
    return [_observation(Place(region, number), report) for number, region in enumerate(regions, start=1)]
