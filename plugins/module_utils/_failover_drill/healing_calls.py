# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that heal, in the process of a run."""

from __future__ import annotations

import dataclasses
import threading
import typing as t

from .._engine.clients import Clients
from .._engine.context import Context
from .._engine.waiting import reporting_slow_calls
from .fault import CallAws


def calls_that_go_on(ctx: Context) -> CallAws:
    """A CallAws with clients of its own, so that healing continues when the run is stopping.

    Calls that take long are reported: while AWS throttles them, a region stays broken.
    """
    clients = Clients(ctx.params, stop=threading.Event(), check_mode=False)
    own = dataclasses.replace(ctx, clients=clients)

    def call(service: str, region: str, method: str, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        with reporting_slow_calls(own):
            answer: dict[str, t.Any] = getattr(clients.get(service, region=region), method)(**parameters)
        return answer

    return call
