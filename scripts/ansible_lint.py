# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-lint with the same arguments in less than half of its time.

ansible-lint starts ``ansible-playbook --syntax-check`` for each playbook and role, which mostly imports Ansible. Here
these runs are forked from one process that has imported it. If such a run fails, ansible-lint's own command repeats it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import typing as t
from pathlib import Path

from ansiblelint import __main__, runner

from tests.playbook_server import PlaybookServer


class _Checks:
    """Replaces the module `subprocess`, of which ansible-lint's runner uses one function, in threads."""

    PIPE = subprocess.PIPE

    def __init__(self, folder: Path) -> None:
        self._output = folder / "output"
        self._lock = threading.Lock()
        self._server: PlaybookServer | None = None

    def run(
        self, command: list[str], *, env: dict[str, str], check: bool, **options: t.Any
    ) -> subprocess.CompletedProcess[str]:
        with self._lock:
            # Ansible reads the environment while it is imported; it is the same in all runs.
            self._server = self._server or PlaybookServer(env)
            code = self._server.run(self._output, *command[1:], **env)
            said = self._output.read_text(encoding="utf-8")
        if code:
            return subprocess.run(command, env=env, check=check, **options)
        return subprocess.CompletedProcess(command, code, said, "")

    def end(self) -> None:
        if self._server:
            self._server.__exit__()


def main() -> int:
    """Run ansible-lint. Returns its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        checks = _Checks(Path(folder))
        vars(runner)["subprocess"] = checks
        try:
            return __main__.main(["ansible-lint", *sys.argv[1:]])
        finally:
            checks.end()


if __name__ == "__main__":
    sys.exit(main())
