# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists, as observed."""

from __future__ import annotations

import dataclasses

from .._route53.records import RecordSet
from .resources.certificate import Certificate
from .spec import Spec


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The region's certificates and the zone's records.

    :param spec: the spec that it was observed for.
    :param own: certificates of the stack, with any names and states.
    :param others: foreign certificates that ACM has issued for names in the zone.
    :param named: the one of ``certificate_arn``, if it is set and known.
    :param zone_id: None if there is no zone.
    :param records: the zone's CNAME records.
    """

    spec: Spec
    own: tuple[Certificate, ...] = ()
    others: tuple[Certificate, ...] = ()
    named: Certificate | None = None
    zone_id: str | None = None
    records: tuple[RecordSet, ...] = ()
