# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies of repositories: which other accounts may pull. Pure."""

from __future__ import annotations

import typing as t

from ..._engine.changes import change_between
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.role_policy import canonical, partition_of, policy
from . import repository

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "repository_policy"
# ECR User Guide, "Private repository policy examples".
_ACTIONS: t.Final = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def address(name: str) -> str:
    """The address of a repository's policy."""
    return f"{KIND}/{name}"


def document(accounts: t.Iterable[str], region: str) -> dict[str, t.Any]:
    """The policy that lets these accounts pull, if their own policies allow it."""
    roots = [f"arn:{partition_of(region)}:iam::{account}:root" for account in accounts]
    statement = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": roots}, "Action": list(_ACTIONS)}
    return canonical(policy(statement))


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The changes. ``Change.data`` is the document."""
    if spec.absent or spec.pull_accounts is None:
        return
    wanted = document(spec.pull_accounts, spec.region) if spec.pull_accounts else None
    for name in spec.repositories:
        found, needs = snapshot.policies.get(name), [repository.address(name)]
        yield change_between(address(name), found, wanted, data=wanted, needs=needs, reason="pull_accounts is empty")


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
