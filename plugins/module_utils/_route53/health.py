# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides health the way AWS does. Pure."""

from __future__ import annotations

import typing as t

# "If more than 18% of health checkers report that an endpoint is healthy, Route 53 considers it healthy" (Route 53
# Developer Guide, "How Route 53 determines whether a health check is healthy").
_HEALTHY_SHARE: t.Final = 0.18
_SUCCESS: t.Final = "success"
_FAILURE: t.Final = "failure"


def is_healthy(
    observations: t.Sequence[t.Mapping[str, t.Any]], config: t.Mapping[str, t.Any] | None = None
) -> bool | None:
    """The status of an endpoint or alarm check from HealthCheckObservations. A check without any is new: healthy.

    None if it depends on reports that begin with neither ``Success`` nor ``Failure``: AWS does not document the
    wording, in particular for checks that follow a metric.

    :param config: its HealthCheckConfig, for Disabled (considered healthy) and Inverted, which inverts that, too.
    """
    settings = config or {}
    if not observations or settings.get("Disabled"):
        return _unless_inverted(True, settings)
    good, unknown = len(successes(observations)), len(unknown_words(observations))
    least, most = good / len(observations), (good + unknown) / len(observations)
    if least <= _HEALTHY_SHARE < most:
        return None
    return _unless_inverted(least > _HEALTHY_SHARE, settings)


def is_calculated_healthy(healthy_children: int, config: t.Mapping[str, t.Any]) -> bool:
    """The status of a CALCULATED check: a threshold of 0 is always met, one above the number of children never."""
    return _unless_inverted(healthy_children >= int(config.get("HealthThreshold", 0)), config)


def successes(observations: t.Sequence[t.Mapping[str, t.Any]]) -> list[t.Mapping[str, t.Any]]:
    """The observations of a healthy endpoint."""
    return [item for item in observations if status_text(item).lower().startswith(_SUCCESS)]


def unknown_words(observations: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    """The reports that say neither success nor failure in known wording."""
    texts = [status_text(item) for item in observations]
    return [text for text in texts if not text.lower().startswith((_SUCCESS, _FAILURE))]


def status_text(observation: t.Mapping[str, t.Any]) -> str:
    """A checker's report: ``Success: HTTP Status Code 200, OK``."""
    return str(observation.get("StatusReport", {}).get("Status", ""))


def short_reason(status: str) -> str:
    """A report without advice and addresses: ``Connection timed out`` of ``Failure: Connection timed out. The …``."""
    return status.removeprefix("Failure: ").partition(". ")[0].removesuffix(".")


def problem_of_targets(groups: t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]]) -> str:
    """Why an alias to a load balancer with these target groups counts as unhealthy; empty if it is healthy.

    Every target group that has targets needs a healthy one, and there has to be one with targets (Route 53 Developer
    Guide, "How Route 53 chooses records when alias records evaluate target health").
    """
    used = {name: targets for name, targets in groups.items() if targets}
    if not used:
        return "no target is registered with its load balancer"
    for name, targets in sorted(used.items()):
        states = [target["TargetHealth"] for target in targets]
        if not any(state["State"] == "healthy" for state in states):
            return f"no healthy target in target group {name}: {', '.join(sorted({_describe(s) for s in states}))}"
    return ""


def serving(chain: t.Sequence[str], healthy: t.Mapping[str, bool | None]) -> str | None:
    """The region that Route 53 answers with. None for an empty chain, or if it depends on unknown health.

    A pair answers with its PRIMARY while that is healthy, else with its SECONDARY if that is, else with the PRIMARY.
    A SECONDARY that is an alias to the next pair is healthy if one of that pair is.

    :param chain: the regions in DNS, first to serve first.
    """
    if not chain:
        return None
    first = next((region for region in chain if healthy[region] is not False), chain[0])
    surely = next((region for region in chain if healthy[region]), chain[0])
    return first if first == surely else None


def _unless_inverted(healthy: bool, config: t.Mapping[str, t.Any]) -> bool:
    return (healthy or bool(config.get("Disabled"))) != bool(config.get("Inverted"))


def _describe(state: t.Mapping[str, t.Any]) -> str:
    return " ".join(part for part in (state["State"], state.get("Reason", "")) if part)
