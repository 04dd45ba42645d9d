# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contexts for more than one run: to build clients and connect them takes longer than what most runs ask of AWS."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context

Key: t.TypeAlias = "tuple[t.Any, ...]"


@dataclasses.dataclass(frozen=True)
class Contexts:
    """Those that no run uses at the moment."""

    _idle: dict[Key, list[Context]] = dataclasses.field(default_factory=dict)

    @contextlib.contextmanager
    def borrowed(self, key: Key, make: t.Callable[[], Context]) -> t.Iterator[Context]:
        """An idle context of that key, or else a new one. Only after a run without error is it used again."""
        # A process that is forked must not speak through its parent's connections.
        idle = self._idle.setdefault((os.getpid(), *key), [])
        ctx = idle.pop() if idle else make()
        yield ctx
        if not ctx.stop.is_set():
            idle.append(ctx)

    def forget(self) -> None:
        """From now on all are new. Clients that were throttled stay slow."""
        self._idle.clear()
