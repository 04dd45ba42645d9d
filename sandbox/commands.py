# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides whether a task definition's command runs on this machine: anyone who can register one chooses it."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field

HOW_TO_ALLOW = "python -m sandbox down && python -m sandbox up --allow-commands"


@dataclass(slots=True)
class Commands:
    """Commands of tasks. `refused` are the task definitions whose commands were not run."""

    allowed: bool = False
    refused: set[str] = field(default_factory=set)

    def may_run(self, definition: str, word: str) -> bool:
        """Whether a command with this first word runs: its program exists, and commands are allowed."""
        if shutil.which(word) is None:
            return False
        if not self.allowed and definition not in self.refused:
            self.refused.add(definition)
            print(
                f"task definition {definition}: its command ({word}) is not run, the built-in app replaces it. "
                f"To run commands of task definitions on this machine: {HOW_TO_ALLOW}",
                file=sys.stderr,
                flush=True,
            )
        return self.allowed
