# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log group of the containers. Pure."""

from __future__ import annotations

import typing as t

from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.log_group import KIND, plan_log_group, plan_log_group_deletion
from ..spec import LOGS

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

ADDRESS: t.Final = f"{KIND}/{LOGS}"


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Creates, repairs or deletes it."""
    found = snapshot.log_group
    if not spec.absent:
        yield plan_log_group(spec.wanted.log_group, found)
    elif found and spec.owner.owns(found.tags):
        yield plan_log_group_deletion(LOGS, found)


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The name of the one that exists."""
    return {ADDRESS: {"id": snapshot.log_group.name}} if snapshot.log_group else {}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)
