# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry's replication in ECR: the read and the write."""

from __future__ import annotations

import typing as t

from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .replication_rule import KIND, Rule, RuleData, merged


def read_registry(ctx: Context) -> tuple[str, tuple[Rule, ...]]:
    """The account's id, and all rules."""
    answer = ctx.client("ecr").describe_registry()
    configuration = answer.get("replicationConfiguration") or {}
    return answer["registryId"], tuple(configuration.get("rules") or ())


def put(ctx: Context, change: Change, _known: Known) -> None:
    """Replace the registry's rules, after reading them again, since users may have changed them."""
    data: RuleData = change.data
    _account, rules = read_registry(ctx)
    ctx.client("ecr").put_replication_configuration(replicationConfiguration={"rules": merged(rules, data)})


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=put)
