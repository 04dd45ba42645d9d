# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that playbooks read themselves, and the argument specs of their values."""

from __future__ import annotations

import typing as t

from .._ecs_service.options import OPTIONS as OF_ECS_SERVICE
from .._failover_drill.options import OPTIONS as OF_DRILL
from .._failover_switch.options import OPTIONS as OF_SWITCH

_TEXT: t.Final = {"type": "str"}
_MAPPING: t.Final = {"type": "dict", "no_log": False}
_OF_SERVICE: t.Final = {
    **OF_ECS_SERVICE,
    "image": _TEXT,
    "port": {"type": "int"},
    "variables": _MAPPING,
    "secrets": _MAPPING,
}

# The keys of app_smoke_request
SMOKE_REQUEST: t.Final[t.Mapping[str, t.Mapping[str, t.Any]]] = {
    "path": {"type": "str", "required": True},
    "status": {"type": "int", "default": 200},
    "contains": {"type": "str", "default": ""},
    "timeout": {"type": "int", "default": 30},
}

# Those of the drill and the switch are options of their modules.
SETTINGS: t.Final[t.Mapping[str, t.Mapping[str, t.Any]]] = {
    "app_services": {"type": "list", "elements": "dict", "options": _OF_SERVICE},
    "app_https": {"type": "bool"},
    "app_smoke_request": {"type": "dict", "options": SMOKE_REQUEST},
    "app_release_pause": {"type": "bool"},
    "app_smoke_test": _TEXT,
    "dns_ttl_wait": {"type": "int", "default": 60},
    **{
        f"drill_{option}": OF_DRILL[option]
        for option in (
            *("allowed", "break_command", "give_up", "heal_command", "hold", "minimum_standby", "probes_per_second"),
            *("return_timeout", "tolerance", "verify_certificate"),
        )
    },
    "standby_capacity": OF_DRILL["standby_capacity"],
    **{f"switch_{option}": OF_SWITCH[option] for option in ("hold", "interval", "timeout")},
}
