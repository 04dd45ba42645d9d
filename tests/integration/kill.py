# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a run as the end of a machine would."""

from __future__ import annotations

import multiprocessing
import typing as t

from sandbox import Sandbox


def kill_after(aws: Sandbox, nth: int, run: t.Callable[[], t.Any]) -> None:
    """Run it in a process of its own and end that with SIGKILL when its nth write is done and not yet answered."""
    with aws.hold(nth=nth, write=True) as fault:
        process = multiprocessing.get_context("fork").Process(target=run, daemon=True)
        process.start()
        held = fault.wait(60)
        process.kill()
        process.join()
    assert held, f"the run made fewer than {nth} writes"
