# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of ECR in pages: a hundred at once, or `maxResults` (DescribeRepositories, DescribeImages)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.overlay.base import Call

_PAGE = 100


def page_of(call: Call, member: str, items: Sequence[Any], *, all_of: str) -> dict[str, Any]:
    """The requested page; everything if the parameter `all_of` names the items."""
    if call.get(all_of):
        return {member: list(items)}
    start, size = int(call.get("nextToken") or 0), int(call.get("maxResults") or _PAGE)
    page = list(items)[start : start + size]
    more = start + size < len(items)
    return {member: page, **({"nextToken": str(start + size)} if more else {})}
