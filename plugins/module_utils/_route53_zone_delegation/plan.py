# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the layer."""

from __future__ import annotations

import typing as t

from .._engine.plan import Plan
from .._engine.resource import Resource, plan_all
from .resources import name_server_record
from .snapshot import Snapshot
from .spec import DelegationSpec

RESOURCES: t.Final[tuple[Resource[DelegationSpec, Snapshot], ...]] = (name_server_record.RESOURCE,)


def plan(spec: DelegationSpec, snapshot: Snapshot) -> Plan:
    """The changes. Raises ConflictError when a CNAME has the name."""
    return plan_all(RESOURCES, spec, snapshot)
