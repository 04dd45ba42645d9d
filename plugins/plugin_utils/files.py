# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes files that other processes may be reading."""

from __future__ import annotations

import json
import os
import pathlib
import tempfile
import typing as t


class FileError(Exception):
    """A file cannot be written. The message names it."""


def write(path: pathlib.Path, content: str) -> None:
    """Replace the file as a whole. Raises FileError."""
    try:
        replace(path, content)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error


def write_report(path: pathlib.Path, document: t.Mapping[str, t.Any]) -> None:
    """Write the document as JSON. Raises FileError."""
    write(path, json.dumps(document, indent=2, default=str) + "\n")


def replace(path: pathlib.Path, content: str) -> None:
    """Replace the file as a whole: readers see the old content or the new. Raises OSError."""
    # The content, such as the journal of a drill, is for its owner only.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".new-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            pathlib.Path(file.name).replace(path)
        except BaseException:
            pathlib.Path(file.name).unlink(missing_ok=True)
            raise
