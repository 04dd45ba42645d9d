# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of an inventory, which run without a shell. Pure, except for looking up programs."""

from __future__ import annotations

import shlex
import shutil
import typing as t

from .errors import SpecError

# What only a shell would interpret.
_OPERATORS: t.Final = frozenset(
    ["|", "||", "&", "&&", ";", ">", ">>", "<", "2>", "2>&1", "&>", ">/dev/null", "2>/dev/null"]
)
_QUOTES: t.Final = "Write it as in a shell, with pairs of quotes."


def parse_command(option: str, text: str) -> tuple[str, ...]:
    """The words of the command. Raises SpecError."""
    try:
        words = tuple(shlex.split(text))
        # With their quotes: quoted operators are arguments.
        typed = shlex.split(text, posix=False)
    except ValueError as error:
        raise SpecError(option, f"{text!r} cannot be read: {error}.", _QUOTES) from error
    for word in typed:
        if word in _OPERATORS:
            raise SpecError(
                option,
                f"its program would get {word} as an argument: no shell reads the command.",
                "Write sh -c '…' around it, or put it into a script.",
            )
    return words


def missing_program(words: t.Sequence[str]) -> str:
    """The program if this machine does not have it; empty if it has, or if the name depends on the region."""
    return words[0] if words and "{" not in words[0] and shutil.which(words[0]) is None else ""
