# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed of the delegation."""

from __future__ import annotations

import dataclasses

from .._route53.records import RecordSet
from .._route53.zones import Zone


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The parent zone at the child's name.

    :param parent: None if there is no such zone.
    :param delegation: the NS record at the child's name.
    :param signer: the DS record there.
    :param shadowed: other record sets at the child's name or below, which a delegation hides.
    :param child_name_servers: for a deletion, those of the stack's zones of the name.
    """

    parent: Zone | None = None
    delegation: RecordSet | None = None
    signer: RecordSet | None = None
    shadowed: tuple[RecordSet, ...] = ()
    child_name_servers: tuple[frozenset[str], ...] = ()
