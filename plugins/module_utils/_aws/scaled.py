# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tag of a service that says that it has a scalable target. Pure.

Without it, Application Auto Scaling need not be called.
"""

from __future__ import annotations

import typing as t

from .owner import Tags

# Set by the first run that registers a target; its value says whether there still is one.
SCALED: t.Final = "everlook.failover:scaling"
_ON: t.Final = "on"
_OFF: t.Final = "off"


def is_scaled(tags: Tags) -> bool:
    """True if the service with these tags has a target."""
    return tags.get(SCALED) == _ON


def scaled_tag(scales: bool, tags: Tags) -> dict[str, str]:
    """The wanted tag of a service with these tags; none if it never had a target."""
    if scales:
        return {SCALED: _ON}
    return {SCALED: _OFF} if SCALED in tags else {}
