# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log groups of CloudWatch Logs: what one should be, what it is, and the change between. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner
from .._engine.compare import differences, update
from .._engine.errors import ConflictError
from .._engine.plan import Action, Change

KIND: t.Final = "log_group"


@dataclasses.dataclass(frozen=True, kw_only=True)
class LogGroupSpec:
    """A log group as it should be.

    :param name: logical name; the address is ``log_group/<name>``.
    :param log_group_name: CloudWatch Logs' name, unique in the region and immutable.
    :param retention_days: how long it keeps logs; 0 is without end.
    :param kms_key_arn: the key (not an alias) that encrypts it; None for a key of CloudWatch Logs.
    """

    owner: Owner
    name: str
    log_group_name: str
    retention_days: int
    kms_key_arn: str | None = None

    @property
    def address(self) -> str:
        return f"{KIND}/{self.name}"

    @property
    def tags(self) -> dict[str, str]:
        return self.owner.tags(self.address)


@dataclasses.dataclass(frozen=True, kw_only=True)
class LogGroup:
    """A log group as observed. See LogGroupSpec.

    :param arn: without the ``:*`` that older APIs add.
    """

    name: str
    arn: str
    retention_days: int
    kms_key_arn: str | None
    tags: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LogGroupChange:
    """``Change.data`` of a creation or update.

    :param arn: empty for a creation.
    :param values: what to set: ``retention_days``, ``kms_key_arn``.
    :param tags: tags to set.
    """

    spec: LogGroupSpec
    arn: str = ""
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def plan_log_group(spec: LogGroupSpec, observed: LogGroup | None, *, needs: t.Iterable[str] = ()) -> Change | None:
    """The change that makes the log group as it should be, or None. Raises ConflictError if it is not ours."""
    wanted = {"retention_days": spec.retention_days, "kms_key_arn": spec.kms_key_arn}
    if observed is None:
        return Change(
            kind=KIND,
            name=spec.name,
            action=Action.CREATE,
            reason="missing",
            after={"log_group_name": spec.log_group_name, **wanted},
            needs=frozenset(needs),
            data=LogGroupChange(spec=spec, values=wanted, tags=spec.tags),
        )
    require_own(spec, observed)
    current = {"retention_days": observed.retention_days, "kms_key_arn": observed.kms_key_arn}
    values = {key: new for key, (_old, new) in differences(current, wanted).items()}
    tags = spec.owner.tag_drift(observed.tags, spec.address)
    return update(
        KIND,
        spec.name,
        {**current, **{f"tag {key}": observed.tags.get(key) for key in tags}},
        {**wanted, **{f"tag {key}": value for key, value in tags.items()}},
        needs=needs,
        data=LogGroupChange(spec=spec, arn=observed.arn, values=values, tags=tags),
    )


def plan_log_group_deletion(
    name: str, observed: LogGroup, *, needs: t.Iterable[str] = (), reason: str = "state is absent"
) -> Change:
    """The change that deletes a log group, and the logs with it. ``data`` is its name in CloudWatch Logs."""
    return Change(
        kind=KIND,
        name=name,
        action=Action.DELETE,
        reason=reason,
        before={"arn": observed.arn},
        needs=frozenset(needs),
        data=observed.name,
    )


def require_own(spec: LogGroupSpec, observed: LogGroup) -> None:
    """Raises ConflictError if the log group is not ours."""
    if not spec.owner.owns(observed.tags):
        raise ConflictError(
            f"{spec.address}: the log group {observed.name} exists ({observed.arn}), but its tags do not say that it "
            "belongs to this stack and environment. Rename the stack, or delete it if nothing uses it."
        )
