# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a run: what it said of itself against what the oracle sees. Pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chaos.plan import Trial

# A sentence for whoever reads it, in the output of ansible-playbook: `failed` is how an item of a loop begins.
_SAID = re.compile(r"^(?:fatal: \[|failed: \[|\[ERROR\]|ERROR!)", re.MULTILINE)
# Ansible's own words for a failure, whose message is in the result behind them.
_POINTER = re.compile(r"^\[ERROR\]: Task failed: The reason is in its result\.$", re.MULTILINE)
# Several reasons come in lines before the message that they are of.
_REASON = re.compile(r"^- \S.*$", re.MULTILINE)
# What our code did not expect is no sentence.
_CRASH = ("Traceback (most recent call last)", "unexpected answer", "MODULE FAILURE", "Unexpected failure")


class Verdict(enum.Enum):
    """The columns of the table."""

    RIGHT = "right"
    SAID_SO = "failed and said so"
    SILENT = "failed without saying why"
    WRONG = "ok but wrong"


@dataclass(frozen=True, slots=True)
class Judged:
    """A run of a trial. `detail` is why it is not right, in a few lines."""

    trial: Trial
    what: str
    verdict: Verdict
    detail: str = ""

    @property
    def bad(self) -> bool:
        """Whether there is something to mend."""
        return self.verdict in (Verdict.SILENT, Verdict.WRONG)


def judge(trial: Trial, what: str, ended: Ended, findings: Iterable[str]) -> Judged:
    """The verdict on one run. `findings` are what the oracle has to say against it, if it ended ok or not.

    A run that failed is forgiven that it is not finished; what it must never do is a finding for it as well.
    """
    found = list(findings)
    if found:
        return Judged(trial, what, Verdict.WRONG, "\n".join(found))
    if ended.ok:
        return Judged(trial, what, Verdict.RIGHT)
    verdict = Verdict.SAID_SO if ended.says_why else Verdict.SILENT
    return Judged(trial, what, verdict, ended.message)


def judge_undisturbed(trial: Trial, what: str, ended: Ended, findings: Iterable[str]) -> Judged:
    """The verdict on a run that nothing disturbed: it has no reason to fail, whatever it says."""
    return judge(trial, what, ended, [*([] if ended.ok else [f"failed undisturbed: {ended.message}"]), *findings])


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    :param names: what its message has to contain if it failed: the action that is missing.
    """

    code: int
    text: str
    names: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether it said that all is well."""
        return self.code == 0

    @property
    def says_why(self) -> bool:
        """Whether its output says in a sentence why it failed, with the names."""
        text = _POINTER.sub("", self.text)
        flat = " ".join(text.split())
        crashed = any(sign in flat for sign in _CRASH)
        return bool(_SAID.search(text)) and not crashed and all(name in flat for name in self.names)

    @property
    def message(self) -> str:
        """The reasons, the first error and what follows it, or the end of the output."""
        text = _POINTER.sub("", self.text)
        lines = text.splitlines()
        first = next((number for number, line in enumerate(lines) if _SAID.match(line)), len(lines) - 15)
        return "\n".join([*_REASON.findall(text), *lines[max(0, first) : max(0, first) + 15]])[:1500]
