# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms of a region's certificates, which are about to expire. Pure.

ACM User Guide, "Supported CloudWatch metrics": DaysToExpiry, "twice per day for every certificate in an account until
expiration".
"""

from __future__ import annotations

import re
import typing as t

from .alarms import AlarmSpec, metric

_DAY: t.Final = 86400
# No service has an alarm of such a name: there is always more behind the service's.
_NAME: t.Final = re.compile(r"certificate(-\d+)?")


def certificate_alarms(arns: t.Sequence[str], days: int) -> t.Iterator[AlarmSpec]:
    """One for each.

    :param arns: those in use, or placeholders; the first one is the listener's default.
    :param days: below which it rings; 0 for none.
    """
    for number, arn in enumerate(arns if days else (), start=1):
        yield AlarmSpec(
            what="certificate" if number == 1 else f"certificate-{number}",
            metrics=(_days(arn),),
            comparison="LessThan",
            threshold=float(days),
            periods=1,
            bad_periods=1,
            # A new certificate has no data yet; one that has expired none any more, and is to ring on.
            missing="ignore",
            says=f"the certificate {arn.rpartition('/')[2]} expires in fewer than {days} days, and ACM has not renewed "
            "it. Run status.yml to see why; site.yml puts its validation records back.",
            chapter="Certificate",
        )


def is_one(what: str) -> bool:
    """Whether an alarm of that name within the layer is a certificate's."""
    return _NAME.fullmatch(what) is not None


def _days(arn: str) -> dict[str, t.Any]:
    dimensions = {"CertificateArn": arn}
    found = metric("days", "AWS/CertificateManager", "DaysToExpiry", "Minimum", dimensions, returned=True)
    return {**found, "period": _DAY}
