# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources with a name or place of the stack, but not its tags: it has lost them, or is foreign. Pure.

They are never changed. Messages explain what to do in either case.
"""

from __future__ import annotations

import typing as t

from .._engine.errors import ConflictError
from .owner import Owner, Tags

_OTHERWISE: t.Final = "rename the stack, or delete what is there if nothing uses it"


class Identified(t.Protocol):
    """An owner."""

    @property
    def title(self) -> str: ...

    def identity(self) -> dict[str, str]: ...


def tag_again(owner: Identified, address: str = "") -> str:
    """The tags that make a resource the owner's again, for people. Without an address: any of the component."""
    identity = {**owner.identity(), **({"Resource": address} if address else {})}
    return ", ".join(f"{key}={value}" for key, value in identity.items())


def conflict(owner: Identified, address: str, what: str, otherwise: str = _OTHERWISE) -> ConflictError:
    """The error for an untagged resource: what it is, how to tag it again, and what to do if it is foreign.

    :param what: a clause with its id: ``the cluster hello-dev exists in us-east-1``.
    :param otherwise: a clause: ``delete it``.
    """
    component = owner.identity().get("Component", "")
    whose = f"{owner.title} (component {component})" if component else owner.title
    return ConflictError(
        f"{address}: {what}, but its tags do not say that it belongs to {whose}. If it does, tag it again: "
        f"{tag_again(owner, address)}. If it does not, {otherwise}."
    )


def describe(owner: Owner, found: t.Iterable[tuple[str, str, Tags]]) -> list[dict[str, str]]:
    """The untagged ones, for the result: ``kind``, ``name``, ``id``, and the ``tags`` that are missing.

    :param found: (address, AWS's id, tags) of whatever has the names of the owner's resources.
    """
    return [
        {"kind": kind, "name": name, "id": identifier, "tags": tag_again(owner, address)}
        for address, identifier, tags in found
        if not owner.owns(tags)
        for kind, _slash, name in [address.partition("/")]
    ]
