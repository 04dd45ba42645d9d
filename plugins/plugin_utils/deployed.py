# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the last report says of a region, for preflight: a hint, since anyone may have changed the file."""

from __future__ import annotations

import contextlib
import pathlib
import typing as t

from .reports import UnreadableError, is_deployment, read

_SAME: t.Final = ("stack", "environment", "account_id")


def of_region(args: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The option ``deployed`` of the module preflight with these arguments; empty without a report of the stack."""
    path = pathlib.Path(str(args.get("directory") or "reports"), str(args.get("environment")), "deployment.json")
    with contextlib.suppress(UnreadableError):
        found = read(path) or {}
        if is_deployment(found) and all(str(found.get(key)) == str(args.get(key)) for key in _SAME):
            layers = found.get("regions", {}).get(args.get("region")) or {}
            services = [each for layer, each in layers.items() if layer.partition(" ")[0] == "ecs_service"]
            return {
                "cidr": layers.get("vpc", {}).get("cidr"),
                "target_protocols": {
                    each["component"]: each["target_protocol"]
                    for each in services
                    if each.get("component") and each.get("target_protocol")
                },
            }
    return {}
