# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of plans look at."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_fields import (
    wanted_values,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec_service import Service
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Change, Plan

EVERYTHING = [
    "cluster/main",
    "iam_role/execution",
    "iam_role/task",
    "listener_rule/main",
    "log_group/main",
    "security_group/service",
    "service/main",
    "target_group/main",
    "task_definition/main",
]
EMPTY = Snapshot()


def addresses(found: Plan) -> list[str]:
    return sorted(change.address for change in found.changes)


def waits(found: Plan) -> list[str]:
    return [wait.address for wait in found.waits]


def change_of(found: Plan, address: str) -> Change:
    return next(change for change in found.changes if change.address == address)


def with_service(snapshot: Snapshot, **changes: t.Any) -> Snapshot:
    assert snapshot.service is not None
    return dataclasses.replace(snapshot, service=dataclasses.replace(snapshot.service, **changes))


def with_field(snapshot: Snapshot, name: str, value: t.Any) -> Snapshot:
    assert snapshot.service is not None
    return with_service(snapshot, values={**snapshot.service.values, name: value})


def values_of(service: Service) -> dict[str, t.Any]:
    return wanted_values(service, task_definition="x", security_group_id="sg-1", target_group_arn="arn")
