# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When no further write may start."""

from __future__ import annotations

import threading
import typing as t


class Stop(threading.Event):
    """An event that sets itself once the job is abandoned.

    A worker or module is not notified when its ansible-playbook is killed or its task times out. Nobody would see what
    it does from then on.

    :param is_abandoned: called each time, so it has to be fast.
    """

    def __init__(self, is_abandoned: t.Callable[[], bool]) -> None:
        super().__init__()
        self._is_abandoned = is_abandoned

    def is_set(self) -> bool:
        """Whether no further write may start."""
        if not super().is_set() and self._is_abandoned():
            self.set()
        return super().is_set()
