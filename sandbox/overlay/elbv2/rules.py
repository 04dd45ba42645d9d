# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listener rules: AWS's conditions and their limits, priorities that can be swapped, pages that end.

From the API reference, RuleCondition and SetRulePriorities, and the guide, "Quotas for your Application Load
Balancers".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from moto.elbv2.responses import ELBV2Response

from sandbox.overlay import quotas
from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.elbv2.common import forget_tags, in_order, invalid, relink
from sandbox.overlay.elbv2.listeners import take_actions

_MOST_VALUES = 5
_MOST_WILDCARDS = 5
_MOST_PRIORITY = 50000
_CONFIGS = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
# Fields of which a rule has more than one, and of which conditions are returned twice.
_REPEATED = ("http-header", "query-string")
_RETURNED_TWICE = ("host-header", "path-pattern")
_HOST = re.compile(r"[A-Za-z0-9.*?-]*\.[A-Za-z]+")
_PATH = re.compile(r"[A-Za-z0-9_.$/~\"'@:+&*?-]+")
_PAGE = 400


@corrects(ELBV2Response, "CreateRule")
def _create(call: Call) -> Any:
    elb, arn = call.backend, call.get("ListenerArn")
    (listener,) = elb.describe_listeners(None, [arn])
    priority = _priority(call.get("Priority"))
    others = [rule for rule in listener.rules.values() if not rule.is_default]
    if priority in [int(rule.priority) for rule in others]:
        raise AwsError("PriorityInUse", f"Priority '{priority}' is currently in use")
    balancer = elb.load_balancers[listener.load_balancer_arn]
    there = sum(len(each.rules) - 1 for each in balancer.listeners.values())
    quotas.RULES.keep(call, there, AwsError("TooManyRules", "The maximum number of rules has been reached"))
    call.params["Priority"] = priority
    return _write(call, listener.load_balancer_arn, _checked(call.get("Conditions")))


@corrects(ELBV2Response, "ModifyRule")
def modify(call: Call) -> Any:
    """ModifyRule keeps what the call omits."""
    elb = call.backend
    (rule,) = elb.describe_rules(None, [call.get("RuleArn")])
    if rule.is_default:
        raise AwsError("OperationNotPermitted", f"Default rule '{rule.arn}' cannot be modified")
    conditions = _checked(call.get("Conditions")) if call.get("Conditions") else []
    if call.get("ResetTransforms") and not call.get("Conditions") and not call.get("Actions"):
        return {"Rules": [rule]}
    (listener,) = elb.describe_listeners(None, [rule.listener_arn])
    return _write(call, listener.load_balancer_arn, conditions)


def _write(call: Call, balancer_arn: str, conditions: list[dict[str, Any]]) -> Any:
    take_actions(call, "Actions", balancer_arn)
    # Answers have the values twice, which moto does not accept in a call.
    call.params["Conditions"] = [
        {key: value for key, value in condition.items() if key != "Values"} for condition in conditions
    ]
    result = call.proceed()
    for rule in result["Rules"]:
        rule.conditions = conditions or rule.conditions
    relink(call.world, call.backend)
    return result


@corrects(ELBV2Response, "SetRulePriorities")
def set_priorities(call: Call) -> Any:
    """SetRulePriorities: rules may swap their places, as long as none shares one in the end."""
    elb = call.backend
    wanted = {pair["RuleArn"]: _priority(pair["Priority"]) for pair in call.get("RulePriorities") or []}
    rules = elb.describe_rules(None, list(wanted))
    if any(rule.is_default for rule in rules):
        raise AwsError("OperationNotPermitted", "The priority of a default rule cannot be changed")
    for listener in elb.describe_listeners(None, list({rule.listener_arn for rule in rules})):
        after = [wanted.get(rule.arn, int(rule.priority)) for rule in listener.rules.values() if not rule.is_default]
        twice = next((priority for priority in after if after.count(priority) > 1), None)
        if twice is not None:
            raise AwsError("PriorityInUse", f"Priority '{twice}' is currently in use")
    for rule in rules:
        rule.priority = wanted[rule.arn]
    return {"Rules": rules}


@corrects(ELBV2Response, "DescribeRules")
def describe(call: Call) -> Any:
    """DescribeRules, in order of priority, page by page."""
    elb = call.backend
    rules = in_order(elb.describe_rules(call.get("ListenerArn"), call.get("RuleArns")))
    start = int(call.get("Marker") or 0)
    end = start + int(call.get("PageSize") or _PAGE)
    more = {"NextMarker": str(end)} if end < len(rules) else {}
    return {"Rules": rules[start:end], **more}


@corrects(ELBV2Response, "DeleteRule")
def delete(call: Call) -> Any:
    """DeleteRule refuses the default rule, and an unknown one."""
    elb, arn = call.backend, call.get("RuleArn")
    for rule in elb.describe_rules(None, [arn]):
        if rule.is_default:
            raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")
    result = call.proceed()
    forget_tags(elb, arn)
    relink(call.world, elb)
    return result


def _priority(given: Any) -> int:
    if not 1 <= int(given) <= _MOST_PRIORITY:
        raise invalid(f"Priority '{given}' must be in the range 1-{_MOST_PRIORITY}")
    return int(given)


def _checked(conditions: Iterable[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The conditions the way DescribeRules shows them. Raises ValidationError."""
    full = [_condition(condition) for condition in conditions or []]
    if not full:
        raise invalid("A rule must have a condition")
    fields = [condition["Field"] for condition in full]
    for field in fields:
        if field not in _REPEATED and fields.count(field) > 1:
            raise invalid(f"A rule can only have one '{field}' condition")
    values = [value for condition in full for value in condition[_CONFIGS[condition["Field"]]].get("Values", [])]
    if len(values) > _MOST_VALUES:
        raise AwsError("TooManyConditionValues", f"A rule can have at most {_MOST_VALUES} condition values")
    if sum(value.count("*") + value.count("?") for value in values if isinstance(value, str)) > _MOST_WILDCARDS:
        raise invalid(f"A rule can have at most {_MOST_WILDCARDS} wildcards")
    return full


def _condition(condition: dict[str, Any]) -> dict[str, Any]:
    field = str(condition.get("Field"))
    if field not in _CONFIGS:
        raise invalid(f"Condition field '{field}' must be one of '[{', '.join(_CONFIGS)}]'")
    config = dict(condition.get(_CONFIGS[field]) or {"Values": condition.get("Values") or []})
    if not config.get("Values"):
        raise invalid("A condition value must be specified")
    for value in config["Values"] if field in _RETURNED_TWICE else []:
        if len(value) > 128:
            raise invalid(f"The '{field}' value is too long; the limit is '128'")
        if not (_HOST if field == "host-header" else _PATH).fullmatch(value):
            raise invalid(f"Condition value '{value}' contains a character that is not valid, or is no {field}")
    return {
        "Field": field,
        _CONFIGS[field]: config,
        **({"Values": config["Values"]} if field in _RETURNED_TWICE else {}),
    }
