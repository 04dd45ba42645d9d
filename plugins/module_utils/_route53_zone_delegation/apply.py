# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes of this layer: one record, in the parent's account."""

from __future__ import annotations

import typing as t

from .._engine.apply import Handlers
from .._engine.context import Context
from .._engine.known import Known
from .._engine.plan import Action, Change, Wait
from .._route53.changes import insync, submit
from .observe import parent_client
from .spec import ADDRESS, DelegationChange

_PARENT: t.Final = "parent_zone/main"


def _write(ctx: Context, change: Change, known: Known) -> None:
    data: DelegationChange = change.data
    client = parent_client(ctx, data.role)
    change_id = submit(ctx, client, known.get(_PARENT), data.changes, comment=data.comment)
    known.put(ADDRESS, change_id=change_id)


def _synced(ctx: Context, wait: Wait, known: Known) -> str | None:
    return insync(parent_client(ctx, wait.data), known.get(ADDRESS, "change_id"))


HANDLERS: t.Final = Handlers(
    changes={("delegation", action): _write for action in Action}, waits={"delegation_sync": _synced}
)
