# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of a region on the page. None means "not known"."""

from __future__ import annotations

import typing as t


class Tasks(t.NamedTuple):
    """The tasks of a service, what it scales between, and the most of the last day with who says so."""

    desired: int | None = None
    running: int | None = None
    pending: int | None = None
    problem: str = ""
    minimum: int | None = None
    maximum: int | None = None
    most: int | None = None
    most_source: str = ""


class Capacity(t.NamedTuple):
    """Whether a standby could carry what the region that serves carries, and how many healthy targets that takes.

    :param quotas: those that do not allow what the region that serves may run, in words.
    """

    needs: int | None
    enough: bool
    reason: str
    quotas: tuple[str, ...] = ()
