# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of a region on the page. None means "not known"."""

from __future__ import annotations

import typing as t


class Tasks(t.NamedTuple):
    """The tasks of a service, the limits of its scaling, and the most tasks of the last day with the source of that."""

    desired: int | None = None
    running: int | None = None
    pending: int | None = None
    problem: str = ""
    minimum: int | None = None
    maximum: int | None = None
    most: int | None = None
    most_source: str = ""


class Capacity(t.NamedTuple):
    """Whether a standby could carry the load of the serving region, and how many healthy targets that takes.

    :param quotas: quotas that are too small for what the serving region may run, in words.
    """

    needs: int | None
    enough: bool
    reason: str
    quotas: tuple[str, ...] = ()
