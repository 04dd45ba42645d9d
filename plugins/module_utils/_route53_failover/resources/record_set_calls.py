# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes of record sets. The reads are in _route53 and _failover_chain."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from ..._route53.changes import insync, submit
from ..._route53.records import RecordChange
from .health_check_calls import once_listed
from .record_set import KIND, WAIT_KIND, BatchData


def submit_batch(ctx: Context, change: Change, known: Known) -> None:
    """ChangeResourceRecordSets with all records of the change."""
    data: BatchData = change.data
    changes = [_resolved(item, data, known) for item in data.changes]
    client = ctx.client("route53")
    change_id = once_listed(ctx, lambda: submit(ctx, client, data.zone_id, changes, comment="everlook.failover"))
    known.put(change.address, change=change_id)


def is_insync(ctx: Context, wait: Wait, known: Known) -> str | None:
    """GetChange of each batch, that of the failover name first, because it takes longest."""
    states = (insync(ctx.client("route53"), known.get(address, "change")) for address in sorted(wait.needs))
    return next(filter(None, states), None)


def _resolved(change: RecordChange, data: BatchData, known: Known) -> RecordChange:
    """The change, with the id of a health check that this run has made."""
    address = data.placeholders.get(change.record.health_check_id or "")
    if address is None:
        return change
    return RecordChange(change.action, dataclasses.replace(change.record, health_check_id=known.get(address)))


CALLS: t.Final = Calls(
    kind=KIND, create=submit_batch, update=submit_batch, delete=submit_batch, waits={WAIT_KIND: is_insync}
)
