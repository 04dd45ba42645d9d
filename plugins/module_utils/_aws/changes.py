# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of resources that are owned by their tags, which are created and repaired with them. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.changes import Values, create, differences, update
from .._engine.plan import Change
from .owner import Owner, Tags


@dataclasses.dataclass(frozen=True, kw_only=True)
class Creation:
    """``Change.data`` of a creation.

    :param values: by the names of the resource's fields; may contain placeholders.
    """

    owner: Owner
    values: Values
    tags: Tags


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repair:
    """``Change.data`` of an update.

    :param found: the resource as observed.
    :param values: to set, by the names of its fields.
    :param tags: to set.
    """

    found: t.Any
    values: Values = dataclasses.field(default_factory=dict)
    tags: Tags = dataclasses.field(default_factory=dict)


class Tagged(t.Protocol):
    """An observed resource."""

    @property
    def tags(self) -> Tags: ...


def create_tagged(
    owner: Owner,
    address: str,
    values: Values,
    *,
    shown: Values | None = None,
    needs: t.Iterable[str] = (),
    reason: str = "missing",
) -> Change:
    """The change that creates a missing resource with its tags.

    :param shown: further entries of the diff.
    """
    data = Creation(owner=owner, values=values, tags=owner.tags(address))
    return create(address, {**(shown or {}), **values}, data=data, needs=needs, reason=reason)


def repair(
    owner: Owner,
    address: str,
    found: Tagged,
    current: Values | None = None,
    wanted: Values | None = None,
    *,
    needs: t.Iterable[str] = (),
    tag_by_tag: bool = False,
) -> Change | None:
    """The change that sets differing values and tags; None if nothing differs.

    :param tag_by_tag: whether the diff has an entry for each tag (``tag Name``) rather than one for all.
    """
    current, wanted = current or {}, wanted or {}
    drift = owner.tag_drift(found.tags, address)
    values = {key: new for key, (_old, new) in differences(current, wanted).items()}
    before, after = shown_tags(found.tags, drift, tag_by_tag=tag_by_tag)
    data = Repair(found=found, values=values, tags=drift)
    return update(address, {**current, **before}, {**wanted, **after}, data=data, needs=needs)


def shown_tags(tags: Tags, drift: Tags, *, tag_by_tag: bool = False) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The tags to set as a diff shows them: (before, after)."""
    if tag_by_tag:
        return {f"tag {key}": tags.get(key) for key in drift}, {f"tag {key}": drift[key] for key in drift}
    return {"tags": {key: tags.get(key) for key in drift}}, {"tags": drift}
