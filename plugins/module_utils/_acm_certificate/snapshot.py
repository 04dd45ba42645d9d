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

    :param spec: what it was observed for.
    :param own: certificates of the stack, whatever their names and states.
    :param others: certificates for names in the zone that ACM has made and that are not the stack's by their tags.
    :param named: the one of ``certificate_arn``, if it is set and known.
    :param zone_id: of the zone; None if there is none.
    :param records: of the zone, as far as they could validate a certificate.
    """

    spec: Spec
    own: tuple[Certificate, ...] = ()
    others: tuple[Certificate, ...] = ()
    named: Certificate | None = None
    zone_id: str | None = None
    records: tuple[RecordSet, ...] = ()
