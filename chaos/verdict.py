# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on a run: its own outcome against the oracle's findings. Pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chaos.plan import Trial

# The start of an error in the output of ansible-playbook; `failed` is that of a loop's item.
_SAID = re.compile(r"^(?:fatal: \[|failed: \[|\[ERROR\]|ERROR!)", re.MULTILINE)
# Ansible's line for a failure whose message is in the result
_POINTER = re.compile(r"^\[ERROR\]: Task failed: The reason is in its result\.$", re.MULTILINE)
# Several reasons are in lines before their message.
_REASON = re.compile(r"^- \S.*$", re.MULTILINE)
# Signs of an unexpected error, which explains nothing
_CRASH = ("Traceback (most recent call last)", "unexpected answer", "MODULE FAILURE", "Unexpected failure")


class Verdict(enum.Enum):
    """The columns of the table."""

    RIGHT = "right"
    SAID_SO = "failed and said so"
    SILENT = "failed without saying why"
    WRONG = "ok but wrong"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged run of a trial. `detail` says why it is not right."""

    trial: Trial
    what: str
    verdict: Verdict
    detail: str = ""

    @property
    def bad(self) -> bool:
        """Whether there is something to fix."""
        return self.verdict in (Verdict.SILENT, Verdict.WRONG)


def judge(trial: Trial, what: str, ended: Ended, findings: Iterable[str]) -> Judged:
    """The verdict on one run. `findings` are the oracle's objections.

    A failed run may be unfinished, but its findings count if it did what no run may do.
    """
    found = list(findings)
    if found:
        return Judged(trial, what, Verdict.WRONG, "\n".join(found))
    if ended.ok:
        return Judged(trial, what, Verdict.RIGHT)
    verdict = Verdict.SAID_SO if ended.says_why else Verdict.SILENT
    return Judged(trial, what, verdict, ended.message)


def judge_undisturbed(trial: Trial, what: str, ended: Ended, findings: Iterable[str]) -> Judged:
    """The verdict on an undisturbed run, which must not fail."""
    return judge(trial, what, ended, [*([] if ended.ok else [f"failed undisturbed: {ended.message}"]), *findings])


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    :param names: words that the message of a failure has to contain, such as the missing action.
    """

    code: int
    text: str
    names: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.code == 0

    @property
    def says_why(self) -> bool:
        """Whether its output explains the failure, with the names."""
        text = _POINTER.sub("", self.text)
        flat = " ".join(text.split())
        crashed = any(sign in flat for sign in _CRASH)
        return bool(_SAID.search(text)) and not crashed and all(name in flat for name in self.names)

    @property
    def message(self) -> str:
        """The reasons, and the first error with the lines after it, or the end of the output."""
        text = _POINTER.sub("", self.text)
        lines = text.splitlines()
        first = next((number for number, line in enumerate(lines) if _SAID.match(line)), len(lines) - 15)
        return "\n".join([*_REASON.findall(text), *lines[max(0, first) : max(0, first) + 15]])[:1500]
