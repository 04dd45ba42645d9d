# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which observed resources are this layer's, and which name each of them has. Pure.

Tags say what belongs to this layer. Which of its resources one is, AWS says better than the tag ``Resource`` where it
can (a subnet's network, a NAT gateway's subnet, the address that a NAT gateway uses), so a lost tag is repaired rather
than a twin made.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner, Tags
from .._engine.changes import delete
from .._engine.plan import Change

Item: t.TypeAlias = "t.Mapping[str, t.Any]"

# Kinds that are in the VPC, and can be recognised there although a tag is lost.
_KINDS: t.Final = frozenset(
    {"internet_gateway", "subnet", "route_table", "nat_gateway", "vpc_endpoint", "interface_endpoint", "flow_log"}
)


class Tagged(t.Protocol):
    """What every observed resource has."""

    @property
    def id(self) -> str: ...

    @property
    def tags(self) -> Tags: ...


Resource = t.TypeVar("Resource", bound=Tagged)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Named(t.Generic[Resource]):
    """This layer's resources of one kind.

    :param spare: those that stand for no name: twins, failed ones, leftovers.
    """

    by_name: t.Mapping[str, Resource]
    spare: tuple[Resource, ...] = ()

    @property
    def all(self) -> tuple[tuple[str, Resource], ...]:
        """All with their names; a spare one has none."""
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
    """Each of ``names`` for the item with the lowest rank (by id among equals). All others are spare."""
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
    """The change that deletes something of this layer.

    :param name: empty if it has none, and is called by its id.
    """
    before = {"id": found.id, **(before or {})}
    return delete(f"{kind}/{name or found.id}", before, data=found, needs=needs, reason=reason)


def owns_inside(owner: Owner, tags: Tags) -> bool:
    """True if something inside this layer's VPC is this layer's.

    There, one lost tag does not make it foreign, if all others are there. Another value does.
    """
    identity = owner.identity()
    right = sum(tags.get(key) == value for key, value in identity.items())
    lost = sum(key not in tags for key in identity)
    if (right, lost) == (len(identity) - 1, 1):
        return tags.get("Resource", "").partition("/")[0] in _KINDS
    return right == len(identity)


def tagged_name(kind: str, tags: Tags) -> str:
    """The name that the tag ``Resource`` gives to a resource of this kind; empty for none."""
    tagged_kind, _slash, name = tags.get("Resource", "").partition("/")
    return name if tagged_kind == kind else ""
