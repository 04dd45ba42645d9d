# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service for which others have set a strategy that shifts traffic between two target groups. Pure.

The layer sets such a service back to one target group, and ROLLING. The groups take turns with each deployment, so this
may only begin while all requests go to the service's own group (ECS Developer Guide, "Amazon ECS blue/green service
deployments workflow").
"""

from __future__ import annotations

import typing as t

from ..._engine.errors import ConflictError
from .service import ADDRESS, Service

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec


def require_own_group(spec: Spec, snapshot: Snapshot, weights: t.Mapping[str, int]) -> None:
    """Raise ConflictError if setting the service back would send requests to a target group without targets.

    :param weights: of the target groups in the service's rule, by ARN.
    """
    found, group = snapshot.service, snapshot.target_group
    if found is None or group is None or not spec.owner.owns(found.tags) or not shifts(found, snapshot):
        return
    which = f"ECS shifts the requests to {spec.owner.component} in {spec.region} between two target groups (strategy"
    what = f"{ADDRESS}: {which} {found.values['strategy']}), which others have set up"
    if found.deployment and found.deployment.rollout == "IN_PROGRESS":
        raise ConflictError(
            f"{what}, and a deployment is under way, which is left alone. Run this again when it is over."
        )
    if not weights.get(group.arn):
        raise ConflictError(
            f"{what}, and now they go to the other one. It is set to ROLLING without a gap once they go to "
            f"{group.arn.split('/')[-2]}: with each release they change over, so release once more (release.yml, or "
            "forceNewDeployment of ECS), then run this again."
        )


def shifts(found: Service, snapshot: Snapshot) -> bool:
    """Whether the service has a second target group that others have set up."""
    own = snapshot.alternate_group.arn if snapshot.alternate_group else None
    pairs = [item["shifts_traffic"] for item in found.values["load_balancers"] if item["shifts_traffic"]]
    return any(pair["alternate"] != own for pair in pairs)
