# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log groups in CloudWatch Logs: the reads and the writes."""

from __future__ import annotations

import functools
import typing as t

from .._aws.changes import Creation, Repair
from .._engine.aws_errors import ClientError, error_code, unless
from .._engine.context import Context
from .._engine.known import Known
from .._engine.plan import Change
from .._engine.resource import Calls
from .._engine.retry import retry
from .log_group import KIND, LogGroup, require_own

_NONE: t.Final = frozenset({"ResourceNotFoundException"})
# Another call is changing the group.
_BUSY: t.Final = frozenset({"OperationAbortedException"})
_AGAIN_SECONDS: t.Final = 30.0


def find_log_group(ctx: Context, name: str) -> LogGroup | None:
    """The log group with this name and its tags, whoever owns it, or None: two calls."""
    logs = ctx.client("logs")
    # Sorted by name, so the exact match comes first (CloudWatch Logs API, DescribeLogGroups).
    groups = logs.describe_log_groups(logGroupNamePrefix=name).get("logGroups", ())
    found = next((group for group in groups if group["logGroupName"] == name), None)
    if found is None:
        return None
    arn = found.get("logGroupArn") or found["arn"].removesuffix(":*")
    answer = unless(_NONE, lambda: logs.list_tags_for_resource(resourceArn=arn))
    if answer is None:
        return None
    return LogGroup(
        name=name,
        arn=arn,
        retention_days=found.get("retentionInDays") or 0,
        kms_key_arn=found.get("kmsKeyId"),
        tags=answer.get("tags") or {},
    )


def create_log_group(ctx: Context, change: Change, known: Known) -> None:
    """Create the log group with its tags and key, then set its retention."""
    data: Creation = change.data
    name, key = data.values["log_group_name"], data.values["kms_key_arn"]
    request = {"logGroupName": name, "tags": dict(data.tags), **({"kmsKeyId": key} if key else {})}
    create = functools.partial(ctx.client("logs").create_log_group, **request)
    try:
        retry(ctx, create, codes=_BUSY, timeout=_AGAIN_SECONDS)
    except ClientError as error:
        if error_code(error) != "ResourceAlreadyExistsException":
            raise
        # The answer to a first attempt was lost, or another run was faster.
        found = find_log_group(ctx, name)
        if found is None:
            raise
        require_own(data.owner, change.address, found)
    _set_retention(ctx, name, data.values["retention_days"])
    known.put(change.address, id=name)


def update_log_group(ctx: Context, change: Change, _known: Known) -> None:
    """Repair retention, key and tags."""
    data: Repair = change.data
    found: LogGroup = data.found
    logs = ctx.client("logs")
    if data.tags:
        logs.tag_resource(resourceArn=found.arn, tags=dict(data.tags))
    if "retention_days" in data.values:
        _set_retention(ctx, found.name, data.values["retention_days"])
    if "kms_key_arn" in data.values:
        if key := data.values["kms_key_arn"]:
            logs.associate_kms_key(logGroupName=found.name, kmsKeyId=key)
        else:
            logs.disassociate_kms_key(logGroupName=found.name)


def delete_log_group(ctx: Context, change: Change, _known: Known) -> None:
    """Delete the log group, and the logs with it."""
    found: LogGroup = change.data
    unless(_NONE, lambda: ctx.client("logs").delete_log_group(logGroupName=found.name))


def _set_retention(ctx: Context, name: str, days: int) -> None:
    logs = ctx.client("logs")
    call = (
        functools.partial(logs.put_retention_policy, logGroupName=name, retentionInDays=days)
        if days
        else functools.partial(logs.delete_retention_policy, logGroupName=name)
    )
    # A new group may not be known everywhere yet.
    retry(ctx, call, codes=_BUSY | _NONE, timeout=_AGAIN_SECONDS)


CALLS: t.Final = Calls(kind=KIND, create=create_log_group, update=update_log_group, delete=delete_log_group)
