# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repeats calls where AWS is eventually consistent, and creations only after looking for the resource."""

from __future__ import annotations

import contextlib
import functools
import time
import typing as t

from .aws_errors import error_code
from .context import Context

with contextlib.suppress(ImportError):  # see clients.py
    import botocore.exceptions as botocore_errors

Result = t.TypeVar("Result")

# Seconds between the attempts to create something.
_CREATE_PAUSES: t.Final = (0.5, 1, 2, 4)


class NotFoundCodes(t.Container[str]):
    """All codes of EC2 for an unknown id, which differ from call to call.

    For an Elastic IP address, CreateNatGateway has ``InvalidElasticIpID.NotFound``, and other calls have
    ``InvalidAllocationID.NotFound``.
    """

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and code.endswith("NotFound")


NOT_FOUND: t.Final = NotFoundCodes()


def retry(
    ctx: Context, call: t.Callable[[], Result], *, codes: t.Container[str], containing: str = "", timeout: float = 120
) -> Result:
    """Repeat ``call`` while AWS answers with one of ``codes``, for ``timeout`` seconds at most.

    :param containing: retry only if the error's message contains this, for ambiguous codes.
    Raises the last ClientError after the timeout, Stopped when the run is stopping.
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


def retry_each(
    ctx: Context, call: t.Callable[[], Result], answers: t.Iterable[tuple[str, str]], *, timeout: float
) -> Result:
    """Repeat ``call`` while AWS answers with one of these (code, part of the message), each for ``timeout`` seconds."""
    for code, text in answers:
        call = functools.partial(retry, ctx, call, codes={code}, containing=text, timeout=timeout)
    return call()


def until_found(ctx: Context, find: t.Callable[[], Result | None], *, timeout: float = 15) -> Result | None:
    """Repeat ``find`` until it returns something; None after ``timeout`` seconds.

    For something that certainly exists, but is new, so that AWS may not list it yet. Raises Stopped when the run is
    stopping.
    """
    give_up = time.monotonic() + timeout
    pause = 0.2
    while (found := find()) is None and time.monotonic() < give_up:
        ctx.sleep(pause)
        pause = min(pause * 1.5, 2)
    return found


def create_once(ctx: Context, create: t.Callable[[], Result], find: t.Callable[[], Result | None]) -> Result:
    """Create a resource without a client token, and only one if an answer is lost.

    After a transient error it is looked up before it is created again.

    :param create: the creating call, on a client with ``retry=False``.
    :param find: looks it up by its tags; None if it does not exist.
    """
    for pause in _CREATE_PAUSES:
        try:
            return create()
        except (botocore_errors.ClientError, botocore_errors.HTTPClientError) as error:
            if not _is_transient(error):
                raise
        ctx.sleep(pause)
        found = find()
        if found is not None:
            return found
    return create()


def _is_transient(error: BaseException) -> bool:
    """True for connection errors, server errors and throttling."""
    if isinstance(error, botocore_errors.HTTPClientError):
        return True
    response = getattr(error, "response", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or error_code(error) in {"Throttling", "ThrottlingException", "RequestLimitExceeded"}
