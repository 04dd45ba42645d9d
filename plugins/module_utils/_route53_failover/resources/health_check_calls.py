# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes of health checks, and the reads of their tags. Other reads are in _failover_chain."""

from __future__ import annotations

import typing as t

from ..._aws.owner import Tags, tag_list, tags_from
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import retry
from ..._failover_chain.health_checks import Check
from ..._route53.caller_references import caller_reference
from .health_check import KIND, CheckData
from .health_check_config import calculated_values, config_of_new, config_of_update

Result = t.TypeVar("Result")

_SEEN_SECONDS: t.Final = 30.0
_TAGS_A_CALL: t.Final = 10


def read_tags(ctx: Context, checks: t.Sequence[Check]) -> dict[str, dict[str, str]]:
    """The tags of health checks by id (ListTagsForResources, ten a call)."""
    client = ctx.client("route53")
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(checks), _TAGS_A_CALL):
        ids = [check.id for check in checks[start : start + _TAGS_A_CALL]]
        answer = client.list_tags_for_resources(ResourceType="healthcheck", ResourceIds=ids)
        for item in answer["ResourceTagSets"]:
            found[item["ResourceId"]] = tags_from(item.get("Tags"))
    return found


def create(ctx: Context, change: Change, known: Known) -> None:
    """CreateHealthCheck, idempotent by its CallerReference, and ChangeTagsForResource, since it takes no tags."""
    data: CheckData = change.data
    reference = caller_reference(data.owner, data.region, data.role)
    config = config_of_new(_with_ids(data, known))
    client = ctx.client("route53")

    def call() -> str:
        answer = client.create_health_check(CallerReference=reference, HealthCheckConfig=config)
        return str(answer["HealthCheck"]["Id"])

    check_id = _once_valid(ctx, call, data)
    known.put(change.address, id=check_id)
    once_listed(ctx, lambda: _tag(client, check_id, data.tags))


def update(ctx: Context, change: Change, known: Known) -> None:
    """UpdateHealthCheck if the configuration differs, and ChangeTagsForResource if tags do."""
    data: CheckData = change.data
    client = ctx.client("route53")
    check_id = data.check_id or known.get(data.address)
    if not data.same:
        members = config_of_update(_with_ids(data, known))
        _once_valid(ctx, lambda: client.update_health_check(HealthCheckId=check_id, **members), data)
    _tag(client, check_id, data.tags)


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """DeleteHealthCheck, unless it is gone. Retried while its deleted parent still counts."""
    check: Check = change.data

    def call() -> object:
        return ctx.client("route53").delete_health_check(HealthCheckId=check.id)

    unless({"NoSuchHealthCheck"}, lambda: retry(ctx, call, codes={"HealthCheckInUse"}, timeout=_SEEN_SECONDS))


def once_listed(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """Retry the call while a new health check is not known everywhere."""
    return retry(ctx, call, codes={"NoSuchHealthCheck"}, timeout=_SEEN_SECONDS)


def _once_valid(ctx: Context, call: t.Callable[[], Result], data: CheckData) -> Result:
    """Retry the call while a new alarm or new children are not known everywhere. Other refusals are final."""
    text = "" if data.values["type"] == "CALCULATED" else "larm"
    return retry(ctx, call, codes={"InvalidInput"}, containing=text, timeout=_SEEN_SECONDS)


def _with_ids(data: CheckData, known: Known) -> t.Mapping[str, t.Any]:
    """The values, with the ids of children."""
    return calculated_values(map(known.get, data.children)) if data.children else data.values


def _tag(client: t.Any, check_id: str, tags: Tags) -> None:
    if tags:
        items = tag_list(tags)
        client.change_tags_for_resource(ResourceType="healthcheck", ResourceId=check_id, AddTags=items)


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
