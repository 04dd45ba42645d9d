# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interface endpoints: AWS services at addresses in the private subnets, under their usual DNS names. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import shown_tags
from ..._aws.owner import Tags
from ..._engine.changes import create, update
from ..._engine.errors import SpecError
from ..._engine.plan import Change, Step, Wait
from ..._engine.resource import Resource
from ..named import Named, name_each, owns_inside, remove
from . import vpc
from .endpoint import DELETING, INTERFACE, Endpoint, normal, shown, to_send
from .endpoint_service import OPTION, Service, service_names, short_name

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout

KIND: t.Final = "interface_endpoint"
AVAILABLE: t.Final = "interface_endpoint_available"
DELETED: t.Final = "interface_endpoint_deleted"
# The name of their security group
GROUP: t.Final = "endpoints"
_GROUP_ADDRESS: t.Final = f"security_group/{GROUP}"
_WORKING: t.Final = frozenset({"available", "pending", "pendingacceptance"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class InterfaceChange:
    """``Change.data`` of a creation or update.

    :param endpoint_id: empty for a new one.
    :param add: addresses of subnets; ``remove`` has ids.
    :param join: whether to add the layer's security group; ``leave`` has the ids of others.
    :param private_dns: whether to turn it on.
    :param policy: to set; empty to leave it.
    """

    tags: Tags
    service: str = ""
    endpoint_id: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    join: bool = True
    leave: tuple[str, ...] = ()
    private_dns: bool = True
    policy: str = ""


def find(snapshot: Snapshot) -> Named[Endpoint]:
    """By their services. A failed one is spare."""
    there = [item for item in every(snapshot) if item.state != DELETING]
    return name_each(
        there,
        lambda item: _short(snapshot, item) if item.state in _WORKING else "",
        {_short(snapshot, item) for item in there} - {""},
        lambda item: (item.state != "available") * 100 - len(item.subnet_ids),
    )


def every(snapshot: Snapshot) -> tuple[Endpoint, ...]:
    """All of this layer, in any state."""
    own = (item for item in snapshot.endpoints if owns_inside(snapshot.owner, item.tags))
    return tuple(item for item in own if item.type == INTERFACE)


def _short(snapshot: Snapshot, item: Endpoint) -> str:
    return short_name(snapshot.region, item.service)


def deletions(snapshot: Snapshot, *, subnet_id: str = "", service: str = "") -> set[str]:
    """The addresses of the waits until they are gone: for all, or for those in a subnet or of a service."""
    return {
        f"{DELETED}/{item.id}"
        for item in every(snapshot)
        if (not subnet_id or subnet_id in item.subnet_ids) and (not service or service == _short(snapshot, item))
    }


def holders(snapshot: Snapshot, subnet_id: str) -> set[str]:
    """The addresses of the steps that have to end before a subnet can be deleted."""
    there = snapshot.own_interface_endpoints.by_name.items()
    leaving = {f"{KIND}/{name}" for name, item in there if subnet_id in item.subnet_ids}
    return leaving | deletions(snapshot, subnet_id=subnet_id)


def ready(layout: Layout) -> set[str]:
    """The addresses of the waits until the wanted ones are available."""
    return {f"{AVAILABLE}/{name}" for name in layout.spec.interface_endpoints}


def needs_lookup(layout: Layout, snapshot: Snapshot) -> bool:
    """True if one is missing, or may need another subnet: not every service is in every zone."""
    there = snapshot.own_interface_endpoints.by_name
    subnets = _subnets(layout).keys()
    return any(
        name not in there or not subnets <= _current(snapshot, there[name]).keys()
        for name in layout.spec.interface_endpoints
    )


def _subnets(layout: Layout) -> dict[str, str]:
    return {name: zone for name, zone in layout.subnets.items() if name.startswith("private")}


def _current(snapshot: Snapshot, item: Endpoint) -> dict[str, str]:
    """The subnets that it is in: name → id. A subnet that is not this layer's has its id for a name."""
    names = {subnet.id: name for name, subnet in snapshot.own_subnets.by_name.items()}
    return {names.get(subnet_id, subnet_id): subnet_id for subnet_id in item.subnet_ids}


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """The wanted endpoints in all private subnets, and the waits until they are available or gone."""
    found, wanted = snapshot.own_interface_endpoints, () if layout.spec.absent else layout.spec.interface_endpoints
    yield from (_until_deleted(layout, snapshot, item) for item in every(snapshot) if item.state == DELETING)
    # The new route to the service comes before this one goes.
    routes = [f"route/{table}-default" for table in layout.tables]
    for name, item in found.all:
        if name not in wanted:
            why = layout.why_not(_why_not(name, item))
            change = remove(KIND, name, item, why, before={"service": item.service}, needs=routes if name else ())
            yield change
            yield _until_deleted(layout, snapshot, item, change.address)
    for name in wanted:
        there = found.by_name.get(name)
        address = f"{KIND}/{name}"
        if there is None or there.state != "available":
            needs = [address] if there is None else []
            yield layout.awaiting(AVAILABLE, name, f"interface endpoint {name} to be available", address, *needs)
        yield _update(layout, snapshot, name, there) if there else _creation(layout, snapshot, name)


def _until_deleted(layout: Layout, snapshot: Snapshot, item: Endpoint, *needs: str) -> Wait:
    what = f"interface endpoint {item.id} ({_short(snapshot, item)}) to be deleted"
    return layout.awaiting(DELETED, item.id, what, item.id, *needs)


def _why_not(name: str, item: Endpoint) -> str:
    if name:
        return f"not in {OPTION}"
    if item.state not in _WORKING:
        return f"{item.state} ({item.failure or 'AWS does not say why'})"
    return "a duplicate"


def _creation(layout: Layout, snapshot: Snapshot, name: str) -> Change:
    _refuse_untagged(snapshot, name)
    service = _service(layout, snapshot, name)
    subnets = tuple(f"subnet/{each}" for each, zone in _subnets(layout).items() if zone in service.zones)
    if not subnets:
        zones = ", ".join(sorted(service.zones)) or "none"
        raise SpecError(OPTION, f"{name} is in no zone of the network.", f"It is in {zones}: name two in zones.")
    address, policy = f"{KIND}/{name}", layout.spec.endpoint_policy
    return create(
        address,
        {
            "service": service.name,
            "subnets": sorted(each.partition("/")[2] for each in subnets),
            "policy": shown(normal(policy)),
            "private_dns": True,
        },
        data=InterfaceChange(
            tags=layout.spec.owner.tags(address),
            service=service.name,
            add=subnets,
            policy=to_send(policy),
        ),
        needs=[vpc.ADDRESS, _GROUP_ADDRESS, *subnets, *deletions(snapshot, service=name)],
    )


def _service(layout: Layout, snapshot: Snapshot, name: str) -> Service:
    region, known = layout.spec.region, snapshot.endpoint_services
    if known is None:  # a plan without AWS
        return Service(name=service_names(region, name)[0], zones=frozenset(layout.zones))
    names = service_names(region, name)
    service = next((each for each in known if each.name in names), None)
    if service is None:
        raise SpecError(
            OPTION,
            f"{name} is not an interface endpoint service in {region}.",
            "`aws ec2 describe-vpc-endpoint-services` lists them.",
        )
    if not service.private_dns:
        raise SpecError(OPTION, f"{name} has no private DNS name in {region}.", "Leave it out.")
    return service


def _refuse_untagged(snapshot: Snapshot, name: str) -> None:
    """Raises ConflictError if an untagged endpoint has the service's private DNS name, which one per VPC can have."""
    for other in snapshot.endpoints:
        own = owns_inside(snapshot.owner, other.tags) or other.state == DELETING
        if other.private_dns and not own and _short(snapshot, other) == name:
            what = f"{other.id} in {snapshot.region} has the private DNS name of {other.service} already"
            raise untagged.conflict(
                snapshot.owner, f"{KIND}/{name}", what, f"delete it, or take {name} out of {OPTION}"
            )


def _update(layout: Layout, snapshot: Snapshot, name: str, found: Endpoint) -> Change | None:
    address, policy = f"{KIND}/{name}", layout.spec.endpoint_policy
    current, wanted = _current(snapshot, found), _wanted(layout, snapshot, name, found)
    added = tuple(f"subnet/{each}" for each in sorted(wanted - current.keys()))
    groups = {snapshot.endpoint_group.id: GROUP} if snapshot.endpoint_group else {}
    joined = sorted(groups.get(each, each) for each in found.group_ids)
    drift = layout.spec.owner.tag_drift(found.tags, address)
    tags_before, tags_after = shown_tags(found.tags, drift)
    first = [f"{AVAILABLE}/{name}"] if found.state != "available" else []
    return update(
        address,
        {
            "subnets": sorted(current),
            "security_groups": joined,
            "private_dns": found.private_dns,
            "policy": shown(found.policy),
            **tags_before,
        },
        {
            "subnets": sorted(wanted),
            "security_groups": [GROUP],
            "private_dns": True,
            "policy": shown(normal(policy)),
            **tags_after,
        },
        needs=[vpc.ADDRESS, _GROUP_ADDRESS, *added, *first, *deletions(snapshot, service=name)],
        data=InterfaceChange(
            tags=drift,
            endpoint_id=found.id,
            add=added,
            remove=tuple(sorted(subnet_id for each, subnet_id in current.items() if each not in wanted)),
            join=GROUP not in joined,
            leave=tuple(sorted(found.group_ids - set(groups))),
            private_dns=not found.private_dns,
            policy=to_send(policy, found.policy),
        ),
    )


def _wanted(layout: Layout, snapshot: Snapshot, name: str, found: Endpoint) -> set[str]:
    """The names of the subnets it should be in: those whose zone has the service, and those of retained zones."""
    known = snapshot.endpoint_services is not None
    zones = _service(layout, snapshot, name).zones if known else frozenset(layout.zones)
    # Something in a retained zone may still use the address there.
    kept = {each for each in _current(snapshot, found) if each.startswith("private") and layout.keeps(each)}
    return kept | {each for each, zone in _subnets(layout).items() if zone in zones}


RESOURCE: t.Final = Resource(
    kind=KIND, plan=plan, identify=lambda snapshot: snapshot.own_interface_endpoints.identify(KIND)
)
