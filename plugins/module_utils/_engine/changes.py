# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes by the address of their resource, and comparison of observed and wanted values. Pure."""

from __future__ import annotations

import hmac
import secrets
import typing as t

from .plan import Action, Change

Values: t.TypeAlias = "t.Mapping[str, t.Any]"

# New in every process, so that values cannot be guessed from the fingerprints in a report.
_SALT: t.Final = secrets.token_bytes(32)


def differences(before: Values, after: Values) -> dict[str, tuple[t.Any, t.Any]]:
    """The keys of ``after`` whose value differs in ``before``, with (old, new).

    Keys that only ``before`` has are not compared. A placeholder differs from every value: what does not exist yet is
    not what exists now.
    """
    return {key: (before.get(key), value) for key, value in after.items() if before.get(key) != value}


def create(
    address: str, after: Values, *, data: t.Any = None, needs: t.Iterable[str] = (), reason: str = "missing"
) -> Change:
    """The change that creates a missing resource."""
    kind, _slash, name = address.partition("/")
    return Change(
        kind=kind, name=name, action=Action.CREATE, reason=reason, after=after, needs=frozenset(needs), data=data
    )


def update(
    address: str, before: Values, after: Values, *, data: t.Any = None, needs: t.Iterable[str] = ()
) -> Change | None:
    """The change that turns ``before`` into ``after``, or None if nothing differs."""
    found = differences(before, after)
    if not found:
        return None
    kind, _slash, name = address.partition("/")
    return Change(
        kind=kind,
        name=name,
        action=Action.UPDATE,
        reason=f"differs in {', '.join(sorted(found))}",
        before={key: old for key, (old, _new) in found.items()},
        after={key: new for key, (_old, new) in found.items()},
        needs=frozenset(needs),
        data=data,
    )


def delete(
    address: str, before: Values, *, data: t.Any = None, needs: t.Iterable[str] = (), reason: str = "state is absent"
) -> Change:
    """The change that deletes a resource."""
    kind, _slash, name = address.partition("/")
    return Change(
        kind=kind, name=name, action=Action.DELETE, reason=reason, before=before, needs=frozenset(needs), data=data
    )


def change_between(
    address: str,
    before: Values | None,
    after: Values | None,
    *,
    data: t.Any,
    needs: t.Iterable[str],
    reason: str,
) -> Change | None:
    """The creation, update or deletion that turns ``before`` into ``after``; None stands for no resource.

    :param needs: of a creation or update.
    :param reason: of a deletion.
    """
    if after is None:
        return None if before is None else delete(address, before, data=data, reason=reason)
    if before is None:
        return create(address, after, data=data, needs=needs)
    return update(address, before, after, data=data, needs=needs)


def fingerprint(secret: str) -> str:
    """A stand-in for a value that may be secret: shows within one diff whether it changed."""
    return f"(salted hash {hmac.digest(_SALT, secret.encode(), 'sha256').hex()[:8]})"
