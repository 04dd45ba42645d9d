# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists, as observed."""

from __future__ import annotations

import dataclasses
import typing as t

from .._ecs_service.resources.service import Service
from .._ecs_service.resources.task_definition import TaskDefinition


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything the plan needs.

    :param current: the revision that the service is set to.
    :param latest: the family's latest active revision.
    :param previous: the newest one before that was rolled out successfully; only read to go back to it.
    :param gone: images of the previous revision that are no longer in their registries.
    :param digests: of pinned images; empty if a registry did not answer.
    """

    service: Service
    current: TaskDefinition
    latest: TaskDefinition | None = None
    previous: TaskDefinition | None = None
    gone: tuple[str, ...] = ()
    digests: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
