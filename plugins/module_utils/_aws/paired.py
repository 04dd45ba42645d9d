# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tag of a service's target group that says that there is a second one. Pure.

Without it, the second one need not be read.
"""

from __future__ import annotations

import typing as t

from .owner import Tags

PAIRED: t.Final = "everlook.failover:alternate"
_ON: t.Final = "on"


def is_paired(tags: Tags) -> bool:
    """True if the target group with these tags has a second one beside it."""
    return tags.get(PAIRED) == _ON


def paired_tag(paired: bool) -> dict[str, str]:
    """The tag that the first target group should have."""
    return {PAIRED: _ON} if paired else {}
