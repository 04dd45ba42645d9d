# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log groups of CloudWatch Logs: wanted, observed, and the change. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import untagged
from .._aws.changes import create_tagged, repair
from .._aws.owner import Owner, Tags
from .._engine.changes import delete
from .._engine.plan import Change

KIND: t.Final = "log_group"


@dataclasses.dataclass(frozen=True, kw_only=True)
class LogGroupSpec:
    """A log group as wanted.

    :param name: logical name; the address is ``log_group/<name>``.
    :param log_group_name: CloudWatch Logs' name, unique in the region and immutable.
    :param retention_days: 0 for no expiry.
    :param kms_key_arn: the key (not an alias) that encrypts it; None for CloudWatch Logs' own.
    """

    owner: Owner
    name: str
    log_group_name: str
    retention_days: int
    kms_key_arn: str | None = None

    @property
    def address(self) -> str:
        return f"{KIND}/{self.name}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class LogGroup:
    """A log group as observed. See LogGroupSpec.

    :param arn: without the ``:*`` of older APIs.
    """

    name: str
    arn: str
    retention_days: int
    kms_key_arn: str | None
    tags: Tags


def plan_log_group(spec: LogGroupSpec, observed: LogGroup | None, *, needs: t.Iterable[str] = ()) -> Change | None:
    """The change to the wanted log group, or None. Raises ConflictError if the owner does not own it."""
    wanted = {"retention_days": spec.retention_days, "kms_key_arn": spec.kms_key_arn}
    if observed is None:
        values = {"log_group_name": spec.log_group_name, **wanted}
        return create_tagged(spec.owner, spec.address, values, needs=needs)
    require_own(spec.owner, spec.address, observed)
    current = {"retention_days": observed.retention_days, "kms_key_arn": observed.kms_key_arn}
    return repair(spec.owner, spec.address, observed, current, wanted, needs=needs, tag_by_tag=True)


def plan_log_group_deletion(
    name: str, observed: LogGroup, *, needs: t.Iterable[str] = (), reason: str = "state is absent"
) -> Change:
    """The change that deletes a log group, and the logs with it."""
    return delete(f"{KIND}/{name}", {"arn": observed.arn}, data=observed, needs=needs, reason=reason)


def require_own(owner: Owner, address: str, observed: LogGroup) -> None:
    """Raises ConflictError if the owner does not own the log group."""
    if not owner.owns(observed.tags):
        raise untagged.conflict(owner, address, f"the log group {observed.name} exists ({observed.arn})")
