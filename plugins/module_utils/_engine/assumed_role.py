# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role of another account."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class AssumedRole:
    """The role to call AWS as. See AWS STS, AssumeRole.

    :param session_name: appears in the other account's CloudTrail.
    """

    arn: str
    session_name: str
    external_id: str | None = None
