# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could not be read: one region that does not answer holds up no other."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.aws_errors import translate
from .._engine.context import Context
from .._engine.errors import AwsError
from .._engine.guards import check_account

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


def account_problem(ctx: Context, account_id: str, region: str) -> str:
    """Why it is not known whose the credentials are; empty if they are the account's. Raises SpecError if another's."""
    found = guarded(region, lambda: check_account(ctx, account_id, region))
    return f"the account of the credentials is not known ({found.reason})" if isinstance(found, Unread) else ""
