# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tag by which a service says that a run has given it a scalable target. Pure.

With it, whoever reads the service need not ask Application Auto Scaling.
"""

from __future__ import annotations

import typing as t

from .owner import Tags

# The service has it since a run has first registered a target for it, and says whether there still is one.
SCALED: t.Final = "everlook.failover:scaling"
_ON: t.Final = "on"
_OFF: t.Final = "off"


def is_scaled(tags: Tags) -> bool:
    """True if a run has registered a target for the service with these tags, and none has deregistered it."""
    return tags.get(SCALED) == _ON


def scaled_tag(scales: bool, tags: Tags) -> dict[str, str]:
    """The tag that a service with these tags should have: none if it never had a target."""
    if scales:
        return {SCALED: _ON}
    return {SCALED: _OFF} if SCALED in tags else {}
