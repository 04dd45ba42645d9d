# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one sandbox of a checkout: its state file, kept in a folder git ignores."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sandbox.process import Options, Process, start

FOLDER = Path(__file__).resolve().parents[1] / ".sandbox"


@dataclass(frozen=True, slots=True)
class Standing:
    """The sandbox that `up` leaves running, below a folder of its own."""

    folder: Path = FOLDER

    @property
    def state_file(self) -> Path:
        """Where it says which process serves."""
        return self.folder / "state.json"

    @property
    def request_log(self) -> Path:
        """Every API call, one JSON object a line."""
        return self.folder / "requests.jsonl"

    @property
    def output(self) -> Path:
        """What the server prints."""
        return self.folder / "server.log"

    def up(self, options: Options) -> tuple[Process, bool]:
        """The running server, and whether it had to be started. Raises StartError."""
        with self._alone():
            process = self._known()
            if process and process.running():
                return process, False
            if process:
                process.stop()
            self.request_log.unlink(missing_ok=True)
            self.output.unlink(missing_ok=True)
            process = start(replace(options, log=self.request_log, output=self.output))
            self.state_file.write_text(json.dumps(asdict(process)), encoding="utf-8")
            return process, True

    def running(self) -> Process | None:
        """The server, when it runs."""
        process = self._known()
        return process if process and process.running() else None

    def down(self) -> Process | None:
        """End the server; the one that was ended, None when there was none."""
        with self._alone():
            process = self._known()
            self.state_file.unlink(missing_ok=True)
            return process if process and process.stop() else None

    def _known(self) -> Process | None:
        try:
            return Process(**json.loads(self.state_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two `up` at once must not start two servers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
