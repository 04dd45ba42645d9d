# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks before a layer's first write."""

from __future__ import annotations

import collections
import typing as t

from .context import Context
from .errors import SpecError
from .plan import Action, Change


def check_writes(ctx: Context, changes: t.Sequence[Change]) -> None:
    """Raises SpecError if these changes must not be made, and LeaseHeld while another run makes changes.

    Makes no call without changes.
    """
    if ctx.check_mode or not changes:
        return
    if ctx.params.get("state") == "absent":
        _check_confirmation(ctx.params, changes)
    if ctx.params.get("account_id"):
        check_account(ctx, ctx.params["account_id"])
    ctx.take_lease()


def check_account(ctx: Context, account_id: str, region: str | None = None) -> None:
    """Raises SpecError if the credentials belong to another account (STS, GetCallerIdentity).

    :param region: of the STS endpoint; None for the run's.
    """
    caller = ctx.client("sts", region=region).get_caller_identity()
    if caller["Account"] != account_id:
        raise SpecError(
            "account_id",
            f"is {account_id}, and the credentials are those of {caller['Arn']}. Nothing was changed.",
            "Use credentials of the environment's account (AWS_PROFILE), or correct app_account_id.",
        )


def _check_confirmation(params: t.Mapping[str, t.Any], changes: t.Sequence[Change]) -> None:
    environment = params["environment"]
    if params.get("confirm") == environment:
        return
    kinds = collections.Counter(change.kind for change in changes if change.action is Action.DELETE)
    what = ", ".join(f"{number} {kind}" for kind, number in kinds.items()) or "nothing, but changes some"
    raise SpecError(
        "confirm",
        f"is {params.get('confirm') or 'not set'}, and this deletes {what} of {params['stack']} in {environment}. "
        "Nothing was changed.",
        f"Set it to {environment} if that is what you want; destroy.yml takes -e confirm={environment}.",
    )
