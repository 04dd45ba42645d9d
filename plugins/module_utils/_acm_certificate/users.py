# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What uses a certificate: InUseBy of ACM's DescribeCertificate. Pure."""

from __future__ import annotations

import typing as t

from .._aws import stack_names
from .._aws.owner import Owner
from .._engine.errors import ConflictError


def is_own(owner: Owner, arn: str) -> bool:
    """Whether this is the ARN of the stack's load balancer."""
    return f":loadbalancer/app/{stack_names.load_balancer(owner)}/" in arn


def check_users(owner: Owner, arn: str, users: t.Iterable[str]) -> None:
    """Raises ConflictError if something foreign uses a certificate that is to be deleted.

    :param arn: of the certificate.
    :param users: ARNs.
    """
    others = [user for user in users if not is_own(owner, user)]
    if others:
        raise ConflictError(
            f"the certificate {arn} cannot be deleted, because it is used by {', '.join(others)}. Give that another "
            "one first."
        )
