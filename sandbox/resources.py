# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A resource of the local AWS as tests see it: identity, tags and a comparable content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of one account.

    `content` is the resource's state as JSON; two snapshots of an unchanged resource are
    equal.
    """

    account: str
    region: str
    service: str
    kind: str
    id: str
    tags: dict[str, str] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """The identity of the resource."""
        return (self.account, self.region, self.service, self.kind, self.id)
