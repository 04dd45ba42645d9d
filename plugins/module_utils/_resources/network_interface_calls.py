# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deletes resources that network interfaces may keep in use."""

from __future__ import annotations

import time
import typing as t

from .._engine.aws_errors import ClientError, error_code
from .._engine.context import Context
from .._engine.errors import WaitError
from .._engine.waiting import Waiting
from .network_interface import PATIENCE, describe, is_managed

Result = t.TypeVar("Result")
Items: t.TypeAlias = "t.Sequence[t.Mapping[str, t.Any]]"

# Timeout unless AWS is about to delete network interfaces.
_MOST_SECONDS: t.Final = 180.0
_LOOK_SECONDS: t.Final = 5.0
_LONGEST_PAUSE: t.Final = 5.0


def remove_when_free(
    ctx: Context, call: t.Callable[[], Result], *, what: str, codes: t.Container[str], filters: Items
) -> Result:
    """Repeat a deleting call while AWS answers that the resource is in use (one of ``codes``).

    The timeout is PATIENCE times ``wait_timeout`` if AWS is about to delete network interfaces, else three minutes at
    most. Raises WaitError, which names the interfaces and their owners, or the last ClientError.

    :param what: for people, completes "waiting for" (``subnet-1 to be free``).
    :param filters: of DescribeNetworkInterfaces, for those that may keep it in use; empty if none can.
    """
    timeout, waiting, state = float(ctx.params["wait_timeout"]), Waiting(ctx, what), ""
    began = time.monotonic()
    look, patience, pause = _LOOK_SECONDS, min(_MOST_SECONDS, timeout), 0.2
    while True:
        try:
            return call()
        except ClientError as error:
            waited = time.monotonic() - began
            if error_code(error) not in codes:
                raise
            if waited >= min(look, patience):
                held = _read(ctx, filters)
                users = ", ".join(sorted(map(describe, held)))
                patience = PATIENCE * timeout if any(map(is_managed, held)) else min(_MOST_SECONDS, timeout)
                look, state = waited + _LOOK_SECONDS, f"in use by {users}" if users else error_code(error)
                if waited >= patience:
                    _give_up(error, what, users, waited)
        waiting.pause(pause, state)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _give_up(error: ClientError, what: str, users: str, waited: float) -> t.NoReturn:
    if not users:
        raise error
    raise WaitError(
        f"waited {waited:.0f} s for {what}; it is still in use by {users}. Delete what these network interfaces belong "
        "to, then run this again."
    ) from error


def _read(ctx: Context, filters: Items) -> Items:
    """The network interfaces; none if reading them is not allowed, since they only explain the wait."""
    if not filters:
        return ()
    try:
        pages = ctx.client("ec2").get_paginator("describe_network_interfaces").paginate(Filters=list(filters))
        return [item for page in pages for item in page["NetworkInterfaces"]]
    except ClientError:
        return ()
