# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule in EventBridge: reads and writes."""

from __future__ import annotations

import typing as t

from ..._aws import stack_names
from ..._aws.changes import Creation, Repair
from ..._aws.owner import Owner, tag_list, tags_from
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import AwsError
from ..._engine.field import write
from ..._engine.gather import gather
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .rollout_rule import FIELDS, KIND, Rule, parse

_GONE: t.Final = frozenset({"ResourceNotFoundException"})


def find_rule(ctx: Context, owner: Owner, arn: str) -> Rule | None:
    """The rule with the layer's name, whoever owns it, or None: three calls in parallel."""
    client, name = ctx.client("events"), stack_names.rollout_rule(owner)
    found: dict[str, t.Any] = gather(
        {
            "rule": lambda: unless(_GONE, lambda: client.describe_rule(Name=name)),
            "targets": lambda: unless(_GONE, lambda: client.list_targets_by_rule(Rule=name)),
            "tags": lambda: unless(_GONE, lambda: client.list_tags_for_resource(ResourceARN=arn)),
        }
    )
    if not found["rule"] or not found["tags"]:
        return None
    return parse(found["rule"], (found["targets"] or {}).get("Targets", ()), tags_from(found["tags"].get("Tags")))


def create(ctx: Context, change: Change, _known: Known) -> None:
    """PutRule and PutTargets."""
    data: Creation = change.data
    name = stack_names.rollout_rule(data.owner)
    ctx.client("events").put_rule(Name=name, **write(FIELDS, data.values), Tags=tag_list(data.tags))
    _put_targets(ctx, name, data.values["targets"], {})


def update(ctx: Context, change: Change, _known: Known) -> None:
    """Set what differs. PutRule replaces everything but the tags, and ignores tags for an existing rule."""
    data: Repair = change.data
    found: Rule = data.found
    values = {**found.values, **data.values}
    if data.values.keys() - {"targets"}:
        ctx.client("events").put_rule(Name=found.name, **write(FIELDS, values))
    if "targets" in data.values:
        _put_targets(ctx, found.name, data.values["targets"], found.values["targets"])
    if data.tags:
        ctx.client("events").tag_resource(ResourceARN=found.arn, Tags=tag_list(data.tags))


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """RemoveTargets, including others', since EventBridge deletes no rule with targets; then DeleteRule."""
    found: Rule = change.data
    client = ctx.client("events")
    if found.target_ids:
        unless(_GONE, lambda: client.remove_targets(Rule=found.name, Ids=list(found.target_ids)))
    unless(_GONE, lambda: client.delete_rule(Name=found.name))


def _put_targets(
    ctx: Context, name: str, wanted: t.Mapping[str, t.Mapping[str, t.Any]], found: t.Mapping[str, t.Any]
) -> None:
    client = ctx.client("events")
    if wanted:
        _check("PutTargets", client.put_targets(Rule=name, Targets=list(wanted.values())))
    gone = [each for each in found if each not in wanted]
    if gone:
        _check("RemoveTargets", client.remove_targets(Rule=name, Ids=gone))


def _check(operation: str, answer: t.Mapping[str, t.Any]) -> None:
    """Raise AwsError for failed entries, with which both calls succeed."""
    for entry in answer.get("FailedEntries", ()):
        raise AwsError(f"{operation}: {entry.get('ErrorCode')}: {entry.get('ErrorMessage')} ({entry.get('TargetId')})")


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
