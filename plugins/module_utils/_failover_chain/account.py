# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose the credentials are, asked in one region and without holding up the rest."""

from __future__ import annotations

from .._engine.context import Context
from .._engine.errors import SpecError
from .unread import Unread, guarded


def check_account(ctx: Context, account_id: str, region: str) -> str:
    """Empty if the credentials are that account's, or why it is not known. Raises SpecError if they are another's."""
    found = guarded(region, lambda: ctx.client("sts", region=region).get_caller_identity())
    if isinstance(found, Unread):
        return f"the account of the credentials is not known ({found.reason})"
    if found["Account"] != account_id:
        raise SpecError(
            "account_id",
            f"is {account_id}, and the credentials are those of {found['Arn']}.",
            "Use credentials of the environment's account (AWS_PROFILE), or correct app_account_id.",
        )
    return ""
