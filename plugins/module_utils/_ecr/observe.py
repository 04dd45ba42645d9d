# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the layer, in two rounds."""

from __future__ import annotations

import functools
import typing as t

from .._engine.context import Context
from .._engine.gather import gather, of_prefix
from .resources import lifecycle_policy_calls, repository_policy_calls
from .resources.image_tag_calls import find_deployed
from .resources.replication_rule import Rule, filters_of
from .resources.replication_rule_calls import read_registry
from .resources.repository_calls import any_image, find_repository, list_images, list_repositories
from .snapshot import Snapshot
from .spec import Spec


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """Read everything with the layer's names, and what is deployed if images can expire."""
    readers: dict[str, t.Callable[[], t.Any]] = {
        f"repository {name}": functools.partial(find_repository, ctx, name) for name in spec.repositories
    }
    readers["registry"] = lambda: read_registry(ctx)
    if spec.lifecycle.expires:
        readers["deployed"] = lambda: find_deployed(ctx, spec.owner, spec.services)
    if spec.replicate_to:
        readers["neighbours"] = lambda: list_repositories(ctx)
    found = gather(readers)
    account, rules = found["registry"]
    repositories = {name: each for name, each in of_prefix(found, "repository ").items() if each is not None}
    second = gather(_of_repositories(ctx, spec, repositories, rules))
    former = of_prefix(second, "former ")
    return Snapshot(
        account=account,
        repositories=repositories,
        images=of_prefix(second, "images "),
        deployed=found.get("deployed", frozenset()),
        lifecycle=of_prefix(second, "lifecycle "),
        policies=of_prefix(second, "policy "),
        rules=rules,
        former=frozenset(name for name, each in former.items() if each is not None and spec.owner.owns(each.tags)),
        neighbours=found.get("neighbours", frozenset()),
    )


def _of_repositories(
    ctx: Context, spec: Spec, names: t.Iterable[str], rules: t.Iterable[Rule]
) -> dict[str, t.Callable[[], t.Any]]:
    readers: dict[str, t.Callable[[], t.Any]] = {}
    for name in names:
        if spec.absent:
            readers[f"images {name}"] = functools.partial(any_image, ctx, name)
            continue
        readers[f"lifecycle {name}"] = functools.partial(lifecycle_policy_calls.find_policy, ctx, name)
        if spec.lifecycle.expires:
            readers[f"images {name}"] = functools.partial(list_images, ctx, name)
        if spec.pull_accounts is not None:
            readers[f"policy {name}"] = functools.partial(repository_policy_calls.find_policy, ctx, name)
    # The stack's rule may name a repository that is no longer wanted.
    for rule in rules:
        named = {*filters_of(rule)}
        if named & {*spec.repositories}:
            others = named - {*spec.repositories}
            readers |= {f"former {name}": functools.partial(find_repository, ctx, name) for name in others}
    return readers
