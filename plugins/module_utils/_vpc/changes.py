# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the resources of this layer say what they change. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner
from .._engine.compare import update
from .._engine.plan import Action, Change
from .named import Tagged, Tags


@dataclasses.dataclass(frozen=True, kw_only=True)
class Creation:
    """``Change.data`` where tags are all that a new resource gets."""

    tags: Tags


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repair:
    """``Change.data``.

    :param tags: those to set.
    :param values: other attributes to set, in the names of the diff.
    """

    id: str
    tags: Tags = dataclasses.field(default_factory=dict)
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Removal:
    """``Change.data``.

    :param vpc_id: of an internet gateway, the VPC to detach it from first.
    """

    id: str
    vpc_id: str = ""


def create(
    address: str,
    after: t.Mapping[str, t.Any],
    data: object,
    *,
    needs: t.Iterable[str] = (),
    reason: str = "missing",
) -> Change:
    """The change that creates what is missing."""
    kind, _slash, name = address.partition("/")
    return Change(
        kind=kind, name=name, action=Action.CREATE, reason=reason, after=after, needs=frozenset(needs), data=data
    )


def repair(
    owner: Owner,
    address: str,
    found: Tagged,
    current: t.Mapping[str, t.Any] | None = None,
    wanted: t.Mapping[str, t.Any] | None = None,
    *,
    needs: t.Iterable[str] = (),
) -> Change | None:
    """The change that sets what differs, tags among it; None if nothing does."""
    kind, _slash, name = address.partition("/")
    drift = owner.tag_drift(found.tags, address)
    current, wanted = current or {}, wanted or {}
    values = {key: value for key, value in wanted.items() if current[key] != value}
    return update(
        kind,
        name,
        {**current, "tags": tags_before(found.tags, drift)},
        {**wanted, "tags": drift},
        needs=needs,
        data=Repair(id=found.id, tags=drift, values=values),
    )


def tags_before(tags: Tags, drift: Tags) -> dict[str, str | None]:
    """The present values of the tags that differ."""
    return {key: tags.get(key) for key in drift}


def remove(
    kind: str,
    name: str,
    found: Tagged,
    reason: str,
    *,
    before: t.Mapping[str, t.Any] | None = None,
    needs: t.Iterable[str] = (),
    vpc_id: str = "",
) -> Change:
    """The change that deletes something of this layer.

    :param name: empty if it has none, and is called by its id.
    """
    return Change(
        kind=kind,
        name=name or found.id,
        action=Action.DELETE,
        reason=reason,
        before={"id": found.id, **(before or {})},
        needs=frozenset(needs),
        data=Removal(id=found.id, vpc_id=vpc_id),
    )
