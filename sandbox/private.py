# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders that other users of the machine cannot read: the state file gives control of the local AWS."""

from __future__ import annotations

import os
from pathlib import Path

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


def private(path: str, flags: int) -> int:
    """An `opener` for `open` that creates files only their owner can read."""
    return os.open(path, flags, _FILE_MODE)


def replace_file(path: Path, text: str) -> None:
    """Replace a file by one that only its owner can read."""
    path.unlink(missing_ok=True)
    with open(path, "x", encoding="utf-8", opener=private) as file:
        file.write(text)


def own_folder(path: Path, mark: str) -> None:
    """Create a private folder, or make one private that has the file `mark`. Other folders stay unchanged."""
    path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    if (path / mark).exists():
        path.chmod(_FOLDER_MODE)
