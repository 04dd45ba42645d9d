# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the layer. Every order in it is there so that the name never stops answering."""

from __future__ import annotations

from .._engine.plan import Plan
from . import plan_absent
from .plan_alarms import alarm_changes
from .plan_checks import check_changes
from .plan_records import chain_changes, insync, regional_changes
from .selection import select
from .snapshot import Snapshot
from .spec import Spec


def plan(spec: Spec, snapshot: Snapshot) -> Plan:
    """What it takes to get from the snapshot to the spec. Raises ConflictError where others' things are in the way."""
    if not spec.present:
        return plan_absent.plan(spec, snapshot)
    selection = select(spec, snapshot)
    records = (*regional_changes(spec, snapshot, selection), *chain_changes(spec, snapshot, selection))
    alarms = alarm_changes(spec, snapshot, selection.regions)
    checks = check_changes(spec, snapshot, selection.regions)
    return Plan(changes=(*records, *alarms, *checks), waits=insync(spec, records))
