# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of zones and health checks: only of existing ones, ten IDs a call."""

from __future__ import annotations

from typing import Any

from moto.route53.responses import Route53

from sandbox.overlay.base import AwsError, Call, corrects

_MOST_IDS = 10


@corrects(Route53, "ChangeTagsForResource", "ListTagsForResource", "ListTagsForResources")
def check_resources(call: Call) -> Any:
    """Refuse tags of missing resources."""
    kind = call.get("ResourceType")
    identifiers = call.get("ResourceIds") or [call.get("ResourceId")]
    if len(identifiers) > _MOST_IDS:
        raise AwsError(
            "InvalidInput",
            f"1 validation error detected: Value at 'resourceIds' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_MOST_IDS}",
        )
    backend = call.backend
    known = backend.zones if kind == "hostedzone" else backend.health_checks
    for identifier in identifiers:
        if identifier not in known:
            zone = kind == "hostedzone"
            code = "NoSuchHostedZone" if zone else "NoSuchHealthCheck"
            words = "No hosted zone found with ID" if zone else "No health check exists with the specified ID"
            raise AwsError(code, f"{words}: {identifier}")
    return call.proceed()
