# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer's reads: all in parallel, except for the tags of alarms, which need their ARNs."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing as t

from .._aws import stack_names
from .._aws.owner import ENTRANCE, Owner
from .._engine.aws_errors import unless
from .._engine.context import Context
from .._engine.errors import AwsError, SpecError
from .._engine.gather import gather
from .._engine.unknown import unknown
from .._resources.role_policy import partition_of
from .dashboard_body import Entrance
from .resources import topic
from .resources.dashboard_calls import find_dashboard
from .resources.deployment_alarms import Deployments, name_of
from .resources.deployment_alarms_calls import find_deployments
from .resources.metric_alarm_calls import find_alarms
from .resources.rollout_rule_calls import find_rule
from .resources.subscription_calls import find_subscriptions
from .resources.topic_calls import find_topic
from .snapshot import Snapshot
from .spec import ALTERNATE, Spec

with contextlib.suppress(ImportError):  # see _engine/clients.py
    import botocore.exceptions as botocore_errors

_NO_BALANCER: t.Final = frozenset({"LoadBalancerNotFound"})
_NO_GROUP: t.Final = frozenset({"TargetGroupNotFound"})


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """Everything under the layer's names. Raises SpecError if a service is missing, except in check mode."""
    of_region = spec.failover_regions is None
    account = spec.account_id or str(ctx.client("sts").get_caller_identity()["Account"])
    arn = topic.arn(spec, account)
    rule = f"arn:{partition_of(spec.region)}:events:{spec.region}:{account}:rule/{stack_names.rollout_rule(spec.owner)}"
    readers: dict[str, t.Callable[[], t.Any]] = {
        "alarms": lambda: find_alarms(ctx, spec.owner, tags=spec.notifies, composite=not of_region),
        "topic": lambda: find_topic(ctx, arn),
        "subscriptions": lambda: find_subscriptions(ctx, arn) if topic.is_wanted(spec) else (),
    }
    if of_region:
        readers["rule"] = lambda: find_rule(ctx, spec.owner, rule)
        with_port = spec.services.keys() - spec.workers if spec.notifies else frozenset()
        groups = [group for name in sorted(with_port) for group in spec.groups_of(name)]
        if spec.rolls_back:
            readers["services"] = lambda: _services(ctx, spec)
        readers["entrance"] = lambda: _entrance(ctx, spec.owner, spec.region, groups)
    else:
        name = stack_names.dashboard(spec.owner)
        readers["dashboard"] = lambda: find_dashboard(ctx, name)
        readers["entrances"] = lambda: _entrances(ctx, spec)
    found = gather(readers)
    entrance: Entrance | None = found.pop("entrance", None)
    if entrance:
        found |= {"load_balancer": entrance.load_balancer, "target_groups": entrance.target_groups}
    return Snapshot(account=account, **found)


def _entrances(ctx: Context, spec: Spec) -> dict[str, Entrance] | None:
    """Those of all regions; None with a warning if a region cannot be read, which must not make the run fail."""
    if not (spec.notifies and spec.dashboard):
        return None
    shown, regions = spec.dashboard, [region.name for region in spec.failover_regions or ()]
    of_dashboard = dataclasses.replace(spec, paired=shown.paired)
    with_port = [name for name in shown.services if name not in shown.workers]
    groups = [group for name in with_port for group in of_dashboard.groups_of(name)]
    try:
        return gather({region: functools.partial(_entrance, ctx, spec.owner, region, groups) for region in regions})
    except (SpecError, AwsError, botocore_errors.ClientError, botocore_errors.BotoCoreError) as error:
        ctx.warn(f"The dashboard stays as it is, because one of its regions cannot be read: {error}")
        return None


def _entrance(ctx: Context, owner: Owner, region: str, with_port: t.Sequence[str]) -> Entrance:
    readers = {f"group {name}": functools.partial(_target_group, ctx, owner, region, name) for name in with_port}
    if with_port:
        readers["load_balancer"] = functools.partial(_load_balancer, ctx, owner, region)
    found = gather(readers)
    return Entrance(
        load_balancer=found.pop("load_balancer", ""),
        target_groups={name: found[f"group {name}"] for name in with_port},
    )


def _load_balancer(ctx: Context, owner: Owner, region: str) -> str:
    name = stack_names.load_balancer(owner.of(ENTRANCE))
    client = ctx.client("elbv2", region=region)
    answer = unless(_NO_BALANCER, lambda: client.describe_load_balancers(Names=[name]))
    if answer and answer["LoadBalancers"]:
        return str(answer["LoadBalancers"][0]["LoadBalancerArn"])
    return _missing(ctx, region, f"there is no load balancer {name} in {region}.", "load_balancer/main")


def _target_group(ctx: Context, owner: Owner, region: str, service: str) -> str:
    name_of = stack_names.alternate_group if service.endswith(ALTERNATE) else stack_names.target_group
    name = name_of(owner.of(service.removesuffix(ALTERNATE)))
    client = ctx.client("elbv2", region=region)
    answer = unless(_NO_GROUP, lambda: client.describe_target_groups(Names=[name]))
    if answer and answer["TargetGroups"]:
        return str(answer["TargetGroups"][0]["TargetGroupArn"])
    return _missing(ctx, region, f"{service} has no target group in {region}.", f"target_group/{service}")


def _missing(ctx: Context, region: str, what: str, address: str) -> str:
    if ctx.check_mode:
        return unknown(region, address)
    raise SpecError("services", what, "Deploy it first; a service without a port belongs in the option workers.")


def _services(ctx: Context, spec: Spec) -> dict[str, Deployments | None]:
    with_port = [name for name in spec.services if name not in spec.workers]
    return gather({name: functools.partial(_deployments, ctx, spec, name) for name in with_port})


def _deployments(ctx: Context, spec: Spec, service: str) -> Deployments | None:
    found = find_deployments(ctx, spec.owner, name_of(spec.owner, service))
    if found is None and spec.notifies and not ctx.check_mode:
        raise SpecError("services", f"ECS has no service {service} in {spec.region}.", "Deploy it first.")
    return found
