# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes of the layer."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .._engine.apply import Handlers
from .._engine.aws_errors import error_code
from .._engine.context import Context
from .._engine.known import Known
from .._engine.plan import Action, Change, Wait
from .._engine.retry import retry
from .._failover_chain.health_checks import Check
from .._route53.changes import insync, submit
from .._route53.records import RecordChange
from .._route53.zones import caller_reference
from . import alarms, configs
from .plan_alarms import AlarmData
from .plan_checks import FAILOVER, REGIONAL, CheckData
from .plan_records import BatchData
from .snapshot import Alarm

with contextlib.suppress(ImportError):  # see _engine/clients.py
    import botocore.exceptions as botocore_errors

Result = t.TypeVar("Result")

_SEEN_SECONDS: t.Final = 30.0


def submit_batch(ctx: Context, change: Change, known: Known) -> None:
    """All records of a step in one ChangeResourceRecordSets."""
    data: BatchData = change.data
    changes = [_resolved(item, data, known) for item in data.changes]
    client = ctx.client("route53")
    change_id = _once_listed(ctx, lambda: submit(ctx, client, data.zone_id, changes, comment="everlook.failover"))
    known.put(change.address, change=change_id)


def is_insync(ctx: Context, wait: Wait, known: Known) -> str | None:
    """GetChange of the batches of this run, the later one first: it is the one that takes longer."""
    for address in (FAILOVER, REGIONAL):
        if address in wait.needs:
            state = insync(ctx.client("route53"), known.get(address, "change"))
            if state:
                return state
    return None


def create_check(ctx: Context, change: Change, known: Known) -> None:
    """CreateHealthCheck, idempotent by its CallerReference, and its tags, which it takes in a second call only."""
    data: CheckData = change.data
    reference = caller_reference(data.owner, data.region, data.role)
    config = configs.for_create(_with_ids(data, known))
    client = ctx.client("route53")

    def create() -> str:
        answer = client.create_health_check(CallerReference=reference, HealthCheckConfig=config)
        return str(answer["HealthCheck"]["Id"])

    check_id = _once_valid(ctx, create, config)
    known.put(change.address, id=check_id)
    _once_listed(ctx, lambda: _tag(client, check_id, data.tags))


def update_check(ctx: Context, change: Change, known: Known) -> None:
    """UpdateHealthCheck for what differs in the configuration, ChangeTagsForResource for tags."""
    data: CheckData = change.data
    client = ctx.client("route53")
    if not data.same_config:
        members = configs.for_update(_with_ids(data, known))
        _once_valid(ctx, lambda: client.update_health_check(HealthCheckId=data.check_id, **members), data.config)
    _tag(client, data.check_id, data.tags)


def delete_check(ctx: Context, change: Change, known: Known) -> None:
    """DeleteHealthCheck; one that is gone already is fine. Repeated while its former parent still counts as there."""
    check: Check = change.data
    client = ctx.client("route53")
    try:
        retry(
            ctx,
            lambda: client.delete_health_check(HealthCheckId=check.id),
            codes={"HealthCheckInUse"},
            timeout=_SEEN_SECONDS,
        )
    except botocore_errors.ClientError as error:
        if error_code(error) != "NoSuchHealthCheck":
            raise
    known.forget(change.address)


def put_alarm(ctx: Context, change: Change, known: Known) -> None:
    """PutMetricAlarm, which takes tags for new alarms only; for an old one TagResource sets them."""
    del known
    data: AlarmData = change.data
    client = ctx.client("cloudwatch", region=data.seat)
    tags = [{"Key": key, "Value": value} for key, value in sorted(data.tags.items())]
    if not data.same_settings:
        request = {**alarms.for_put(data.name, data.settings), **data.actions}
        client.put_metric_alarm(**request, **({} if data.arn else {"Tags": tags}))
    if data.arn and tags:
        client.tag_resource(ResourceARN=data.arn, Tags=tags)


def delete_alarm(ctx: Context, change: Change, known: Known) -> None:
    """DeleteAlarms, in the alarm's region."""
    del known
    alarm: Alarm = change.data
    try:
        ctx.client("cloudwatch", region=alarm.seat).delete_alarms(AlarmNames=[alarm.name])
    except botocore_errors.ClientError as error:
        if error_code(error) not in {"ResourceNotFound", "ResourceNotFoundException"}:
            raise


def _once_valid(ctx: Context, call: t.Callable[[], Result], config: t.Mapping[str, t.Any]) -> Result:
    """The call's result; an alarm or children that were just made may not be seen yet. Otherwise a refusal is final."""
    text = "" if config["Type"] == "CALCULATED" else "larm"
    return retry(ctx, call, codes={"InvalidInput"}, containing=text, timeout=_SEEN_SECONDS)


def _once_listed(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """The call's result; a health check that was just made may not be known everywhere."""
    return retry(ctx, call, codes={"NoSuchHealthCheck"}, timeout=_SEEN_SECONDS)


def _with_ids(data: CheckData, known: Known) -> dict[str, t.Any]:
    """The configuration with the ids of children that were made in this run."""
    config = dict(data.config)
    if "ChildHealthChecks" in config:
        config["ChildHealthChecks"] = [_id(child, data.placeholders, known) for child in config["ChildHealthChecks"]]
    return config


def _resolved(change: RecordChange, data: BatchData, known: Known) -> RecordChange:
    check_id = change.record.health_check_id
    if check_id is None:
        return change
    record = dataclasses.replace(change.record, health_check_id=_id(check_id, data.placeholders, known))
    return RecordChange(change.action, record)


def _id(value: str, placeholders: t.Mapping[str, str], known: Known) -> str:
    return known.get(placeholders[value]) if value in placeholders else value


def _tag(client: t.Any, check_id: str, tags: t.Mapping[str, str]) -> None:
    if tags:
        items = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
        client.change_tags_for_resource(ResourceType="healthcheck", ResourceId=check_id, AddTags=items)


HANDLERS: t.Final = Handlers(
    changes={
        ("record_sets", Action.CREATE): submit_batch,
        ("record_sets", Action.UPDATE): submit_batch,
        ("record_sets", Action.DELETE): submit_batch,
        ("health_check", Action.CREATE): create_check,
        ("health_check", Action.UPDATE): update_check,
        ("health_check", Action.DELETE): delete_check,
        ("metric_alarm", Action.CREATE): put_alarm,
        ("metric_alarm", Action.UPDATE): put_alarm,
        ("metric_alarm", Action.DELETE): delete_alarm,
    },
    waits={"record_change": is_insync},
)
