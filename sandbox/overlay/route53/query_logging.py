# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query logging configurations, listed by zone: moto finds no zone by its id, and filters nothing."""

from __future__ import annotations

from typing import Any

from moto.route53.responses import Route53

from sandbox.overlay.base import Call, corrects
from sandbox.overlay.route53.changes import zone_of


@corrects(Route53, "ListQueryLoggingConfigs")
def _list(call: Call) -> Any:
    """API reference: "If you specify a hosted zone id, lists the configuration of that zone", or NoSuchHostedZone."""
    zone_id = call.get("HostedZoneId")
    if not zone_id:
        return call.proceed()
    zone = zone_of(call.account, zone_id)
    configs = call.backend.query_logging_configs.values()
    return {"QueryLoggingConfigs": [config for config in configs if config.hosted_zone_id == zone.resource_id]}
