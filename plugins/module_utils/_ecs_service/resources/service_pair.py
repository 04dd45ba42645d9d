# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service's two target groups, and how requests go from one to the other, in ECS's form and ours. Pure.

Source: ECS API, AdvancedConfiguration, CanaryConfiguration and LinearConfiguration.
"""

from __future__ import annotations

import typing as t

from ..._engine.field import Answer


def read_pair(advanced: Answer) -> dict[str, t.Any] | bool:
    """A second target group, and the rule and role by which ECS shifts traffic between the two; False without."""
    if not advanced:
        return False
    names = {"alternate": "alternateTargetGroupArn", "rule": "productionListenerRule", "role": "roleArn"}
    return {name: advanced.get(key) for name, key in names.items()}


def write_pair(pair: t.Mapping[str, t.Any] | bool) -> dict[str, t.Any]:
    if isinstance(pair, bool):
        return {}
    advanced = {
        "alternateTargetGroupArn": pair["alternate"],
        "productionListenerRule": pair["rule"],
        "roleArn": pair["role"],
    }
    return {"advancedConfiguration": advanced}


def read_steps(service: Answer) -> dict[str, t.Any]:
    """What belongs to the strategy, in ECS's form; what is left of a former one says nothing."""
    found = service.get("deploymentConfiguration") or {}
    member = {"CANARY": "canaryConfiguration", "LINEAR": "linearConfiguration"}.get(found.get("strategy") or "", "")
    return {member: found[member]} if found.get(member) else {}
