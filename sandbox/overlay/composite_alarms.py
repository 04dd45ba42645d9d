# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's composite alarms, which moto keeps and does not make.

API reference, PutCompositeAlarm and DescribeAlarms; CloudWatch User Guide, "Create a composite alarm".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse

from sandbox.overlay.base import AwsError, Call, corrects

_LONGEST = 10240
_MOST_ALARMS, _MOST_ELEMENTS = 100, 500
_TERM = re.compile(r'(ALARM|OK|INSUFFICIENT_DATA)\(\s*"?([^")]+?)"?\s*\)')
_WORDS = {"AND": "and", "OR": "or", "NOT": "not", "TRUE": "True", "FALSE": "False"}
_STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")


@corrects(CloudWatchResponse, "PutCompositeAlarm")
def put(call: Call) -> Any:
    """PutCompositeAlarm: the rule is over alarms that exist in this region; an update keeps state and tags."""
    name, rule, backend = call.get("AlarmName"), str(call.get("AlarmRule")), call.backend
    _check(rule, backend.alarms)
    former = backend.alarms.get(name)
    unused = (
        *("namespace", "metric_name", "comparison_operator", "evaluation_periods"),
        *("period", "threshold", "statistic"),
    )
    alarm = backend.put_metric_alarm(
        name=name,
        **dict.fromkeys(unused),
        description=call.get("AlarmDescription"),
        dimensions=[],
        alarm_actions=call.get("AlarmActions") or [],
        ok_actions=call.get("OKActions") or [],
        insufficient_data_actions=call.get("InsufficientDataActions") or [],
        actions_enabled=call.get("ActionsEnabled"),
        rule=rule,
        tags=None if former else call.get("Tags"),
    )
    alarm.state_value = "INSUFFICIENT_DATA"
    for attribute in _STATE if former else ():
        setattr(alarm, attribute, getattr(former, attribute))
    return {}


@corrects(CloudWatchResponse, "DescribeAlarms")
def describe(call: Call) -> Any:
    """DescribeAlarms: only metric alarms, unless composite ones are requested."""
    kinds, result = call.get("AlarmTypes") or ["MetricAlarm"], call.proceed()
    return {key: found for key, found in result.items() if key.removesuffix("s") in kinds}


def rings(rule: str, states: Mapping[str, str]) -> bool:
    """Whether a rule holds, by the states of alarms. Raises ValueError for a rule that cannot be read."""
    text = _TERM.sub(lambda term: str(states.get(term[2]) == term[1]), rule)
    words = re.findall(r"[()]|\w+", text)
    if "".join(words) != re.sub(r"\s", "", text) or not set(words) <= {"(", ")", "True", "False", *_WORDS}:
        raise ValueError(rule)
    try:
        # Only these words get here.
        return bool(eval(" ".join(_WORDS.get(word, word) for word in words), {"__builtins__": {}}))
    except SyntaxError:
        raise ValueError(rule) from None


def _check(rule: str, alarms: Mapping[str, Any]) -> None:
    children = [name for _state, name in _TERM.findall(rule)]
    missing = sorted({name for name in children if name not in alarms})
    if missing:
        message = f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        raise AwsError("ValidationError", message)
    elements = len(children) + len(re.findall(r"[()]|TRUE|FALSE", _TERM.sub("", rule)))
    if len(rule) > _LONGEST or len(set(children)) > _MOST_ALARMS or elements > _MOST_ELEMENTS:
        raise AwsError("ValidationError", "AlarmRule is too long")
    try:
        rings(rule, {})
    except ValueError:
        raise AwsError("ValidationError", f"Syntax error in the alarm rule: {rule}") from None
