# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change batches: atomic, one at a time per zone, and propagated to all name servers a little later."""

from __future__ import annotations

import typing as t

from .._engine.aws_errors import ClientError, error_code
from .._engine.context import Context
from .._engine.retry import retry
from .records import RecordAction, RecordChange, RecordSet
from .zones import bare_id, read_records

# ChangeResourceRecordSets: one batch per zone at a time, five calls a second per account.
BUSY: t.Final = frozenset({"PriorRequestNotComplete", "Throttling", "ThrottlingException"})


def submit(ctx: Context, client: t.Any, zone_id: str, changes: t.Sequence[RecordChange], comment: str = "") -> str:
    """Make the changes in one batch and return the change's id (``C…``) for insync().

    Retries while the zone is busy. The id is empty if an earlier try, whose answer was lost, made the changes.
    Raises ClientError with InvalidChangeBatch, without any change, if the zone is not as the batch expects.
    """
    batch: dict[str, t.Any] = {"Changes": [change.to_api() for change in changes]}
    if comment:
        batch["Comment"] = comment[:256]
    try:
        answer = retry(
            ctx, lambda: client.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch), codes=BUSY
        )
    except ClientError as error:
        if error_code(error) == "InvalidChangeBatch" and already_made(read_records(client, zone_id), changes):
            return ""
        raise
    return bare_id(answer["ChangeInfo"]["Id"])


def already_made(records: t.Iterable[RecordSet], changes: t.Sequence[RecordChange]) -> bool:
    """Whether a zone with these records is as the batch would leave it."""
    present = {record.key: record for record in records}
    wanted = {change.record.key: change.record for change in changes if change.action is not RecordAction.DELETE}
    gone = {change.record.key for change in changes if change.action is RecordAction.DELETE} - wanted.keys()
    return not gone & present.keys() and all(present.get(key) == record for key, record in wanted.items())


def insync(client: t.Any, change_id: str) -> str | None:
    """None once all of Route 53's name servers have the change, else its state (GetChange). For wait handlers."""
    if not change_id:
        return None
    status = str(client.get_change(Id=change_id)["ChangeInfo"]["Status"])
    return None if status == "INSYNC" else status.lower()
