# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the layer. Every order in it is there so that the name never stops answering."""

from __future__ import annotations

import typing as t

from .._engine.plan import Plan
from .._engine.resource import Resource, plan_all
from .resources import health_check, record_set, switch_alarm
from .snapshot import Snapshot
from .spec import Spec

RESOURCES: t.Final[tuple[Resource[Spec, Snapshot], ...]] = (
    record_set.RESOURCE,
    switch_alarm.RESOURCE,
    health_check.RESOURCE,
)


def plan(spec: Spec, snapshot: Snapshot) -> Plan:
    """What it takes to get from the snapshot to the spec. Raises ConflictError where others' things are in the way."""
    return plan_all(RESOURCES, spec, snapshot)
