# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of repositories in ECR: the read and the writes."""

from __future__ import annotations

import json
import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._resources.role_policy import canonical
from .repository_policy import KIND

_GONE: t.Final = frozenset({"RepositoryNotFoundException", "RepositoryPolicyNotFoundException"})


def find_policy(ctx: Context, name: str) -> t.Any:
    """The policy of a repository; None if it has none."""
    answer = unless(_GONE, lambda: ctx.client("ecr").get_repository_policy(repositoryName=name))
    return canonical(json.loads(answer["policyText"])) if answer else None


def put(ctx: Context, change: Change, _known: Known) -> None:
    """Create or replace the policy."""
    ctx.client("ecr").set_repository_policy(repositoryName=change.name, policyText=json.dumps(change.data))


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete the policy."""
    unless(_GONE, lambda: ctx.client("ecr").delete_repository_policy(repositoryName=change.name))


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
