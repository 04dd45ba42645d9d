# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module, and the limits that AWS sets on its values."""

from __future__ import annotations

import typing as t

# HealthCheckRegion in the Route 53 API. None given means all of them.
CHECKER_REGIONS: t.Final = (
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
)

HEALTH_CHECK_OPTIONS: t.Final[dict[str, dict[str, t.Any]]] = {
    "protocol": {"type": "str", "choices": ["HTTP", "HTTPS"], "default": "HTTP"},
    "port": {"type": "int"},
    "path": {"type": "str", "default": "/"},
    "interval": {"type": "int", "choices": [10, 30], "default": 10},
    "failure_threshold": {"type": "int", "default": 3},
    "search_string": {"type": "str"},
    "checker_regions": {"type": "list", "elements": "str", "choices": list(CHECKER_REGIONS), "default": []},
    "measure_latency": {"type": "bool", "default": False},
}

OPTIONS: t.Final[dict[str, dict[str, t.Any]]] = {
    "zone": {"type": "str", "required": True},
    "zone_id": {"type": "str"},
    "record_name": {"type": "str"},
    "regions": {
        "type": "list",
        "elements": "dict",
        "options": {"name": {"type": "str", "required": True}, "priority": {"type": "int"}},
    },
    "health_check": {"type": "dict", "apply_defaults": True, "options": HEALTH_CHECK_OPTIONS},
    "replace_records": {"type": "bool", "default": False},
    "fail_when_not_ready": {"type": "bool", "default": True},
}
