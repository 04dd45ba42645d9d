# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of a health check's settings, from the API reference of HealthCheckConfig. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.overlay.base import AwsError

ENDPOINT_TYPES = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")
_TYPES = (*ENDPOINT_TYPES, "CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL")
_OF_ENDPOINTS = (
    "IPAddress", "FullyQualifiedDomainName", "Port", "ResourcePath", "SearchString", "RequestInterval", "Regions",
)  # fmt: skip
_INTERVALS = (10, 30)
_FEWEST_REGIONS = 3
_MOST_CHILDREN = 256
_MOST_FAILURES = 10
_LONGEST_SEARCH = 255


def completed(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with Route 53's defaults."""
    kind = config["Type"]
    settings = {name: value for name, value in config.items() if value not in (None, [], "")}
    settings = {"Inverted": False, "Disabled": False} | settings
    if kind in ENDPOINT_TYPES:
        secure = kind.startswith("HTTPS")
        defaults = {"RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False, "EnableSNI": secure}
        if kind != "TCP":
            defaults["Port"] = 443 if secure else 80
        settings = defaults | settings
    return settings


def refuse_invalid(settings: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Raise AwsError InvalidInput with all that is wrong. `known` are the account's checks."""
    kind = settings["Type"]
    if kind not in _TYPES:
        raise AwsError("InvalidInput", f"Invalid health check type {kind}")
    problems = list({"CALCULATED": _calculated, "CLOUDWATCH_METRIC": _metric}.get(kind, _endpoint)(settings, known))
    if problems:
        raise AwsError("InvalidInput", "; ".join(problems))


def _endpoint(settings: Mapping[str, Any], _known: Mapping[str, Any]) -> Iterator[str]:
    kind = settings["Type"]
    if not (settings.get("IPAddress") or settings.get("FullyQualifiedDomainName")):
        yield "Either IPAddress or FullyQualifiedDomainName must be specified"
    if kind == "TCP" and "Port" not in settings:
        yield "Port must be specified for TCP health checks"
    if settings["RequestInterval"] not in _INTERVALS:
        yield "RequestInterval must be 10 or 30"
    if not 1 <= settings["FailureThreshold"] <= _MOST_FAILURES:
        yield "FailureThreshold must be between 1 and 10"
    search = settings.get("SearchString", "")
    if kind.endswith("_STR_MATCH") != bool(search) or len(search) > _LONGEST_SEARCH:
        yield "SearchString must have 1 to 255 characters with types that match a string, and be absent with others"
    path = settings.get("ResourcePath")
    if path and (kind == "TCP" or not path.startswith("/")):
        yield "ResourcePath must start with / and is not for TCP"
    regions = settings.get("Regions")
    if regions and len(set(regions)) < _FEWEST_REGIONS:
        yield "At least 3 health checker regions must be specified"
    for name in ("ChildHealthChecks", "HealthThreshold", "AlarmIdentifier", "InsufficientDataHealthStatus"):
        if name in settings:
            yield f"{name} is not for health checks of type {kind}"


def _calculated(settings: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    children = settings.get("ChildHealthChecks", [])
    if len(children) > _MOST_CHILDREN or len(set(children)) != len(children):
        yield "ChildHealthChecks must be at most 256 different checks"
    for child in children:
        if child not in known:
            yield f"The child health check {child} does not exist"
        elif known[child].config["Type"] == "CALCULATED":
            # Not settled by the documentation; code that relies on it should fail here.
            yield f"The child health check {child} is itself calculated"
    if not 0 <= settings.get("HealthThreshold", -1) <= _MOST_CHILDREN:
        yield "HealthThreshold must be between 0 and 256"
    yield from _not_probed(settings)


def _metric(settings: Mapping[str, Any], _known: Mapping[str, Any]) -> Iterator[str]:
    if not settings.get("AlarmIdentifier"):
        yield "AlarmIdentifier must be specified for health checks of type CLOUDWATCH_METRIC"
    if settings.get("InsufficientDataHealthStatus", "Healthy") not in ("Healthy", "Unhealthy", "LastKnownStatus"):
        yield "InsufficientDataHealthStatus must be Healthy, Unhealthy or LastKnownStatus"
    yield from _not_probed(settings)


def _not_probed(settings: Mapping[str, Any]) -> Iterator[str]:
    for name in _OF_ENDPOINTS:
        if name in settings:
            yield f"{name} is not for health checks of type {settings['Type']}"
