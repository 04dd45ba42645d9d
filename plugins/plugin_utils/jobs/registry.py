# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of each module, by the module's name."""

from __future__ import annotations

import functools
import importlib
import typing as t

from ...module_utils._engine.job import Job
from .local import LocalJob

_PLUGINS: t.Final = __name__.partition(".plugin_utils.")[0]

LAYERS: t.Final = (
    *("vpc", "acm_certificate", "alb", "ecr", "ecs_service", "cloudwatch_alarms"),
    *("route53_zone", "route53_zone_delegation", "route53_failover"),
)
_OTHERS: t.Final = (
    *("preflight", "ecs_release", "failover_info", "failover_switch", "failover_drill", "delegation_roles"),
)
# These use only the controller's files and terminal. They call no AWS, and run there with every connection.
LOCAL: t.Final = ("deployment_report", "status_report", "failover_page", "failure")

_PLACES: t.Final[t.Mapping[str, str]] = {
    **{name: f"module_utils._{name}.layer" for name in LAYERS},
    **{name: f"module_utils._{name}.job" for name in _OTHERS},
    **{name: f"plugin_utils.jobs.{name}" for name in LOCAL},
}
MODULES: t.Final = frozenset(_PLACES)
# One run at a time in an environment. Preflight takes the lock too, so that its findings stay true.
# failover_switch does not: nothing may block it when traffic has to move.
LOCKED: t.Final = frozenset({*LAYERS, "preflight", "ecs_release", "failover_drill"})


@functools.cache
def load(name: str) -> Job | LocalJob:
    """The job of the module. Imported on demand: a run needs few of them."""
    place: t.Any = importlib.import_module(f"{_PLUGINS}.{_PLACES[name]}")
    job: Job | LocalJob = place.JOB if hasattr(place, "JOB") else place.LAYER.job
    return job
