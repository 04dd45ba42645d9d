# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of listeners in Elastic Load Balancing: the reads and the writes."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ..._aws.changes import Creation, Repair
from ..._aws.owner import Owner, tag_list
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import SpecError
from ..._engine.field import read, write, write_new
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import retry
from ..._resources.load_balancing_calls import add_tags, create_named, find_tags, patiently, unless_gone
from ..spec_listener_rule import RuleSpec
from .listener_rule import FIELDS, KIND, ListenerRule, forward_between, forward_to, is_between
from .target_group import ADDRESS as TARGET_GROUP
from .target_group import ALTERNATE

# The listener may be as young as this run.
_SOON_SECONDS: t.Final = 3.0
# A rule was deleted between the reads of rules and tags.
_CHANGING: t.Final = frozenset({"RuleNotFound"})


def find_rules(ctx: Context, wanted: RuleSpec, target_group_name: str, owner: Owner) -> tuple[ListenerRule, ...]:
    """The owner's rules of the listener, and any rule with the wanted priority. Usually two calls.

    Raises SpecError if there is no such listener.
    """
    codes = {"ListenerNotFound", *_CHANGING}
    read_relevant = functools.partial(_relevant, ctx, wanted, target_group_name, owner)
    found = unless({"ListenerNotFound"}, lambda: retry(ctx, read_relevant, codes=codes, timeout=_SOON_SECONDS))
    if found is None:
        raise SpecError("listener_arn", f"{wanted.listener_arn} does not exist in {ctx.region}.")
    return found


def find_all_rules(ctx: Context, load_balancer_arns: t.Iterable[str]) -> tuple[ListenerRule, ...]:
    """All rules of all listeners of these load balancers, with their tags. Default rules come without tags."""

    def read_all() -> tuple[ListenerRule, ...]:
        rules = [
            rule
            for balancer in load_balancer_arns
            for listener in _listeners(ctx, balancer)
            for rule in unless({"ListenerNotFound"}, functools.partial(_read, ctx, listener)) or ()
        ]
        return _tagged(ctx, rules)

    return retry(ctx, read_all, codes=_CHANGING, timeout=_SOON_SECONDS)


def find_load_balancer(ctx: Context, name: str) -> str | None:
    """The ARN of the load balancer with this name."""
    elb = ctx.client("elbv2")
    answer = unless({"LoadBalancerNotFound"}, lambda: elb.describe_load_balancers(Names=[name])["LoadBalancers"])
    return str(answer[0]["LoadBalancerArn"]) if answer else None


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the rule with its tags."""
    data: Creation = change.data
    listener, priority = data.values["listener_arn"], data.values["rule_priority"]
    elb = ctx.client("elbv2", retry=False)
    request = {
        "ListenerArn": listener,
        "Priority": priority,
        "Tags": tag_list(data.tags),
        **write_new(FIELDS, _resolved(ctx, data.values, known)),
    }

    def make() -> ListenerRule:
        return _parse(patiently(ctx, lambda: elb.create_rule(**request))["Rules"][0], listener)

    def find() -> ListenerRule | None:
        return next((rule for rule in _read(ctx, listener) if rule.priority == priority), None)

    known.put(change.address, id=create_named(ctx, make, find, data.owner, "PriorityInUse").arn)


def update(ctx: Context, change: Change, known: Known) -> None:
    """Repair what differs."""
    data: Repair = change.data
    elb, arn = ctx.client("elbv2"), data.found.arn
    add_tags(ctx, arn, data.tags)
    if request := write(FIELDS, _resolved(ctx, data.values, known)):
        patiently(ctx, lambda: elb.modify_rule(RuleArn=arn, **request))
    if "rule_priority" in data.values:
        elb.set_rule_priorities(RulePriorities=[{"RuleArn": arn, "Priority": data.values["rule_priority"]}])
    known.put(change.address, id=arn)


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete the rule."""
    unless_gone(lambda: ctx.client("elbv2").delete_rule(RuleArn=change.data.arn))


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)


def _resolved(ctx: Context, values: t.Mapping[str, t.Any], known: Known) -> dict[str, t.Any]:
    """With target groups that this run may have created."""
    if "action" not in values:
        return dict(values)
    first = known.get(TARGET_GROUP)
    if not is_between(values["action"]):
        return {**values, "action": forward_to(first)}
    # The group that has tasks gets the requests until ECS changes the weights.
    groups = sorted((first, known.get(ALTERNATE)), key=lambda arn: -_targets(ctx, arn))
    return {**values, "action": forward_between(*groups)}


def _targets(ctx: Context, target_group_arn: str) -> int:
    """The number of targets that are not draining. Without a rule, their health is not known."""
    answer = ctx.client("elbv2").describe_target_health(TargetGroupArn=target_group_arn)
    return sum(item["TargetHealth"]["State"] != "draining" for item in answer.get("TargetHealthDescriptions", ()))


def _relevant(ctx: Context, wanted: RuleSpec, target_group_name: str, owner: Owner) -> tuple[ListenerRule, ...]:
    rules = [rule for rule in _read(ctx, wanted.listener_arn) if rule.priority]
    # The owner's rule has the priority or forwards to its target group, unless someone has changed both.
    likely = [
        rule
        for rule in rules
        if rule.priority == wanted.priority or f":targetgroup/{target_group_name}/" in rule.action
    ]
    found = _tagged(ctx, likely)
    if any(owner.owns(rule.tags) for rule in found):
        return found
    others = _tagged(ctx, [rule for rule in rules if rule not in likely])
    return (*found, *(rule for rule in others if owner.owns(rule.tags)))


def _listeners(ctx: Context, load_balancer_arn: str) -> list[str]:
    paginator = ctx.client("elbv2").get_paginator("describe_listeners")

    def read_arns() -> list[str]:
        pages = paginator.paginate(LoadBalancerArn=load_balancer_arn)
        return [str(item["ListenerArn"]) for page in pages for item in page["Listeners"]]

    return unless({"LoadBalancerNotFound"}, read_arns) or []


def _read(ctx: Context, listener_arn: str) -> tuple[ListenerRule, ...]:
    pages = ctx.client("elbv2").get_paginator("describe_rules").paginate(ListenerArn=listener_arn)
    return tuple(_parse(item, listener_arn) for page in pages for item in page["Rules"])


def _parse(item: t.Mapping[str, t.Any], listener_arn: str) -> ListenerRule:
    priority = str(item.get("Priority", ""))
    return ListenerRule(
        arn=item["RuleArn"],
        listener_arn=listener_arn,
        priority=int(priority) if priority.isdecimal() else 0,
        values=read(FIELDS, item),
    )


def _tagged(ctx: Context, rules: t.Sequence[ListenerRule]) -> tuple[ListenerRule, ...]:
    tags = find_tags(ctx, [rule.arn for rule in rules if rule.priority])
    return tuple(dataclasses.replace(rule, tags=tags.get(rule.arn, {})) for rule in rules)
