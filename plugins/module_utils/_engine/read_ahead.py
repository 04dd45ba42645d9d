# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads that were made before a job needs them, and the clients that return them.

Reads ahead can show that nothing has to change. Before a change everything is read again: see
Context.stop_reading_ahead.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import itertools
import json
import threading
import typing as t

from .assumed_role import AssumedRole

_READS: t.Final = ("describe_", "list_", "get_", "head_", "test_")
# A caller may not want all pages of a longer answer.
_MOST_PAGES: t.Final = 3
# Times are stored relative to now, so that a query for the last 24 hours is the same in every run.
_DISTANCE: t.Final = "minutes from now"
_MINUTE: t.Final = datetime.timedelta(minutes=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Read:
    """A call that changes nothing.

    :param service: as in boto3, like ``operation`` (``describe_vpcs``).
    :param arguments: of the operation, as JSON with sorted keys: see as_text.
    :param pages: whether a paginator makes the call, for all pages.
    """

    service: str
    region: str
    operation: str
    arguments: str
    pages: bool = False
    role: AssumedRole | None = None

    def document(self) -> dict[str, t.Any]:
        """The read as a JSON value."""
        return dataclasses.asdict(self)

    @classmethod
    def from_document(cls, document: t.Mapping[str, t.Any]) -> Read | None:
        """The inverse of document(); None if it is not a read.

        Raises AttributeError, OverflowError, TypeError and ValueError for an invalid document.
        """
        role = document.get("role")
        found = cls(**{**document, "role": AssumedRole(**role) if role else None})
        return found if found.operation.startswith(_READS) and isinstance(as_arguments(found.arguments), dict) else None

    def make(self, client: t.Any) -> t.Any:
        """The answer, or a paginator's pages. Raises boto3's errors, and LookupError for too many pages."""
        arguments = as_arguments(self.arguments)
        if not self.pages:
            return getattr(client, self.operation)(**arguments)
        pages = client.get_paginator(self.operation).paginate(**arguments)
        found = list(itertools.islice(pages, _MOST_PAGES + 1))
        if len(found) > _MOST_PAGES:
            raise LookupError(self.operation)
        return found


def as_text(arguments: t.Mapping[str, t.Any]) -> str:
    """The arguments of an operation as JSON, with times relative to now. Raises TypeError for other types."""
    now = datetime.datetime.now(datetime.UTC)

    def distance(value: t.Any) -> dict[str, int]:
        if not isinstance(value, datetime.datetime):
            raise TypeError(type(value))
        return {_DISTANCE: round((value - now) / _MINUTE)}

    return json.dumps(arguments, sort_keys=True, default=distance)


def as_arguments(text: str) -> t.Any:
    """The inverse of as_text(). Raises ValueError, TypeError, OverflowError."""
    now = datetime.datetime.now(datetime.UTC)
    return json.loads(
        text, object_hook=lambda found: now + found[_DISTANCE] * _MINUTE if found.keys() == {_DISTANCE} else found
    )


class ReadAhead:
    """The answers to a job's reads that were made ahead, each for one use, and the reads that it has made.

    :param spend: called once, before all further reads go to AWS.
    """

    def __init__(self, answers: t.Mapping[Read, t.Any], spend: t.Callable[[], None]) -> None:
        self._answers = dict(answers)
        self._spend = spend
        self._lock = threading.Lock()
        self._used = self._spent = False
        self.asked: list[Read] = []

    def has(self, role: AssumedRole) -> bool:
        """Whether a read with the role was answered, so that it can be assumed."""
        with self._lock:
            return any(read.role == role for read in self._answers)

    def take(self, read: Read) -> t.Any:
        """Remove and return the answer. Raises KeyError."""
        with self._lock:
            answer = self._answers.pop(read)
            self._used = True
            self.asked.append(read)
            return answer

    def note(self, read: Read) -> None:
        """Record a read that AWS has answered."""
        with self._lock:
            self.asked.append(read)

    def end(self) -> bool:
        """Send all further reads to AWS, in this job and later ones. Returns whether an answer was used."""
        with self._lock:
            self._answers, spent, self._spent = {}, self._spent, True
            used, self._used = self._used, False
        if not spent:
            self._spend()
        return used


class ReadingClient:
    """A boto3 client that is only created for calls that were not read ahead."""

    def __init__(
        self, make: t.Callable[[], t.Any], ahead: ReadAhead, service: str, region: str, role: AssumedRole | None = None
    ) -> None:
        self._make = make
        self._ahead = ahead
        self._new = functools.partial(Read, service=service, region=region, role=role)

    def __getattr__(self, name: str) -> t.Any:
        if name.startswith(_READS) and name not in ("get_paginator", "get_waiter"):
            return functools.partial(self._call, name)
        return getattr(self._make(), name)

    def get_paginator(self, operation: str) -> _Paginator:
        """Like boto3's."""
        return _Paginator(lambda arguments: self._pages(operation, arguments))

    def _read(self, operation: str, arguments: t.Mapping[str, t.Any], *, pages: bool) -> Read | None:
        """None if its arguments cannot be JSON."""
        try:
            return self._new(operation=operation, arguments=as_text(arguments), pages=pages)
        except TypeError:
            return None

    def _call(self, operation: str, **arguments: t.Any) -> t.Any:
        read = self._read(operation, arguments, pages=False)
        if read is None:
            return getattr(self._make(), operation)(**arguments)
        try:
            return self._ahead.take(read)
        except KeyError:
            answer = getattr(self._make(), operation)(**arguments)
        self._ahead.note(read)
        return answer

    def _pages(self, operation: str, arguments: t.Mapping[str, t.Any]) -> t.Iterator[t.Any]:
        read = self._read(operation, arguments, pages=True)
        try:
            if read is not None:
                yield from self._ahead.take(read)
                return
        except KeyError:
            pass
        number = 0
        for page in self._make().get_paginator(operation).paginate(**arguments):
            yield page
            number += 1
        if read is not None and number <= _MOST_PAGES:
            self._ahead.note(read)


@dataclasses.dataclass(frozen=True)
class _Paginator:
    _pages: t.Callable[[t.Mapping[str, t.Any]], t.Iterator[t.Any]]

    def paginate(self, **arguments: t.Any) -> t.Iterator[t.Any]:
        return self._pages(arguments)
