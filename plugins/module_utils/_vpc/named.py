# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which observed resources are this layer's, and the name of each. Pure.

Tags say what belongs to this layer. Its name follows from AWS's attributes where possible (a subnet's network, a NAT
gateway's subnet, the address that a NAT gateway uses) rather than from the tag ``Resource``, so that a lost tag is
repaired and no duplicate created.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner, Tags
from .._engine.changes import delete
from .._engine.plan import Change

Item: t.TypeAlias = "t.Mapping[str, t.Any]"

# Kinds that are in the VPC, and are recognised there although a tag is lost.
_KINDS: t.Final = frozenset(
    {"internet_gateway", "subnet", "route_table", "nat_gateway", "vpc_endpoint", "interface_endpoint", "flow_log"}
)


class Tagged(t.Protocol):
    """An observed resource."""

    @property
    def id(self) -> str: ...

    @property
    def tags(self) -> Tags: ...


Resource = t.TypeVar("Resource", bound=Tagged)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Named(t.Generic[Resource]):
    """This layer's resources of one kind.

    :param spare: those without a name: duplicates, failed ones, leftovers.
    """

    by_name: t.Mapping[str, Resource]
    spare: tuple[Resource, ...] = ()

    @property
    def all(self) -> tuple[tuple[str, Resource], ...]:
        """All with their names; empty for a spare one."""
        return (*self.by_name.items(), *(("", item) for item in self.spare))

    def identify(self, kind: str) -> dict[str, dict[str, str]]:
        """Address → id of those that have a name."""
        return {f"{kind}/{name}": {"id": item.id} for name, item in self.by_name.items()}


def name_each(
    items: t.Iterable[Resource],
    name_of: t.Callable[[Resource], str],
    names: t.Container[str],
    rank: t.Callable[[Resource], int] = lambda _item: 0,
) -> Named[Resource]:
    """Give each of ``names`` to the item with the lowest rank (by id among equals). All others are spare."""
    by_name: dict[str, Resource] = {}
    spare = []
    for item in sorted(items, key=lambda item: (rank(item), item.id)):
        name = name_of(item)
        if name in names and name not in by_name:
            by_name[name] = item
        else:
            spare.append(item)
    return Named(by_name=by_name, spare=tuple(spare))


def remove(
    kind: str,
    name: str,
    found: Tagged,
    reason: str,
    *,
    before: t.Mapping[str, t.Any] | None = None,
    needs: t.Iterable[str] = (),
) -> Change:
    """The change that deletes a resource of this layer.

    :param name: empty for its id.
    """
    before = {"id": found.id, **(before or {})}
    return delete(f"{kind}/{name or found.id}", before, data=found, needs=needs, reason=reason)


def owns_inside(owner: Owner, tags: Tags) -> bool:
    """True if a resource inside this layer's VPC is this layer's.

    There, one tag may be missing if all others match. A tag with another value makes it foreign.
    """
    identity = owner.identity()
    right = sum(tags.get(key) == value for key, value in identity.items())
    lost = sum(key not in tags for key in identity)
    if (right, lost) == (len(identity) - 1, 1):
        return tags.get("Resource", "").partition("/")[0] in _KINDS
    return right == len(identity)


def tagged_name(kind: str, tags: Tags) -> str:
    """The name in the tag ``Resource`` of a resource of this kind; empty if it has none."""
    tagged_kind, _slash, name = tags.get("Resource", "").partition("/")
    return name if tagged_kind == kind else ""
