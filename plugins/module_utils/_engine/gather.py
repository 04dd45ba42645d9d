# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Independent reads in parallel."""

from __future__ import annotations

import concurrent.futures
import typing as t

from .background import SIGNAL_SECONDS

Result = t.TypeVar("Result")

_WORKERS: t.Final = 16


def gather(readers: t.Mapping[str, t.Callable[[], Result]]) -> dict[str, Result]:
    """Call all readers in threads and return their results by name.

    If any fail, raises the first one's error (in the mapping's order) after all have ended.
    """
    if not readers:
        return {}
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=min(_WORKERS, len(readers)))
    try:
        futures = {name: pool.submit(reader) for name, reader in readers.items()}
        # With a timeout, since a signal does not wake up the main thread if another one has got it.
        while concurrent.futures.wait(futures.values(), timeout=SIGNAL_SECONDS).not_done:
            pass
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return {name: future.result() for name, future in futures.items()}


def of_prefix(results: t.Mapping[str, Result], prefix: str) -> dict[str, Result]:
    """The results whose names begin with the prefix, by the rest of their names."""
    return {name.removeprefix(prefix): result for name, result in results.items() if name.startswith(prefix)}
