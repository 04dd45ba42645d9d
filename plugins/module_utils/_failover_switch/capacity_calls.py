# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the number of services' tasks, and raises it."""

from __future__ import annotations

import functools
import time
import typing as t

from .._aws import stack_names
from .._aws.owner import Owner
from .._engine.aws_errors import translate
from .._engine.context import Context, Unread
from .._engine.errors import AwsError, WaitError
from .._engine.gather import gather
from .._engine.unread import guarded
from .._engine.waiting import Waiting
from .._failover_chain.capacity_calls import try_most, with_alternates
from .._failover_chain.limit_calls import read_limits
from .._failover_chain.load_balancer_calls import read_targets
from .capacity import Count, Counts, Preparation
from .spec import Spec

_PAUSE_SECONDS: t.Final = 1.0


def read_counts(ctx: Context, region: str, owner: Owner, services: t.Iterable[str]) -> Counts:
    """DescribeServices of each, and the most tasks lately. A missing service has no count. Raises nothing."""
    readers: dict[str, t.Callable[[], t.Any]] = {
        stack_names.service(owner.of(service)): functools.partial(_read_count, ctx, region, owner, service)
        for service in services
    }
    found = guarded(ctx, region, lambda: gather(readers))
    if isinstance(found, Unread):
        return Counts(problem=found.reason)
    return Counts(services={name: count for name, count in found.items() if count is not None})


def _read_count(ctx: Context, region: str, owner: Owner, component: str) -> Count | None:
    name = stack_names.service(owner.of(component))
    ecs = ctx.client("ecs", region=region)
    if not ecs.describe_clusters(clusters=[name])["clusters"]:
        return None
    services = ecs.describe_services(cluster=name, services=[name], include=["TAGS"])["services"]
    service = next((item for item in services if item["status"] == "ACTIVE"), None)
    if service is None:
        return None
    most = try_most(ctx, region, owner, [component])
    limits = read_limits(ctx, region, service)
    return Count(
        desired=service["desiredCount"],
        most=with_alternates(ctx, region, most, service.get("loadBalancers", ())).tasks,
        maximum=limits[1] if limits else None,
    )


def raise_tasks(ctx: Context, spec: Spec, region: str, preparation: Preparation) -> None:
    """Raise the region's desired counts, and wait for healthy targets if traffic waits for them.

    Raises WaitError after the timeout, and AwsError, which is a warning if traffic does not wait.
    """
    for item in preparation.raises:
        ctx.progress(f"{item.service} in {region} gets {item.to} tasks, it has {item.before}")
        try:
            with translate(region):
                client = ctx.client("ecs", region=region)
                client.update_service(cluster=item.service, service=item.service, desiredCount=item.to)
        except AwsError as error:
            if preparation.waits:
                raise
            ctx.warn(f"{item.service} in {region} keeps its {item.before} tasks: {error}")
    if preparation.waits:
        _wait(ctx, spec, region, preparation)


def _wait(ctx: Context, spec: Spec, region: str, preparation: Preparation) -> None:
    began = time.monotonic()
    waiting = Waiting(ctx, f"{preparation.healthy} healthy targets in {region}")
    while (healthy := read_targets(ctx, region, spec.owner, spec.services).healthy) < preparation.healthy:
        if time.monotonic() - began > spec.timeout:
            raise WaitError(
                f"{region} has {healthy} of {preparation.healthy} healthy targets after {spec.timeout:.0f} s, so "
                "traffic was not moved. Its tasks stay. Repeat the command to go on waiting, or with force=true to "
                "switch now."
            )
        waiting.pause(_PAUSE_SECONDS, f"{healthy} so far")
