# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's options, without those that every layer has."""

from __future__ import annotations

import typing as t

from . import attributes

_LOG = {"type": "dict", "options": {"bucket": {"type": "str", "required": True}, "prefix": {"type": "str"}}}

OPTIONS: t.Final[dict[str, dict[str, t.Any]]] = {
    "vpc_id": {"type": "str"},
    "vpc_cidrs": {"type": "list", "elements": "str"},
    "subnet_ids": {"type": "list", "elements": "str"},
    "ip_address_type": {"type": "str", "choices": ["ipv4", "dualstack"], "default": "ipv4"},
    "ingress_cidrs": {"type": "list", "elements": "str", "default": ["0.0.0.0/0"]},
    "ingress_ipv6_cidrs": {"type": "list", "elements": "str"},
    "ingress_prefix_lists": {"type": "list", "elements": "str", "default": []},
    "egress": {"type": "str", "choices": ["vpc", "all"], "default": "vpc"},
    "listener_port": {"type": "int", "default": 80},
    "target_port": {"type": "int"},
    "target_protocol": {"type": "str", "choices": ["HTTP", "HTTPS"], "default": "HTTP"},
    "health_check": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "path": {"type": "str", "default": "/"},
            "matcher": {"type": "str", "default": "200"},
            "interval": {"type": "int", "default": 10},
            "timeout": {"type": "int", "default": 5},
            "healthy_threshold": {"type": "int", "default": 2},
            "unhealthy_threshold": {"type": "int", "default": 2},
            "port": {"type": "str", "default": "traffic-port"},
            "protocol": {"type": "str", "choices": ["HTTP", "HTTPS"], "default": "HTTP"},
        },
    },
    "stickiness": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "enabled": {"type": "bool", "default": False},
            "type": {"type": "str", "choices": ["lb_cookie", "app_cookie"], "default": "lb_cookie"},
            "duration": {"type": "int", "default": 86400},
            "cookie_name": {"type": "str"},
        },
    },
    "dns_failover": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "minimum_healthy_targets_count": {"type": "str", "default": "1"},
            "minimum_healthy_targets_percentage": {"type": "str", "default": "off"},
        },
    },
    "unhealthy_state_routing": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "minimum_healthy_targets_count": {"type": "str", "default": "1"},
            "minimum_healthy_targets_percentage": {"type": "str", "default": "off"},
        },
    },
    **{each.option: each.argument() for each in (*attributes.TARGET_GROUP, *attributes.LOAD_BALANCER)},
    **dict.fromkeys(attributes.LOGS, _LOG),
}
REQUIRED_IF: t.Final = (("state", "present", ("vpc_id", "subnet_ids", "target_port")),)
