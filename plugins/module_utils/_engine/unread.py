# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could not be read: one region that does not answer holds up no other, and is named in the result."""

from __future__ import annotations

import typing as t

from .aws_errors import translate
from .context import Context, Unread
from .errors import AwsError
from .guards import check_account

# Where IAM and Route 53 answer. See AWS General Reference, "Global endpoints".
GLOBAL: t.Final = "the global endpoint"

Result = t.TypeVar("Result")


def guarded(ctx: Context, region: str, reader: t.Callable[[], Result]) -> Result | Unread:
    """What the reader returns, or that the region could not be read, which the context remembers."""
    try:
        with translate(region):
            return reader()
    except AwsError as error:
        found = Unread(region=region, reason=str(error), refused=error.refused)
        ctx.unread.append(found)
        return found


def account_problem(ctx: Context, account_id: str, region: str) -> str:
    """Why it is not known whose the credentials are; empty if they are the account's. Raises SpecError if another's."""
    found = guarded(ctx, region, lambda: check_account(ctx, account_id, region))
    return f"the account of the credentials is not known ({found.reason})" if isinstance(found, Unread) else ""


def describe_unread(ctx: Context) -> list[dict[str, t.Any]]:
    """The result's ``unread``: each region and reason once, in a stable order."""
    found = sorted({(item.region, item.reason, item.refused) for item in ctx.unread})
    return [{"region": region, "reason": reason, "refused": refused} for region, reason, refused in found]
