# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receives the progress of a module on this machine, run as this user. See _engine/progress_pipe.py."""

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
import typing as t

from ansible import constants

from ...module_utils._engine.background import start_background

_END: t.Final = b"\0\n"


@contextlib.contextmanager
def heard(say: t.Callable[[str], None]) -> t.Iterator[str]:
    """The path of a named pipe. Each of its lines is passed to ``say`` at once, and all before the block ends."""
    # A folder that Ansible removes at its end, even if this worker is killed.
    with tempfile.TemporaryDirectory(dir=constants.DEFAULT_LOCAL_TMP) as folder:
        path = str(pathlib.Path(folder) / "progress")
        os.mkfifo(path, 0o600)
        # For writing too: otherwise it would end when a module closes it.
        pipe = os.open(path, os.O_RDWR)
        # Meanwhile the main thread waits for the module, and an interrupt must not.
        reader = start_background(lambda: _read(pipe, say), "progress")
        try:
            yield path
        finally:
            os.write(pipe, _END)
            reader.join()
            os.close(pipe)


def _read(pipe: int, say: t.Callable[[str], None]) -> None:
    with os.fdopen(pipe, "rb", closefd=False) as lines:
        for line in lines:
            if line == _END:
                return
            say(line.decode(errors="replace").rstrip("\n"))
