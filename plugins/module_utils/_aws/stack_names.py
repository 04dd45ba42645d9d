# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names within AWS's limits."""

from __future__ import annotations

import hashlib


def shorten(name: str, limit: int) -> str:
    """``name``, cut to ``limit`` characters with a hash that keeps different long names apart.

    The same name always gives the same result. The result never ends in a hyphen.
    """
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: limit - 7].rstrip('-')}-{digest}"
