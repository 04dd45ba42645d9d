# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders that no other user of the machine can read: who reads the state file rules the local AWS."""

from __future__ import annotations

import os
from pathlib import Path

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


def private(path: str, flags: int) -> int:
    """Open a file, which only its owner can read if this makes it: an `opener` for `open`."""
    return os.open(path, flags, _FILE_MODE)


def replace_file(path: Path, text: str) -> None:
    """Write a file anew, whatever was there and whoever could read that."""
    path.unlink(missing_ok=True)
    with open(path, "x", encoding="utf-8", opener=private) as file:
        file.write(text)


def own_folder(path: Path, mark: str) -> None:
    """Make a folder, or close one that has a file of the name `mark`: it is ours. Another one is left as it is."""
    path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    if (path / mark).exists():
        path.chmod(_FOLDER_MODE)
