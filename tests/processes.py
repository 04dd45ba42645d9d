# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel tells of another process."""

from __future__ import annotations

import contextlib
from pathlib import Path


def open_files(pid: int) -> list[str]:
    """What a process has open, as /proc names it: a path, or ``socket:[4711]``; without what it closes meanwhile."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(entry.readlink()))
    return found


def of_folder(folder: Path, program: bytes = b"") -> dict[int, str]:
    """The command lines, by pid, of living processes whose environment names the folder and which run the program."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line, environment = ((process / name).read_bytes() for name in ("cmdline", "environ"))
        except OSError:
            continue
        if program in line and str(folder).encode() in environment:
            found[int(process.name)] = line.replace(b"\0", b" ").decode(errors="replace")
    return found
