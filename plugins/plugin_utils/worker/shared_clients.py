# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients shared by the items of a task's loop, which run in one worker, one after the other.

15 ms an item without TLS. With TLS each item would read the CA certificates and open connections again, for each
service.
"""

from __future__ import annotations

import threading
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ...module_utils._engine.clients import Clients
from .models import loader

_CONNECTION: t.Final = frozenset(aws_argument_spec())


class SharedClients:
    """The clients of the last job, for the next one with the same connection."""

    def __init__(self) -> None:
        self._key: tuple[bool, dict[str, t.Any]] | None = None
        self._last: Clients | None = None

    def __call__(self, params: t.Mapping[str, t.Any], *, stop: threading.Event, check_mode: bool) -> Clients:
        """The clients of a job. See Clients. Those of a job that was stopped are not used again."""
        key = (check_mode, {name: value for name, value in params.items() if name in _CONNECTION})
        if self._last is None or self._key != key or not self._last.renew(stop):
            self._key = key
            self._last = Clients(params, stop=stop, check_mode=check_mode, new_loader=loader)
        return self._last


SHARED: t.Final = SharedClients()
