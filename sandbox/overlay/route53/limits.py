# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GetAccountLimit, which moto does not have: a limit of the account, and how much of it is in use."""

from __future__ import annotations

from typing import Any

from moto.route53 import urls
from moto.route53.responses import Route53

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.quotas import HEALTH_CHECKS

_HEALTH_CHECKS = "MAX_HEALTH_CHECKS_BY_OWNER"


def patch() -> None:
    """The address of an operation that moto has not."""
    urls.url_paths[r"{0}/(?P<api_version>[\d_-]+)/accountlimit/(?P<limit_type>[A-Z_]+)$"] = Route53.dispatch


@corrects(Route53, "GetAccountLimit")
def _get(call: Call) -> Any:
    kind = call.get("Type")
    if kind != _HEALTH_CHECKS:
        raise AwsError("InvalidInput", f"The local AWS knows no limit {kind}")
    return {"Limit": {"Type": kind, "Value": HEALTH_CHECKS.limit(call)}, "Count": len(call.backend.health_checks)}
