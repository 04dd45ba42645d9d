# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms on certificates that are about to expire. Pure.

ACM User Guide, "Supported CloudWatch metrics": DaysToExpiry, "twice per day for every certificate in an account until
expiration".
"""

from __future__ import annotations

import re
import typing as t

from .alarms import AlarmSpec, metric

_DAY: t.Final = 86400
# No alarm of a service has such a name: it always has another suffix.
_NAME: t.Final = re.compile(r"certificate(-\d+)?")


def certificate_alarms(arns: t.Sequence[str], days: int) -> t.Iterator[AlarmSpec]:
    """An alarm for each certificate.

    :param arns: certificates in use, or placeholders; the first one is the listener's default.
    :param days: threshold; 0 for no alarms.
    """
    for number, arn in enumerate(arns if days else (), start=1):
        yield AlarmSpec(
            what="certificate" if number == 1 else f"certificate-{number}",
            metrics=(_days(arn),),
            comparison="LessThan",
            threshold=float(days),
            periods=1,
            bad_periods=1,
            # A new certificate has no data yet; an expired one no longer has any, and should stay in ALARM.
            missing="ignore",
            says=f"the certificate {arn.rpartition('/')[2]} expires in fewer than {days} days, and ACM has not renewed "
            "it. Run status.yml to see why; site.yml puts its validation records back.",
            chapter="Certificate",
        )


def is_one(what: str) -> bool:
    """Whether an alarm with this name within the layer is a certificate's."""
    return _NAME.fullmatch(what) is not None


def _days(arn: str) -> dict[str, t.Any]:
    dimensions = {"CertificateArn": arn}
    return {**metric("days", "AWS/CertificateManager", "DaysToExpiry", "Minimum", dimensions), "period": _DAY}
