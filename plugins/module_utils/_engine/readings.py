# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the jobs of one batch read: each thing once, and early, until something is changed."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import threading
import typing as t

if t.TYPE_CHECKING:
    from .context import Context

Result = t.TypeVar("Result")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Early:
    """What a job can read while those before it are not through.

    :param options: the names of the options that it takes: none that are results of jobs before it.
    :param read: (context with these options alone): reads through Context.read what the job itself will.
    """

    options: tuple[str, ...]
    read: t.Callable[[Context], object]


class Readings:
    """Results of reads by their keys. Several threads may ask for the same thing: one of them reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[t.Hashable, concurrent.futures.Future[t.Any]] = {}
        self._pool = concurrent.futures.ThreadPoolExecutor(thread_name_prefix="early")

    def read(self, key: t.Hashable, read: t.Callable[[], Result]) -> Result:
        """What ``read`` returned, or raised, when it was first called for this key since the last change."""
        with self._lock:
            known = self._found.get(key)
            future = known or self._found.setdefault(key, concurrent.futures.Future())
        if known is None:
            try:
                future.set_result(read())
            except BaseException as error:  # noqa: BLE001  # raised below, and to whoever else asks
                future.set_exception(error)
        return t.cast("Result", future.result())

    def begin(self, read: t.Callable[[], object]) -> None:
        """Call it in a thread of its own. What it raises is raised where the same thing is read in its turn."""
        self._pool.submit(read)

    def forget(self) -> None:
        """Something was changed: what was read before does not count any more, and nothing is read early any more."""
        self.close()
        with self._lock:
            self._found = {}

    def close(self) -> None:
        """Begin nothing any more, and wait for nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)
