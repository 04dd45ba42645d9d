# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener's rule, which selects the service's requests. Pure."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ..._aws import untagged
from ..._aws.changes import create_tagged, repair
from ..._engine.changes import delete
from ..._engine.errors import ConflictError
from ..._engine.field import Field
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._engine.unknown import unknown
from ..spec_listener_rule import RuleSpec
from .shifted_traffic import require_own_group
from .target_group import ADDRESS as TARGET_GROUP
from .target_group import ALTERNATE, is_paired

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "listener_rule"
ADDRESS: t.Final = f"{KIND}/main"

_OR: t.Final = " or "
_HOST: t.Final = "host-header"
_PATH: t.Final = "path-pattern"
# Field of a condition → its settings in the API.
_SETTINGS: t.Final = {_HOST: "HostHeaderConfig", _PATH: "PathPatternConfig"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class ListenerRule:
    """A rule as observed.

    :param priority: 0 for the default rule.
    :param values: by the names in FIELDS, without the priority.
    """

    arn: str
    listener_arn: str
    priority: int
    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def action(self) -> str:
        """See ``forward_to``."""
        return str(self.values["action"])


def forward_to(target_group_arn: str) -> str:
    """The value of ``action`` for a rule that forwards all requests to one target group."""
    return f"forward to {target_group_arn}"


def forward_between(first: str, second: str) -> str:
    """The value of ``action`` for a rule that forwards to two target groups, whose weights ECS sets."""
    return f"{forward_to(first)}{_OR}{second}"


def is_between(action: str) -> bool:
    """Whether the action is one of ``forward_between``."""
    return action.startswith(forward_to("")) and _OR in action


def receivers(action: str) -> dict[str, int]:
    """The weights of the target groups in this action, by ARN."""
    if not action.startswith("["):
        return {action.removeprefix(forward_to("")): 1}
    configs = [item.get("ForwardConfig") or {} for item in json.loads(action)]
    groups = [group for config in configs for group in config.get("TargetGroups") or ()]
    return {str(group["TargetGroupArn"]): group.get("Weight", 1) for group in groups}


def _read_conditions(rule: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Hosts and paths as lists; anything else, which has no option, as AWS returns it."""
    found: dict[str, t.Any] = {}
    for condition in rule.get("Conditions") or ():
        name = condition.get("Field", "")
        settings = condition.get(_SETTINGS.get(name, "")) or {}
        values = settings.get("Values") or condition.get("Values") or []
        if name in found or not values or settings.get("RegexValues") or condition.get("RegexValues"):
            found[f"{name} as well"] = json.dumps(condition, sort_keys=True)
        else:
            # The comparison of hosts is case insensitive (HostHeaderConditionConfig).
            found[name] = sorted(value.lower() if name == _HOST else value for value in values)
    return found


def _write_conditions(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {"Conditions": [{"Field": name, _SETTINGS[name]: {"Values": list(values[name])}} for name in values]}


def _read_action(rule: t.Mapping[str, t.Any]) -> str:
    actions = rule.get("Actions") or []
    if len(actions) == 1 and actions[0].get("Type") == "forward":
        config = actions[0].get("ForwardConfig") or {}
        groups = config.get("TargetGroups") or [{"TargetGroupArn": actions[0].get("TargetGroupArn")}]
        sticky = (config.get("TargetGroupStickinessConfig") or {}).get("Enabled", False)
        # The weight of the only target group has no effect, unless it is 0.
        if len(groups) == 1 and not sticky and groups[0].get("Weight", 1) > 0:
            return forward_to(groups[0]["TargetGroupArn"])
    return json.dumps(actions, sort_keys=True, default=str)


def _write_action(action: str) -> dict[str, t.Any]:
    arns = action.removeprefix(forward_to("")).split(_OR)
    if len(arns) == 1:
        return {"Actions": [{"Type": "forward", "TargetGroupArn": arns[0]}]}
    # The first one gets the requests until ECS changes the weights.
    groups = [{"TargetGroupArn": arn, "Weight": int(arn == arns[0])} for arn in arns]
    return {"Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]}


# Source: Elastic Load Balancing API, Rule and ModifyRule.
FIELDS: t.Final = (
    Field(name="conditions", read=_read_conditions, write=_write_conditions),
    Field(name="action", read=_read_action, write=_write_action),
    # Rewrites of host or path, which have no option.
    Field(
        name="transforms",
        read=lambda rule: list(rule.get("Transforms") or ()),
        write=lambda _none: {"ResetTransforms": True},
        default=[],
    ),
)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Creates or repairs the rule of a service with a port, and deletes all others of the service."""
    ours = own_rules(spec, snapshot.rules)
    if spec.routing is None:
        yield from _deletions(ours, "state is absent" if spec.absent else "a worker has none")
        return
    wanted = spec.routing.rule
    kept = own_rule(spec, snapshot.rules)
    if kept:
        require_own_group(spec, snapshot, receivers(kept.action))
    group = snapshot.target_group.arn if snapshot.target_group else unknown(spec.region, TARGET_GROUP)
    action = _action(spec, snapshot, group)
    for rule in snapshot.rules:
        if rule is not kept and (rule.listener_arn, rule.priority) == (wanted.listener_arn, wanted.priority):
            raise _in_the_way(spec, rule, group)
    values = {"conditions": _conditions(wanted), "action": action, "transforms": [], "rule_priority": wanted.priority}
    if kept:
        # ECS sets the weights.
        known = action if _names_both(kept.action, action) else kept.action
        current = {**kept.values, "rule_priority": kept.priority, "action": known}
        yield repair(spec.owner, ADDRESS, kept, current, values)
    else:
        yield create_tagged(spec.owner, ADDRESS, {"listener_arn": wanted.listener_arn, **values})
    yield from _deletions([rule for rule in ours if rule is not kept], "another rule takes its place", first=1)


RESOURCE: t.Final = Resource(
    kind=KIND, plan=plan, identify=lambda snapshot: {ADDRESS: {"id": snapshot.rule_arn}} if snapshot.rule_arn else {}
)


def _action(spec: Spec, snapshot: Snapshot, group: str) -> str:
    if not is_paired(spec, snapshot):
        return forward_to(group)
    second = snapshot.alternate_group
    return forward_between(group, second.arn if second else unknown(spec.region, ALTERNATE))


def _names_both(found: str, wanted: str) -> bool:
    """Whether a rule forwards to both wanted target groups, and at least one of them gets requests."""
    named = receivers(found) if is_between(wanted) else {}
    return sum(named.values()) > 0 and set(named) == set(wanted.removeprefix(forward_to("")).split(_OR))


def own_rules(spec: Spec, rules: t.Iterable[ListenerRule]) -> list[ListenerRule]:
    """The service's rules, sorted by ARN."""
    return sorted((rule for rule in rules if spec.owner.owns(rule.tags)), key=lambda rule: rule.arn)


def own_rule(spec: Spec, rules: t.Iterable[ListenerRule]) -> ListenerRule | None:
    """The service's rule on the listener of the options. If it was copied, the one with the right priority."""
    if spec.routing is None:
        return None
    wanted = spec.routing.rule
    found = [rule for rule in own_rules(spec, rules) if rule.listener_arn == wanted.listener_arn]
    return min(found, key=lambda rule: rule.priority != wanted.priority, default=None)


def _conditions(wanted: RuleSpec) -> dict[str, list[str]]:
    conditions = {_HOST: list(wanted.hosts), _PATH: list(wanted.paths)}
    return {name: values for name, values in conditions.items() if values}


def _in_the_way(spec: Spec, rule: ListenerRule, target_group_arn: str) -> ConflictError:
    remedy = f"set rule_priority of {spec.owner.component} to a number that no other rule has"
    there = f"the rule {rule.arn} has the priority {rule.priority} of {rule.listener_arn}"
    if rule.action == forward_to(target_group_arn):
        return untagged.conflict(spec.owner, ADDRESS, f"{there} and forwards to {target_group_arn}", remedy)
    component = rule.tags.get("Component", "")
    whose = f"the service {component}" if component and spec.owner.stack_owns(rule.tags) else "someone else"
    return ConflictError(f"{ADDRESS}: {there}, and belongs to {whose}. {remedy[0].upper()}{remedy[1:]}.")


def _deletions(rules: t.Iterable[ListenerRule], reason: str, *, first: int = 0) -> t.Iterator[Change]:
    for number, rule in enumerate(rules, start=first):
        address = f"{ADDRESS}-{number}" if number else ADDRESS
        before = {"arn": rule.arn, "rule_priority": rule.priority, **rule.values}
        # Its replacement comes first: another listener may redirect clients to that one.
        yield delete(address, before, data=rule, needs={ADDRESS} - {address}, reason=reason)
