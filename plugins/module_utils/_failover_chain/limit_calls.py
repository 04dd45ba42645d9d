# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits of a region's tasks: those of their scaling, and the account's quotas."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._aws.owner import tags_from
from .._aws.scaled import is_scaled
from .._engine.aws_errors import translate
from .._engine.context import Context, Unread
from .._engine.errors import AwsError
from .._engine.gather import gather
from .._engine.unread import guarded
from .status import Status
from .vcpus import Quota, Vcpus

# GetServiceQuota's answer where an account has no value of its own, so that the default applies
_NO_OWN_VALUE: t.Final = "NoSuchResourceException"


def read_limits(ctx: Context, region: str, service: t.Mapping[str, t.Any]) -> tuple[int, int] | None:
    """(minimum, maximum) of the scaling of a Service of DescribeServices, with its tags; None if it does not scale.

    Calls DescribeScalableTargets only if a tag says that the service scales.
    """
    if not is_scaled(tags_from(service.get("tags"), key="key", value="value")):
        return None
    client = ctx.client("application-autoscaling", region=region)
    name = service["serviceName"]
    found = client.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[f"service/{name}/{name}"])
    return next(((item["MinCapacity"], item["MaxCapacity"]) for item in found["ScalableTargets"]), None)


def read_quota(ctx: Context, region: str, quota: Quota) -> float:
    """The account's quota (GetServiceQuota). Raises AwsError."""
    try:
        with translate(region):
            answer = ctx.client("service-quotas", region=region).get_service_quota(
                ServiceCode=quota.service, QuotaCode=quota.code
            )
            return float(answer["Quota"]["Value"])
    except AwsError as error:
        if error.code == _NO_OWN_VALUE:
            return quota.default
        raise


def with_quotas(ctx: Context, status: Status) -> Status:
    """Add to the status what Fargate's quotas allow in the regions behind the first. Raises nothing.

    Reads only the quotas that apply to the services.
    """
    loads = [load.vcpus() for tasks in status.tasks.values() for load in tasks.loads]
    counted = [quota for quota, needed in sum(loads, Vcpus()).by_quota.items() if needed]
    places = [(region, quota) for region in status.in_dns[1:] for quota in counted]
    readers = {
        f"{region} {quota.code}": functools.partial(
            guarded, ctx, region, functools.partial(read_quota, ctx, region, quota)
        )
        for region, quota in places
    }
    found = gather(readers)
    quotas: dict[str, dict[Quota, float]] = {}
    for region, quota in places:
        allowed = found[f"{region} {quota.code}"]
        if not isinstance(allowed, Unread):
            quotas.setdefault(region, {})[quota] = allowed
    return dataclasses.replace(status, quotas=quotas)
