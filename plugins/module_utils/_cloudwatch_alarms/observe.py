# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the layer: all side by side, but for the tags of alarms, which are known by ARNs."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._aws import stack_names
from .._aws.owner import ENTRANCE, Owner
from .._engine.aws_errors import unless
from .._engine.context import Context
from .._engine.errors import SpecError
from .._engine.gather import gather
from .._engine.unknown import unknown
from .._resources.role_policy import partition_of
from .resources import topic
from .resources.metric_alarm_calls import find_alarms
from .resources.rollout_rule_calls import find_rule
from .resources.subscription_calls import find_subscriptions
from .resources.topic_calls import find_topic
from .snapshot import Snapshot
from .spec import Spec

_NO_BALANCER: t.Final = frozenset({"LoadBalancerNotFound"})
_NO_GROUP: t.Final = frozenset({"TargetGroupNotFound"})


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """Everything under the layer's names. Raises SpecError if there is nothing to look at yet, but in check mode."""
    of_region = spec.failover_regions is None
    account = spec.account_id or str(ctx.client("sts").get_caller_identity()["Account"])
    arn = topic.arn(spec, account)
    rule = f"arn:{partition_of(spec.region)}:events:{spec.region}:{account}:rule/{stack_names.rollout_rule(spec.owner)}"
    readers: dict[str, t.Callable[[], t.Any]] = {
        "alarms": lambda: find_alarms(ctx, spec.owner, tags=spec.told, composite=not of_region),
        "topic": lambda: find_topic(ctx, arn),
        "subscriptions": lambda: find_subscriptions(ctx, arn) if topic.is_wanted(spec) else (),
    }
    if of_region:
        readers["rule"] = lambda: find_rule(ctx, spec.owner, rule)
    with_port = [name for name in spec.services if name not in spec.workers] if spec.told else []
    readers |= {f"group {name}": functools.partial(_target_group, ctx, spec, name) for name in with_port}
    if with_port:
        readers["load_balancer"] = lambda: _load_balancer(ctx, spec)
    found = gather(readers)
    return Snapshot(account=account, target_groups={name: found.pop(f"group {name}") for name in with_port}, **found)


def _load_balancer(ctx: Context, spec: Spec) -> str:
    name = stack_names.load_balancer(_part(spec.owner, ENTRANCE))
    answer = unless(_NO_BALANCER, lambda: ctx.client("elbv2").describe_load_balancers(Names=[name]))
    if answer and answer["LoadBalancers"]:
        return str(answer["LoadBalancers"][0]["LoadBalancerArn"])
    return _missing(ctx, spec, f"there is no load balancer {name} in {spec.region}.", "load_balancer/main")


def _target_group(ctx: Context, spec: Spec, service: str) -> str:
    name = stack_names.target_group(_part(spec.owner, service))
    answer = unless(_NO_GROUP, lambda: ctx.client("elbv2").describe_target_groups(Names=[name]))
    if answer and answer["TargetGroups"]:
        return str(answer["TargetGroups"][0]["TargetGroupArn"])
    what = f"{service} has no target group in {spec.region}."
    return _missing(ctx, spec, what, f"target_group/{service}")


def _missing(ctx: Context, spec: Spec, what: str, address: str) -> str:
    if ctx.check_mode:
        return unknown(spec.region, address)
    raise SpecError("services", what, "Deploy it first; a service without a port belongs to workers.")


def _part(owner: Owner, component: str) -> Owner:
    return dataclasses.replace(owner, component=component)
