# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The VPC itself. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.changes import Creation, repair
from ..._aws.owner import Tags, tags_from
from ..._engine.changes import create
from ..._engine.errors import SpecError
from ..._engine.field import Field
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..named import Item, remove

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout

KIND: t.Final = "vpc"
ADDRESS: t.Final = "vpc/main"
# Set before anything of the flow logs is created, and until all of it is gone: without it, a run that wants none does
# not have to look for the role and log group of a killed one.
FLOW_LOGS_TAG: t.Final = "everlook.failover:flow-logs"
_LINKED: t.Final = frozenset({"associating", "associated"})


def _attribute(name: str, key: str, default: bool) -> Field:
    """A member of DescribeVpcAttribute and ModifyVpcAttribute, which take one at a time."""
    return Field(
        name=name,
        read=lambda answer: bool(answer[key]["Value"]),
        write=lambda value: {key: {"Value": value}},
        default=default,
    )


# dns_hostnames requires dns_support.
FIELDS: t.Final = (
    _attribute("dns_support", "EnableDnsSupport", True),
    _attribute("dns_hostnames", "EnableDnsHostnames", False),
)
_WANTED: t.Final[t.Mapping[str, bool]] = {"dns_support": True, "dns_hostnames": True}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Vpc:
    """A VPC as observed.

    :param attributes: by the names of FIELDS; empty when the state is absent.
    :param cidrs: its IPv4 networks, sorted, including those that others have added.
    :param ipv6_cidrs: its IPv6 networks; this layer adds none.
    """

    id: str
    cidr: str
    tags: Tags
    attributes: t.Mapping[str, bool] = dataclasses.field(default_factory=dict)
    cidrs: tuple[str, ...] = ()
    ipv6_cidrs: tuple[str, ...] = ()

    @property
    def may_have_flow_logs(self) -> bool:
        return self.tags.get(FLOW_LOGS_TAG) == "on"


def parse(item: Item) -> Vpc:
    """From DescribeVpcs, which omits the attributes."""
    return Vpc(
        id=item["VpcId"],
        cidr=item["CidrBlock"],
        tags=tags_from(item.get("Tags")),
        cidrs=_linked(item, "CidrBlock") or (item["CidrBlock"],),
        ipv6_cidrs=_linked(item, "Ipv6CidrBlock"),
    )


def _linked(item: Item, key: str) -> tuple[str, ...]:
    links = item.get(f"{key}AssociationSet") or ()
    return tuple(
        sorted(link[key] for link in links if (link.get(f"{key}State") or {}).get("State", "associated") in _LINKED)
    )


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The VPC and its attributes. Raises SpecError if its network would have to change."""
    spec, found, cidr = layout.spec, snapshot.vpc, str(layout.spec.cidr)
    if spec.absent:
        if found:
            yield remove(KIND, "main", found, layout.why_not(""), before={"cidr": found.cidr})
    elif found is None:
        tags = spec.owner.tags(ADDRESS) | ({} if spec.flow_logs == "none" else {FLOW_LOGS_TAG: "on"})
        values = {"cidr": cidr, **_WANTED}
        yield create(ADDRESS, values, data=Creation(owner=spec.owner, values=values, tags=tags))
    elif found.cidr != cidr:
        raise SpecError(
            "cidr",
            f"is {cidr}, but {found.id} in {spec.region} has {found.cidr}, and AWS cannot change a VPC's network.",
            f"Write {found.cidr}, or destroy this region and deploy it again.",
        )
    else:
        yield repair(spec.owner, ADDRESS, found, found.attributes, _WANTED)


def additions(snapshot: Snapshot) -> t.Iterator[str]:
    """IPv6 networks that others have added, a sentence each."""
    vpc = snapshot.vpc
    if vpc and vpc.ipv6_cidrs:
        networks = ", ".join(vpc.ipv6_cidrs)
        yield f"{ADDRESS}: {vpc.id} in {snapshot.region} has IPv6 networks that this stack did not give it: {networks}."


RESOURCE: t.Final = Resource(
    kind=KIND, plan=plan, identify=lambda snapshot: {ADDRESS: {"id": snapshot.vpc.id}} if snapshot.vpc else {}
)
