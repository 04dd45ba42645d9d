# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled code that every process would compile again, stored beside this file's bytecode."""

from __future__ import annotations

import contextlib
import importlib.util
import marshal
import os
import pathlib
import struct
import sys
import types
import typing as t

# Larger than a release needs: most of it is obsolete.
_TOO_LARGE: t.Final = 10_000_000
# Length of the record that follows, in bytes. marshal would find the end itself, but reads a file byte by byte for
# that: 60 ms of a run.
_LENGTH: t.Final = struct.Struct("<Q")


def folder() -> pathlib.Path | None:
    """The folder of this file's bytecode; None if nothing may be written there."""
    found = pathlib.Path(importlib.util.cache_from_source(__file__)).parent
    return found if not sys.dont_write_bytecode and os.access(found, os.W_OK) else None


class Kept:
    """Compiled code by its source, in a file to which each process appends.

    :param name: of the file, with the versions of what compiles other than Python.
    """

    def __init__(self, place: pathlib.Path, name: str) -> None:
        self._path = place / f"{name}-{importlib.util.MAGIC_NUMBER.hex()}.codes"
        self._codes: dict[str, types.CodeType] = {}
        self._end = 0
        with contextlib.suppress(OSError):
            if self._path.stat().st_size > _TOO_LARGE:
                self._path.unlink()
        self._read()

    def __contains__(self, text: str) -> bool:
        if text not in self._codes:
            self._read()
        return text in self._codes

    def __getitem__(self, text: str) -> types.CodeType:
        return self._codes[text]

    def __setitem__(self, text: str, code: types.CodeType) -> None:
        self._codes[text] = code
        with contextlib.suppress(OSError):
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                record = marshal.dumps((text, code))
                # In one call: other processes append too.
                os.write(file, _LENGTH.pack(len(record)) + record)
            finally:
                os.close(file)

    def _read(self) -> None:
        """Read what was appended since the last read."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._end)
                content = file.read()
            for record in _records(content):
                text, code = marshal.loads(record)  # nosec B302: as trusted as the bytecode beside it
                self._codes[text] = code
            self._end += len(content)
        except (EOFError, ValueError, TypeError, struct.error):
            self._path.unlink(missing_ok=True)
            self._end = 0
        except OSError:
            pass


def _records(content: bytes) -> t.Iterator[bytes]:
    """Raises EOFError and struct.error for an incomplete record."""
    place = 0
    while place < len(content):
        [length] = _LENGTH.unpack_from(content, place)
        place += _LENGTH.size
        if place + length > len(content):
            raise EOFError
        yield content[place : place + length]
        place += length
