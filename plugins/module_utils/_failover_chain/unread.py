# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could not be read: one region that does not answer holds up no other."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.aws_errors import translate
from .._engine.errors import AwsError

Result = t.TypeVar("Result")


@dataclasses.dataclass(frozen=True)
class Unread:
    """A region whose API did not answer as it should; the others go on without it."""

    reason: str


def guarded(region: str, reader: t.Callable[[], Result]) -> Result | Unread:
    """What the reader returns, or that the region could not be read."""
    try:
        with translate(region):
            return reader()
    except AwsError as error:
        return Unread(str(error))
