# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads that begin before their job's turn: most of what a job reads does not depend on those before it."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from .context import Context


@dataclasses.dataclass(frozen=True)
class Reading:
    """What was read.

    :param key: everything that it depends on, comparable with ``==``.
    """

    key: t.Any
    found: t.Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Early:
    """What a job can read while those before it are not through.

    :param options: the names of the options that it takes: none that are results of jobs before it.
    :param read: (context with these options alone) → what was read. Raises what the job itself would.
    """

    options: tuple[str, ...]
    read: t.Callable[[Context], Reading]


class Ahead:
    """What has begun, by the names of jobs. For the thread that runs the jobs."""

    def __init__(self) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(thread_name_prefix="ahead")
        self._begun: dict[str, concurrent.futures.Future[Reading]] = {}

    def begin(self, name: str, read: t.Callable[[], Reading]) -> None:
        """Begin to read for a job."""
        self._begun[name] = self._pool.submit(read)

    def take(self, name: str) -> Reading | None:
        """What was read for a job, once; None if nothing was. Waits for it, and raises what reading it raised."""
        future = self._begun.pop(name, None)
        return None if future is None else future.result()

    def forget(self) -> None:
        """Something was changed: what was read before does not count any more."""
        self._begun.clear()

    def close(self) -> None:
        """Begin nothing any more, and wait for nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)
