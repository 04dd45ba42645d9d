# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the body of an HTTP/1.1 message ends (RFC 9112, 6 and 7.1), for the server and for the data plane.

Ambiguous messages are refused: they allow request smuggling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from email.message import Message
from io import BufferedIOBase
from typing import Final

LONGEST_BODY: Final = 16 * 1024 * 1024
# In place of a length: the body is chunked.
CHUNKED: Final = -1
_LONGEST_LINE = 8192
# Not int(), which accepts signs, underscores, blanks and other scripts' digits.
_DECIMAL = re.compile(r"[0-9]{1,12}")
# Python's parser reports invalid lines so: it drops them, or takes them and the rest for the body.
_NO_HEADER = (FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect)
_HEXADECIMAL = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;.*)?\r\n")


class FramingError(ValueError):
    """The message has no definite end, or is too long."""


def body_length(headers: Iterable[tuple[str, str]]) -> int | None:
    """The length of the body in bytes, CHUNKED, or None without a header. Raises FramingError."""
    # Only blanks: other readers would not accept folded lines or other white space.
    known = [(name.lower(), value.strip(" \t")) for name, value in headers]
    lengths = {value for name, value in known if name == "content-length"}
    encodings = [value.lower() for name, value in known if name == "transfer-encoding"]
    if encodings:
        if lengths:
            raise FramingError("both Content-Length and Transfer-Encoding")
        if encodings != ["chunked"]:
            raise FramingError(f"unsupported transfer encoding: {', '.join(encodings)!r}")
        return CHUNKED
    if not lengths:
        return None
    text = lengths.pop()
    if lengths or not _DECIMAL.fullmatch(text):
        raise FramingError(f"not a length: {text!r}")
    return _taken(int(text))


def chunk_length(line: bytes) -> int:
    """The length of the chunk that this line begins, its end included. Raises FramingError."""
    match = _HEXADECIMAL.fullmatch(line)
    if match is None:
        raise FramingError(f"not the beginning of a chunk: {line!r}")
    return _taken(int(match[1], 16))


def _taken(length: int) -> int:
    if length > LONGEST_BODY:
        raise FramingError(f"{length} bytes are more than the limit")
    return length


def read_body(headers: Message[str, str], version: str, stream: BufferedIOBase) -> bytes:
    """The body of a request whose headers have been read. Raises FramingError, also if it is incomplete.

    :param version: of the request line, such as ``HTTP/1.1``.
    """
    _check_lines(headers)
    length = body_length(headers.items())
    if length == CHUNKED and version != "HTTP/1.1":
        raise FramingError(f"Transfer-Encoding in {version}")
    return _read_chunks(stream) if length == CHUNKED else _exactly(stream, length or 0)


def _check_lines(headers: Message[str, str]) -> None:
    """Raises FramingError for a line that is no header."""
    if any(isinstance(each, _NO_HEADER) for each in headers.defects):
        raise FramingError("a line is no header")


def _read_chunks(stream: BufferedIOBase) -> bytes:
    body = b""
    while length := chunk_length(stream.readline(_LONGEST_LINE)):
        body += _exactly(stream, length)
        _taken(len(body))
        if _exactly(stream, 2) != b"\r\n":
            raise FramingError("a chunk is longer than it says")
    # After the last chunk: trailers, which are not needed, and an empty line.
    while (line := stream.readline(_LONGEST_LINE)) != b"\r\n":
        if not line.endswith(b"\n"):
            raise FramingError("the message ends within its trailers")
    return body


def _exactly(stream: BufferedIOBase, length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise FramingError("the message ends within its body")
    return content
