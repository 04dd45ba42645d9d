# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the commands of the options. The standard library alone."""

from __future__ import annotations

import subprocess
import typing as t

from .._engine.errors import FailoverError

_SECONDS: t.Final = 300.0
_LONGEST: t.Final = 500


class CommandError(FailoverError):
    """It could not be run, or failed. The message has the end of its output."""


def run_command(command: t.Sequence[str]) -> None:
    """Run it to its end, without a shell and without input. Raises CommandError."""
    text = " ".join(command)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(f"{text}: {error}") from error
    if done.returncode:
        raise CommandError(f"{text} failed with {done.returncode}: {(done.stderr or done.stdout).strip()[-_LONGEST:]}")
