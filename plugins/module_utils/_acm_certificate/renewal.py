# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether ACM will renew the certificate. Pure."""

from __future__ import annotations

import typing as t

from .._route53.records import name_records
from .resources import certificate
from .snapshot import Snapshot
from .spec import Spec

AUTOMATIC: t.Final = "automatic"
IN_PROGRESS: t.Final = "in progress"
BLOCKED: t.Final = "blocked"


def renewal(spec: Spec, snapshot: Snapshot) -> str:
    """The state of its renewal, one of these words; empty for a foreign or unissued certificate."""
    found = _issued(spec, snapshot)
    if found is None:
        return ""
    if renewal_problem(spec, snapshot):
        return BLOCKED
    # RenewalSummary, RenewalStatus
    return IN_PROGRESS if found.renewal == "PENDING_AUTO_RENEWAL" else AUTOMATIC


def _issued(spec: Spec, snapshot: Snapshot) -> certificate.Certificate | None:
    found = None if spec.certificate_arn else certificate.current(spec, snapshot)
    return found if found and found.status == "ISSUED" else None


def renewal_problem(spec: Spec, snapshot: Snapshot) -> str:
    """Why ACM will not renew the stack's certificate, for people; empty if it will.

    ACM User Guide, "Managed certificate renewal": it has to be in use, and its records have to exist.
    """
    found = _issued(spec, snapshot)
    if found is None:
        return ""
    there = {(record.key, record.values) for record in snapshot.records}
    missing = [record for record in found.records if (record.key, record.values) not in there]
    if missing:
        lacks = f"the zone lacks {name_records(missing)}, or has another value there than ACM requires"
        return f"{lacks}; site.yml corrects that"
    if found.renewal == "FAILED":
        return "its last renewal has failed; ACM's console says why"
    if found.renewal == "PENDING_VALIDATION":
        return "its renewal waits until public DNS has the records that validate it"
    return "" if found.renewable else "it is not eligible: nothing uses it, as far as ACM knows"
