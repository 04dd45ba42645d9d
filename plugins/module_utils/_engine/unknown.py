# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placeholders for values that AWS assigns at apply time.

With them a dry run on an empty account prints a complete plan: ``(known after apply: us-east-1/subnet/public-a)`` is
the id of a resource that does not exist yet. A placeholder is a string, is recognised inside a longer one (an ARN, a
policy document), and is unique per scope, resource and attribute.
"""

from __future__ import annotations

import re

_PATTERN = re.compile(r"\(known after apply: [^()]+\)")


def unknown(scope: str, address: str, attribute: str = "id") -> str:
    """The placeholder for ``attribute`` of the resource at ``address`` (``kind/name``) in ``scope`` (a region)."""
    suffix = "" if attribute == "id" else f".{attribute}"
    return f"(known after apply: {scope}/{address}{suffix})"


def is_unknown(value: object) -> bool:
    """True if ``value`` is a placeholder, or a string or collection that contains one."""
    if isinstance(value, str):
        return _PATTERN.search(value) is not None
    if isinstance(value, dict):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(is_unknown(item) for item in value)
    return False
