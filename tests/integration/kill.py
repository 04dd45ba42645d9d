# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a run as the end of a machine would, and looks at what came of it."""

from __future__ import annotations

import multiprocessing
import typing as t
from collections import Counter

from sandbox import Sandbox
from tests.integration.whole_stack import ours


def kill_after(aws: Sandbox, nth: int, run: t.Callable[[], t.Any]) -> None:
    """Run it in a process of its own and end that with SIGKILL when its nth write is done and not yet answered."""
    with aws.hold(nth=nth, write=True) as fault:
        process = multiprocessing.get_context("fork").Process(target=run, daemon=True)
        process.start()
        held = fault.wait(60)
        process.kill()
        process.join()
    assert held, f"the run made fewer than {nth} writes"


def writes(aws: Sandbox, run: t.Callable[[], t.Any]) -> int:
    """How many writes it makes. One that AWS was not ready for is made again, and counts once."""
    mark = aws.requests.mark()
    run()
    return len([record for record in aws.requests.writes(mark) if not record.error])


def assert_once(aws: Sandbox) -> None:
    """Nothing is there twice."""
    # The service's tasks carry its tags, and there are two of them. Roles of all regions are in one place.
    once = [item for item in ours(aws) if item.kind not in {"tasks", "roles"}]
    addresses = Counter((item.region, item.kind, item.tags["Resource"]) for item in once)
    assert [address for address, count in addresses.items() if count > 1] == []
