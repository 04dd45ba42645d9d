# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an experiment is: a question to AWS, where AWS's documentation ends, and how to find out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.account.lab import Lab
from tests.account.prices import Use


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What AWS did.

    `answer` is a sentence. `as_expected` is None where nothing was expected. `seen` is what was read, as JSON.
    """

    answer: str
    as_expected: bool | None
    seen: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A question that only an account answers.

    `source` is what AWS documents, and where; `does` what is made and read; `minutes` how long it takes on AWS.
    One that is `deployed` needs a whole stack, which is made for all of them once, and so a domain.
    """

    name: str
    question: str
    source: str
    does: str
    expected: str
    minutes: float
    uses: tuple[Use, ...] = ()
    deployed: bool = False
    run: Callable[[Lab], Finding]
