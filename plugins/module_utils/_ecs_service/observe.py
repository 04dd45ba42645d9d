# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer's reads, in parallel."""

from __future__ import annotations

import datetime
import typing as t

from .._aws import stack_names
from .._aws.paired import is_paired
from .._aws.scaled import is_scaled
from .._engine.context import Context
from .._engine.gather import gather
from .._engine.unknown import is_unknown
from .._images.digests import look_up
from .._resources.log_group_calls import find_log_group
from .._resources.role_calls import find_role
from .._resources.security_group import own_group
from .._resources.security_group_calls import find_groups
from .resources.cluster_calls import find_cluster, find_guests
from .resources.listener_rule import ListenerRule, own_rule
from .resources.listener_rule_calls import find_all_rules, find_load_balancer, find_rules
from .resources.scalable_target import ScalableTarget
from .resources.scalable_target_calls import find_target
from .resources.scaling_policy_calls import find_policies
from .resources.scheduled_action import over
from .resources.scheduled_action_calls import find_actions
from .resources.service import Service
from .resources.service_calls import find_service
from .resources.target_group import TargetGroup
from .resources.target_group_calls import find_target_group
from .resources.task_definition import TaskDefinition
from .resources.task_definition_calls import find_definition, find_revisions
from .snapshot import Snapshot
from .spec import Spec
from .spec_images import unknown_images
from .spec_roles import EXECUTION, SHIFT, TASK


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """What exists of this service, and under its names.

    Raises ConflictError for someone else's security group with its name, SpecError for a listener that does not exist.
    """
    for warning in spec.warnings:
        ctx.warn(f"ecs_service {spec.owner.component}: {warning}")
    found = gather(_readers(ctx, spec))
    rules: tuple[ListenerRule, ...] = found.pop("rules")
    groups, entrance = found.pop("groups"), found.pop("entrance", None)
    found.setdefault("scalable_target", _target_left(ctx, spec, found["service"]))
    found |= _second_group(ctx, spec, found["target_group"])
    own = own_rule(spec, rules)
    if own is None:
        known = {rule.arn for rule in rules}
        elsewhere = _rules_elsewhere(ctx, spec, found["target_group"], entrance)
        rules = (*rules, *(rule for rule in elsewhere if rule.arn not in known))
    snapshot = Snapshot(
        **found,
        current=_current(ctx, found["service"], found["latest"]),
        group=None if spec.absent else own_group(spec.wanted.group, groups),
        groups=groups if spec.absent else (),
        rules=rules,
        rule_arn=own.arn if own else "",
        now=datetime.datetime.now(datetime.UTC),
    )
    for schedule in over(spec, snapshot):
        ctx.warn(
            f"ecs_service {spec.owner.component}: the time of the schedule {schedule.name}, {schedule.expression}, is "
            "over. It never runs: set another one, or remove it."
        )
    return snapshot


def _readers(ctx: Context, spec: Spec) -> dict[str, t.Callable[[], t.Any]]:
    """The first round of reads, most of them by field of Snapshot."""
    owner, region, name = spec.owner, spec.region, spec.name
    readers: dict[str, t.Callable[[], t.Any]] = {
        "log_group": lambda: find_log_group(ctx, spec.log_group_name),
        "cluster": lambda: find_cluster(ctx, name),
        "service": lambda: find_service(ctx, name),
        "latest": lambda: find_definition(ctx, name),
        "groups": lambda: find_groups(ctx, [stack_names.security_group(owner)]),
        # Also if an option names another role, which then replaces these, and for workers, which may have had a port.
        "execution_role": lambda: find_role(ctx, stack_names.role(owner, region, EXECUTION)),
        "task_role": lambda: find_role(ctx, stack_names.role(owner, region, TASK)),
        "target_group": lambda: find_target_group(ctx, stack_names.target_group(owner)),
        "rules": lambda: _rules_of_listener(ctx, spec),
    }
    if asked := unknown_images(spec):
        readers["digests"] = lambda: look_up(ctx, asked)
    if spec.absent or spec.scaling:
        readers["scalable_target"] = lambda: find_target(ctx, name)
    if spec.scaling:
        readers["scaling_policies"] = lambda: find_policies(ctx, name)
        readers["scheduled_actions"] = lambda: find_actions(ctx, name)
    if spec.absent:
        readers["revisions"] = lambda: find_revisions(ctx, name, owner)
        readers["guests"] = lambda: find_guests(ctx, name)
        readers["entrance"] = lambda: find_load_balancer(ctx, stack_names.load_balancer(owner))
    return readers


def _current(ctx: Context, service: Service | None, latest: TaskDefinition | None) -> TaskDefinition | None:
    if service is None or not service.task_definition_arn:
        return None
    if latest is not None and latest.arn == service.task_definition_arn:
        return latest
    return find_definition(ctx, service.task_definition_arn)


def _target_left(ctx: Context, spec: Spec, service: Service | None) -> ScalableTarget | None:
    """The target that is left of former scaling. It may outlive its service, and would scale the next of its name."""
    if spec.absent or spec.scaling or not (service is None or is_scaled(service.tags)):
        return None
    return find_target(ctx, spec.name)


def _second_group(ctx: Context, spec: Spec, group: TargetGroup | None) -> dict[str, t.Any]:
    if not (spec.shift or (group and is_paired(group.tags))):
        return {}
    readers: dict[str, t.Callable[[], t.Any]] = {
        "alternate_group": lambda: find_target_group(ctx, stack_names.alternate_group(spec.owner)),
        "shift_role": lambda: find_role(ctx, stack_names.role(spec.owner, spec.region, SHIFT)),
    }
    return gather(readers)


def _rules_of_listener(ctx: Context, spec: Spec) -> tuple[ListenerRule, ...]:
    routing = spec.routing
    if routing is None or is_unknown(routing.rule.listener_arn):
        return ()
    return find_rules(ctx, routing.rule, stack_names.target_group(spec.owner), spec.owner)


def _rules_elsewhere(
    ctx: Context, spec: Spec, group: TargetGroup | None, entrance: str | None
) -> t.Iterator[ListenerRule]:
    """The service's rules on listeners that no option names, and others' rules that use its target group."""
    balancers = {*(group.load_balancer_arns if group else ()), *([entrance] if entrance else ())}
    for rule in find_all_rules(ctx, sorted(balancers)):
        if spec.owner.owns(rule.tags) or (group is not None and group.arn in rule.action):
            yield rule
