# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster, which the service does not share. Pure.

Sources: ECS API, Cluster, ClusterConfiguration, UpdateCluster.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import create_tagged, repair
from ..._engine.changes import delete
from ..._engine.errors import ConflictError
from ..._engine.field import Answer, Field
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..spec_spot import ON_DEMAND, SPOT

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "cluster"
ADDRESS: t.Final = f"{KIND}/main"

_EXEC_DEFAULT: t.Final = {"logging": "DEFAULT"}


def _read_insights(cluster: Answer) -> str:
    settings = {item["name"]: item["value"] for item in cluster.get("settings") or ()}
    return str(settings.get("containerInsights", "disabled"))


def _configured(part: str, default: t.Mapping[str, str]) -> Field:
    """A part of ClusterConfiguration, which has no option. ECS requires the exec configuration with it."""
    return Field(
        name=part,
        read=lambda cluster: (cluster.get("configuration") or {}).get(part) or dict(default),
        write=lambda value: {"configuration": {"executeCommandConfiguration": _EXEC_DEFAULT, part: value}},
        default=dict(default),
    )


FIELDS: t.Final = (
    Field(
        name="container_insights",
        read=_read_insights,
        write=lambda value: {"settings": [{"name": "containerInsights", "value": value}]},
    ),
    # The namespace that services join by default: an empty one removes it.
    Field(
        name="service_connect",
        read=lambda cluster: (cluster.get("serviceConnectDefaults") or {}).get("namespace") or "",
        write=lambda value: {"serviceConnectDefaults": {"namespace": value}},
        default="",
    ),
    _configured("executeCommandConfiguration", _EXEC_DEFAULT),
    _configured("managedStorageConfiguration", {}),
)


# Compared only if a service uses them. They are set by PutClusterCapacityProviders, which requires the default strategy
# as well.
PROVIDERS: t.Final = Field(
    name="capacity_providers",
    read=lambda cluster: sorted(cluster.get("capacityProviders") or ()),
    write=lambda value: {"capacityProviders": value},
    default=[],
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster that is not being deleted. ``values`` by the names in FIELDS and PROVIDERS.

    :param default_strategy: ECS's capacity provider strategy for tasks that are started without one.
    """

    name: str
    arn: str
    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]
    default_strategy: t.Sequence[t.Mapping[str, t.Any]] = ()


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Creates, repairs or deletes the cluster."""
    found = snapshot.cluster
    if spec.absent:
        if found and spec.owner.owns(found.tags):
            _refuse_guests(spec, snapshot)
            yield delete(ADDRESS, {"arn": found.arn}, data=found)
        return
    values: dict[str, t.Any] = {"container_insights": spec.wanted.container_insights}
    if spec.wanted.service.spot:
        there = found.values["capacity_providers"] if found else []
        values["capacity_providers"] = sorted({*there, ON_DEMAND, SPOT})
    if found is None:
        yield create_tagged(spec.owner, ADDRESS, values, shown={"cluster_name": spec.name})
        return
    if not spec.owner.owns(found.tags):
        what = f"the cluster {found.name} exists in {spec.region} ({found.arn})"
        raise untagged.conflict(spec.owner, ADDRESS, what)
    # Fields without an option have their default.
    wanted = {**{field.name: field.default for field in FIELDS}, **values}
    yield repair(spec.owner, ADDRESS, found, found.values, wanted, tag_by_tag=True)


def _refuse_guests(spec: Spec, snapshot: Snapshot) -> None:
    """Raise ConflictError if others use the cluster: ECS would refuse to delete it."""
    if snapshot.guests:
        raise ConflictError(
            f"{ADDRESS}: the cluster {spec.name} in {spec.region} cannot be deleted: others run in it: "
            f"{', '.join(snapshot.guests)}. Delete or stop these, or move them to another cluster, then run this again."
        )


RESOURCE: t.Final = Resource(
    kind=KIND, plan=plan, identify=lambda snapshot: {ADDRESS: {"id": snapshot.cluster.arn}} if snapshot.cluster else {}
)
