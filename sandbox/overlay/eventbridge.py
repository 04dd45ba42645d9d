# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EventBridge: events of AWS's services reach the SNS topics of the default bus's rules. There are no other targets.

EventBridge User Guide, "Amazon EventBridge input transformation", and "Using resource-based policies": the topic's
policy has to let events.amazonaws.com publish, which SNS's default policy does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.events.models import events_backends
from moto.sns.models import sns_backends

from sandbox.overlay.base import World
from sandbox.policies import Request, allowed

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
# A string of JSON, or a variable outside of one
_PART = re.compile(r'"(?:\\.|[^"\\])*"|<([^<>]+)>')
_VARIABLE = re.compile(r"<([^<>]+)>")


def send(
    world: World,
    place: tuple[str, str],
    source: str,
    kind: str,
    resources: Iterable[str],
    detail: Mapping[str, Any],
) -> None:
    """Send an event to the default bus of an account and region. A region that is cut off sends none."""
    account, region = place
    if world.outages.of(region) == "cut":
        return
    event = {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": kind,
        "source": source,
        "account": account,
        "time": datetime.fromtimestamp(world.wall(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": list(resources),
        "detail": dict(detail),
    }
    for rule in events_backends[account][region].event_buses["default"].rules.values():
        pattern = rule.event_pattern
        if rule.state == "ENABLED" and pattern.get_pattern() and pattern.matches_event(event):
            for target in rule.targets:
                _deliver(account, region, rule.arn, target, event)


def _deliver(account: str, region: str, rule_arn: str, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    topic = sns_backends[account][region].topics.get(target["Arn"])
    context = {"aws:sourceaccount": (account,), "aws:sourcearn": (rule_arn,)}
    request = Request("sns:Publish", target["Arn"], "events.amazonaws.com", account, context)
    if topic is not None and allowed([topic.policy], request):
        topic.publish(message(target, event))


def message(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """A target's input: the whole event, or what the target's settings make of it."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_at(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if transformer is None:
        return json.dumps(event)
    found = {name: _at(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    return _PART.sub(lambda part: _filled(part, found), transformer["InputTemplate"])


def _filled(part: re.Match[str], values: Mapping[str, Any]) -> str:
    """A variable alone is a JSON value; within a string it is text."""
    if part[1]:
        return json.dumps(values[part[1]]) if part[1] in values else part[0]
    return _VARIABLE.sub(lambda name: _text(values[name[1]]) if name[1] in values else name[0], part[0])


def _text(value: Any) -> str:
    """The value as text within a JSON string; empty for a path without a value."""
    if value is None:
        return ""
    return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]


def _at(event: Any, path: str) -> Any:
    """The value at a JSON path of dots and numbers; None if there is none."""
    for name, number in _STEP.findall(path):
        try:
            event = event[name] if name else event[int(number)]
        except (KeyError, IndexError, TypeError):
            return None
    return event
