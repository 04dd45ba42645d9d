# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the layer."""

from __future__ import annotations

import typing as t

from .._engine.plan import Plan
from .._engine.resource import Resource, plan_all
from .resources import hosted_zone
from .snapshot import Snapshot
from .spec import ZoneSpec

RESOURCES: t.Final[tuple[Resource[ZoneSpec, Snapshot], ...]] = (hosted_zone.RESOURCE,)


def plan(spec: ZoneSpec, snapshot: Snapshot) -> Plan:
    """The changes. Raises ConflictError when a zone of others, or records in the stack's, are in the way."""
    return plan_all(RESOURCES, spec, snapshot)
