# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CallerReferences: they identify the owner, purpose and creation time of a zone or a health check.

Creating calls of both take no tags, but a CallerReference, and listing returns it.
"""

from __future__ import annotations

import secrets
import time
import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import caller_reference_prefix

# In the order of code points, so that later references sort behind earlier ones
_BASE_32: t.Final = "0123456789abcdefghijklmnopqrstuv"


def caller_reference(owner: Owner, scope: str, role: str) -> str:
    """A new CallerReference: ``elf/<hash>/<scope>/<role>/<random>``.

    Random, because Route 53 refuses the reference of a deleted resource for days. The random part starts with the time,
    so that concurrent runs agree which of two references is the first. At most 64 characters, the limit of a health
    check's (HealthCheckNonce), with the longest names of regions in scope and role.

    :param scope: a region, or ``global``.
    :param role: the purpose within the scope, such as ``zone`` or ``endpoint``.
    """
    moment = time.time_ns() // 10_000_000 << 20 | secrets.randbits(20)
    digits = "".join(_BASE_32[moment >> shift & 31] for shift in range(55, -5, -5))
    return f"{caller_reference_prefix(owner)}{scope}/{role}/{digits}"


def reference_role(owner: Owner, reference: str) -> tuple[str, str] | None:
    """(scope, role) of one of the stack's CallerReferences; None for any other."""
    prefix = caller_reference_prefix(owner)
    if not reference.startswith(prefix):
        return None
    scope, separator, rest = reference.removeprefix(prefix).partition("/")
    role, last, _random = rest.partition("/")
    return (scope, role) if separator and last else None


def made_at(reference: str) -> float:
    """When one of the stack's CallerReferences was made, in seconds since the epoch, by its maker's clock."""
    moment = 0
    for digit in reference.rpartition("/")[2]:
        moment = moment << 5 | _BASE_32.index(digit)
    return (moment >> 20) / 100
