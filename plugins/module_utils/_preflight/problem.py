# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A problem of an inventory, for messages."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Problem:
    """Why a run cannot work.

    :param variable: what to change, by its name in the inventory or the environment.
    :param shared: whether it concerns all regions, although one has found it.
    """

    variable: str
    what: str
    remedy: str
    shared: bool = False

    def __str__(self) -> str:
        return f"{self.variable}: {self.what} {self.remedy}".rstrip()
