# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repeating calls where AWS is eventually consistent, and not repeating creations blindly."""

from __future__ import annotations

import contextlib
import time
import typing as t

from .aws_errors import error_code
from .context import Context

with contextlib.suppress(ImportError):  # see clients.py
    import botocore.exceptions as botocore_errors

Result = t.TypeVar("Result")

_CREATE_ATTEMPTS = 5


def retry(
    ctx: Context, call: t.Callable[[], Result], *, codes: t.Collection[str], containing: str = "", timeout: float = 120
) -> Result:
    """Repeat ``call`` while AWS answers with one of ``codes``, for ``timeout`` seconds at most.

    :param containing: retry only if the error's message contains this, for codes that mean too many things.
    Raises the last ClientError when time is up, Stopped when the run is stopping.
    """
    give_up = time.monotonic() + timeout
    pause = 0.2
    while True:
        try:
            return call()
        except botocore_errors.ClientError as error:
            if error_code(error) not in codes or containing not in str(error) or time.monotonic() > give_up:
                raise
        ctx.sleep(pause)
        pause = min(pause * 1.5, 5)


def create_once(ctx: Context, create: t.Callable[[], Result], find: t.Callable[[], Result | None]) -> Result:
    """Create what has no client token, without making two when an answer is lost.

    :param create: the creating call, on a client with ``retry=False``.
    :param find: looks the resource up by its tags; None if it is not there.
    After a transient error the resource is looked up before it is created again.
    """
    pause = 0.5
    for attempt in range(1, _CREATE_ATTEMPTS + 1):
        try:
            return create()
        except (botocore_errors.ClientError, botocore_errors.HTTPClientError) as error:
            if attempt == _CREATE_ATTEMPTS or not _is_transient(error):
                raise
        ctx.sleep(pause)
        pause *= 2
        found = find()
        if found is not None:
            return found
    raise AssertionError("unreachable")


def _is_transient(error: BaseException) -> bool:
    """True for a connection that broke, an answer that is the server's fault, and throttling."""
    if isinstance(error, botocore_errors.HTTPClientError):
        return True
    response = getattr(error, "response", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or error_code(error) in {"Throttling", "ThrottlingException", "RequestLimitExceeded"}
