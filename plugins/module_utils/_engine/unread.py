# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads that may fail: a region that does not answer is named in the result, and the run continues."""

from __future__ import annotations

import typing as t

from .aws_errors import translate
from .context import Context, Unread
from .errors import AwsError
from .guards import check_account

# Of IAM and Route 53 (AWS General Reference, "Global endpoints").
GLOBAL: t.Final = "the global endpoint"

Result = t.TypeVar("Result")


def guarded(ctx: Context, region: str, reader: t.Callable[[], Result]) -> Result | Unread:
    """What the reader returns, or an Unread, which the context records."""
    try:
        with translate(region):
            return reader()
    except AwsError as error:
        found = Unread(region=region, reason=str(error), refused=error.refused)
        ctx.unread.append(found)
        return found


def account_problem(ctx: Context, account_id: str, region: str) -> str:
    """Why the account of the credentials is unknown; empty if it is this one. Raises SpecError if it is another."""
    found = guarded(ctx, region, lambda: check_account(ctx, account_id, region))
    return f"the account of the credentials is not known ({found.reason})" if isinstance(found, Unread) else ""


def describe_unread(ctx: Context) -> list[dict[str, t.Any]]:
    """The result's ``unread``, sorted and without duplicates."""
    found = sorted({(item.region, item.reason, item.refused) for item in ctx.unread})
    return [{"region": region, "reason": reason, "refused": refused} for region, reason, refused in found]
