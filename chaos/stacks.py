# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stacks that are disturbed: inventories/dev, and the same with all optional features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BASIC, FULL = "basic", "full"
# The repository in docs/iam/registry.json
REPOSITORY = "hello"
# The schedule is in the far future, and no task reaches that CPU load: the number of tasks does not change.
SCALING: Mapping[str, Any] = {
    "minimum": 2,
    "maximum": 4,
    "cpu": 60,
    "schedules": [{"name": "later", "schedule": "at(2099-01-01T04:00:00)", "minimum": 3, "maximum": 4}],
}
# Stack → its variables besides those of inventories/dev
STACKS: Mapping[str, Mapping[str, Any]] = {
    BASIC: {},
    FULL: {
        "app_https": True,
        # Clients are verified, and health checkers have no certificate: they get the redirect.
        "app_endpoint_health_check": {"protocol": "HTTP", "port": 80},
        "app_notify": {"email": ["ops@example.com"]},
        "app_scaling": SCALING,
        "app_spot": {"base": 1, "on_demand_weight": 1, "spot_weight": 1},
        "app_dashboard": True,
        "app_repositories": [REPOSITORY],
        "app_replicate_images": True,
        "vpc_flow_logs": "reject",
        "vpc_nat_gateways": "regional",
        "vpc_interface_endpoints": ["logs"],
        "alb_log_bucket": {"expiration_days": 90, "delete_logs": True},
        "route53_zone_query_logging": True,
    },
}
# The image of release.yml
IMAGE = "public.ecr.aws/nginx/nginx:1.30-alpine"
