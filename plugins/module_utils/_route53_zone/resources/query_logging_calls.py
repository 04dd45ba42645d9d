# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls for query logging: Route 53's, and those of CloudWatch Logs in us-east-1."""

from __future__ import annotations

import functools
import json
import typing as t

from ..._engine.apply import ChangeHandler
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import AwsError
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import retry, until_found
from ..._resources import log_group_calls
from ..._resources.log_group import KIND as LOG_GROUP
from ..._route53.changes import BUSY
from ..._route53.zones import bare_id
from ..snapshot import QueryConfig
from ..spec import ZoneSpec
from .hosted_zone import ADDRESS as ZONE
from .query_logging import HOME, KIND, POLICY, Logging, document, own_log_group_name

_GONE: t.Final = frozenset({"NoSuchHostedZone"})
# Errors while Route 53 does not see new resources yet
_NOT_YET: t.Final = frozenset({"InsufficientCloudWatchLogsResourcePolicy", "NoSuchCloudWatchLogsLogGroup", *_GONE})


def readers(ctx: Context, spec: ZoneSpec) -> dict[str, t.Callable[[], t.Any]]:
    """The reads that do not need the zone."""
    home = ctx.within(HOME)
    return {
        "log_group": functools.partial(log_group_calls.find_log_group, home, own_log_group_name(spec)),
        "log_policies": functools.partial(_read_policies, home),
    }


def _read_policies(home: Context) -> dict[str, str]:
    """The documents of the region's resource policies, by name."""
    pages = home.client("logs").get_paginator("describe_resource_policies").paginate()
    policies = (item for page in pages for item in page["resourcePolicies"])
    # Those of a single resource do not count for the limit, and are not Route 53's.
    return {
        item["policyName"]: item.get("policyDocument") or ""
        for item in policies
        if item.get("policyScope") != "RESOURCE"
    }


def read_config(ctx: Context, zone_id: str) -> QueryConfig | None:
    """ListQueryLoggingConfigs; a zone has at most one."""
    client = ctx.client("route53")
    answer = unless(_GONE, lambda: client.list_query_logging_configs(HostedZoneId=zone_id))
    found = answer["QueryLoggingConfigs"] if answer else ()
    return next((QueryConfig(id=item["Id"], log_group_arn=item["CloudWatchLogsLogGroupArn"]) for item in found), None)


def _arn(ctx: Context, data: Logging) -> str:
    """The ARN of the log group, which this run may have made."""
    found = until_found(ctx, lambda: log_group_calls.find_log_group(ctx.within(HOME), data.log_group))
    if found is None:
        raise AwsError(f"DescribeLogGroups in {HOME} does not show the log group {data.log_group}.")
    return found.arn


def put_policy(ctx: Context, change: Change, known: Known) -> None:
    """PutResourcePolicy, which replaces one with the same name."""
    data: Logging = change.data
    wanted = document(_arn(ctx, data), bare_id(known.get(ZONE)))
    ctx.within(HOME).client("logs").put_resource_policy(
        policyName=data.policy_name, policyDocument=json.dumps(wanted, sort_keys=True)
    )


def delete_policy(ctx: Context, change: Change, _known: Known) -> None:
    """DeleteResourcePolicy, unless it is gone."""
    client = ctx.within(HOME).client("logs")
    unless({"ResourceNotFoundException"}, lambda: client.delete_resource_policy(policyName=change.data))


def create(ctx: Context, change: Change, known: Known) -> None:
    """CreateQueryLoggingConfig, after deleting the zone's other one."""
    data: Logging = change.data
    if data.config_id:
        _delete(ctx, data.config_id)
    client = ctx.client("route53")
    request = {"HostedZoneId": known.get(ZONE), "CloudWatchLogsLogGroupArn": _arn(ctx, data)}
    # A zone has at most one: a concurrent run, or a try whose answer was lost, has made it.
    unless(
        {"QueryLoggingConfigAlreadyExists"},
        lambda: retry(ctx, lambda: client.create_query_logging_config(**request), codes=BUSY | _NOT_YET, timeout=60),
    )


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """DeleteQueryLoggingConfig, unless it is gone."""
    _delete(ctx, change.data)


def _delete(ctx: Context, config_id: str) -> None:
    client = ctx.client("route53")
    unless(
        {"NoSuchQueryLoggingConfig"},
        lambda: retry(ctx, lambda: client.delete_query_logging_config(Id=config_id), codes=BUSY),
    )


def _in_home_region(handler: ChangeHandler) -> ChangeHandler:
    return lambda ctx, change, known: handler(ctx.within(HOME), change, known)


CALLS: t.Final = Calls(kind=KIND, create=create, update=create, delete=delete)
POLICY_CALLS: t.Final = Calls(kind=POLICY, create=put_policy, update=put_policy, delete=delete_policy)
LOG_GROUP_CALLS: t.Final = Calls(
    kind=LOG_GROUP,
    create=_in_home_region(log_group_calls.create_log_group),
    update=_in_home_region(log_group_calls.update_log_group),
    delete=_in_home_region(log_group_calls.delete_log_group),
)
