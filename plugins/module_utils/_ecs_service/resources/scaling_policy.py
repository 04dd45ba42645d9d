# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies by which the number of tasks follows a metric. Pure.

They are identified by their names, which begin with the service's: others of the same target are left alone.

Source: Application Auto Scaling API, PutScalingPolicy and TargetTrackingScalingPolicyConfiguration.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import stack_names
from ..._engine.changes import create, delete, update
from ..._engine.field import Answer, Field, parameter
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._engine.unknown import is_unknown, unknown
from ..spec_scaling import METRICS, Scaling, Tracking
from . import target_group

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "scaling_policy"


def _metric(config: Answer) -> t.Mapping[str, t.Any]:
    return config.get("PredefinedMetricSpecification") or {}


FIELDS: t.Final = (
    parameter("target", "TargetValue"),
    parameter("scale_in_cooldown", "ScaleInCooldown", 300),
    parameter("scale_out_cooldown", "ScaleOutCooldown", 300),
    parameter("disable_scale_in", "DisableScaleIn", False),
    Field(
        name="metric",
        read=lambda config: _metric(config).get("PredefinedMetricType"),
        write=lambda value: {"PredefinedMetricSpecification": {"PredefinedMetricType": value}},
    ),
    # Which requests count: the load balancer's to the target group.
    Field(
        name="resource_label",
        read=lambda config: _metric(config).get("ResourceLabel", ""),
        write=lambda value: {"PredefinedMetricSpecification": {"ResourceLabel": value} if value else {}},
        default="",
    ),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScalingPolicy:
    """A policy of the target. ``values`` by the names in FIELDS, of its configuration if it tracks a target."""

    name: str
    values: t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class PolicyChange:
    """``Change.data``: a policy of the service's target with all its values; without them, to delete.

    :param listener_arn: identifies the load balancer of a resource label.
    """

    service: str
    name: str
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    listener_arn: str = ""


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Puts the wanted policies, and deletes others of such names. Without scaling, they go with their target."""
    scaling = spec.scaling
    if scaling is None:
        return
    found = {item.name: item for item in snapshot.scaling_policies}
    names = {name: stack_names.scaling(spec.owner, name) for name in METRICS}
    wanted = {item.name: item for item in scaling.tracking}
    for short, name in names.items():
        if short in wanted:
            yield _put(spec, snapshot, scaling, wanted[short], found.get(name))
        elif name in found:
            data = PolicyChange(service=spec.name, name=name)
            yield delete(f"{KIND}/{short}", found[name].values, data=data, reason=f"scaling has no {short}")


def _put(
    spec: Spec, snapshot: Snapshot, scaling: Scaling, tracking: Tracking, found: ScalingPolicy | None
) -> Change | None:
    listener = spec.routing.rule.listener_arn if spec.routing else ""
    group = snapshot.target_group.arn if snapshot.target_group else unknown(spec.region, target_group.ADDRESS)
    values = {
        "target": tracking.target,
        "metric": METRICS[tracking.name],
        "resource_label": resource_label(listener, group) if tracking.name == "requests" else "",
        "scale_in_cooldown": scaling.scale_in_cooldown,
        "scale_out_cooldown": scaling.scale_out_cooldown,
        "disable_scale_in": False,
    }
    address = f"{KIND}/{tracking.name}"
    name = stack_names.scaling(spec.owner, tracking.name)
    data = PolicyChange(service=spec.name, name=name, values=values, listener_arn=listener)
    return create(address, values, data=data) if found is None else update(address, found.values, values, data=data)


def resource_label(listener_arn: str, target_group_arn: str) -> str:
    """``app/<load balancer>/<id>/targetgroup/<name>/<id>`` (PredefinedMetricSpecification, ResourceLabel)."""
    balancer = listener_arn if is_unknown(listener_arn) else listener_arn.partition(":listener/")[2].rpartition("/")[0]
    group = target_group_arn if is_unknown(target_group_arn) else target_group_arn.rpartition(":")[2]
    return f"{balancer}/{group}"


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
