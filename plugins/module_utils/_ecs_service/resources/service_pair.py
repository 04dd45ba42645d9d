# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service's two target groups, and how requests shift between them: as ECS has it, and as it is compared. Pure.

Source: ECS API, AdvancedConfiguration, CanaryConfiguration and LinearConfiguration.
"""

from __future__ import annotations

import typing as t

from ..._engine.field import Answer

_KEYS: t.Final = {"alternate": "alternateTargetGroupArn", "rule": "productionListenerRule", "role": "roleArn"}


def read_pair(advanced: Answer) -> dict[str, t.Any] | bool:
    """A second target group, and the rule and role by which ECS shifts traffic between the two; False without."""
    return {name: advanced.get(key) for name, key in _KEYS.items()} if advanced else False


def write_pair(pair: t.Mapping[str, t.Any] | bool) -> dict[str, t.Any]:
    if isinstance(pair, bool):
        return {}
    return {"advancedConfiguration": {key: pair[name] for name, key in _KEYS.items()}}


def read_steps(service: Answer) -> dict[str, t.Any]:
    """ECS's configuration of the current strategy; that of a former one is ignored."""
    found = service.get("deploymentConfiguration") or {}
    member = {"CANARY": "canaryConfiguration", "LINEAR": "linearConfiguration"}.get(found.get("strategy") or "", "")
    return {member: found[member]} if found.get(member) else {}
