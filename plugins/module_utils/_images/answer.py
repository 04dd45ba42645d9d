# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of an image. Pure."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """One of three: the digest, that there is no such image, or why it is not known.

    :param unanswered: without a full stop.
    """

    digest: str = ""
    missing: bool = False
    unanswered: str = ""
