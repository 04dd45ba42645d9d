# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caller: the user of an account, or a session of a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.core.utils import utcnow
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from sandbox.accounts import USER_NAME, account_of_key

# Services that speak JSON word some of their errors differently.
JSON_SERVICES = (
    "ecs", "logs", "application-autoscaling", "service-quotas", "acm", "kms", "ssm", "secretsmanager",
    "resourcegroupstaggingapi", "wafv2", "ecr",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identity:
    """A principal. `arn` is that of GetCallerIdentity, `principal` that of policies."""

    account: str
    user_id: str
    arn: str
    principal: str
    role: str | None = None

    def policies(self) -> list[Any]:
        """The documents of all policies of the role; none when it is gone."""
        roles = iam_backends[self.account]["aws"].roles.values()
        holder = next((role for role in roles if role.name == self.role), None)
        if holder is None:
            return []
        inline = list(holder.policies.values())
        return inline + [_default_document(policy) for policy in holder.managed_policies.values()]


def _default_document(policy: Any) -> Any:
    return next(version.document for version in policy.versions if version.is_default)


def identity_of(access_key: str) -> Identity | None:
    """The principal an access key belongs to; None when it is unknown or has expired."""
    account = account_of_key(access_key)
    if account:
        arn = f"arn:aws:iam::{account}:user/{USER_NAME}"
        return Identity(account, f"AIDALOCL{account}", arn, arn)
    for account, _region, backend in list(sts_backends.iter_backends()):
        session = backend.get_assumed_role_from_access_key(access_key)
        if session and session.expiration > utcnow():
            role = session.role_arn.rpartition("/")[2]
            return Identity(account, session.user_id, session.arn, session.role_arn, role)
    return None
