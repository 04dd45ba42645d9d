# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mistake, as people read it."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Problem:
    """Why a run cannot work.

    :param variable: what to change, as it stands in the inventory or in the environment.
    :param shared: whether it is about what all regions have in common, although one has found it.
    """

    variable: str
    what: str
    remedy: str
    shared: bool = False

    def __str__(self) -> str:
        return f"{self.variable}: {self.what} {self.remedy}".rstrip()
