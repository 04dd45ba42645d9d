# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that others have given a strategy by which ECS shifts traffic between two target groups. Pure.

The layer sets such a service back to one target group, and ROLLING. Both groups take turns, from deployment to
deployment, so that may only begin while all requests go to the service's own one (ECS Developer Guide, "Amazon ECS
blue/green service deployments workflow").
"""

from __future__ import annotations

import typing as t

from ..._engine.errors import ConflictError
from .service import ADDRESS, Service

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec


def require_own_group(spec: Spec, snapshot: Snapshot, receivers: t.Container[str]) -> None:
    """Raises ConflictError where setting the service back would send requests to a target group without targets.

    :param receivers: ARNs of the target groups that the service's own rule sends requests to.
    """
    found, group = snapshot.service, snapshot.target_group
    if found is None or group is None or not spec.owner.owns(found.tags) or not shifts(found):
        return
    which = f"ECS shifts the requests to {spec.owner.component} in {spec.region} between two target groups (strategy"
    what = f"{ADDRESS}: {which} {found.values['strategy']}), which others have set up"
    if found.deployment and found.deployment.rollout == "IN_PROGRESS":
        raise ConflictError(
            f"{what}, and a deployment is under way, which is left alone. Run this again when it is over."
        )
    if group.arn not in receivers:
        raise ConflictError(
            f"{what}, and now they go to the other one. It is set to ROLLING without a gap once they go to "
            f"{group.arn.split('/')[-2]}: with each release they change over, so release once more (release.yml, or "
            "forceNewDeployment of ECS), then run this again."
        )


def shifts(found: Service) -> bool:
    """Whether the service has a second target group, and a rule whose weights ECS sets."""
    return any(item["shifts_traffic"] for item in found.values["load_balancers"])
