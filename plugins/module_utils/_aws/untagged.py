# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has a name or a place of the stack, and not its tags: either it has lost them, or it is someone else's. Pure.

It is never changed. What to do about it only its owner knows, so both ways are told.
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
    """The tags that make something the owner's again, for people. Without an address: any part of the component."""
    identity = {**owner.identity(), **({"Resource": address} if address else {})}
    return ", ".join(f"{key}={value}" for key, value in identity.items())


def conflict(owner: Identified, address: str, what: str, otherwise: str = _OTHERWISE) -> ConflictError:
    """The error that says what stands there, how to make it the owner's again, and what to do if it never was.

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
    """What a removal leaves, as the result has it: ``kind``, ``name``, ``id``, and the ``tags`` that are not there.

    :param found: (address, AWS's id, tags) of whatever has the names of the owner's resources.
    """
    return [
        {"kind": kind, "name": name, "id": identifier, "tags": tag_again(owner, address)}
        for address, identifier, tags in found
        if not owner.owns(tags)
        for kind, _slash, name in [address.partition("/")]
    ]
