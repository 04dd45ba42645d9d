# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS to disturb, and machines that run playbooks against it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from botocore.exceptions import ReadTimeoutError

from chaos import beside, canon
from chaos.stacks import BASIC, FULL, STACKS
from chaos.verdict import Ended
from chaos.witness import look
from sandbox import Sandbox
from sandbox.certificate_authority import CertificateAuthority
from tests.playbook_server import PlaybookServer
from tests.playbooks import Playbooks, end, inherited, start
from tests.processes import of_folder

# Without waits if only the order of calls counts; with a data plane, as fast as its health checks allow
INSTANT = 1000.0
PLANE = 10.0
_PATIENCE_SECONDS = 40.0
_LONGEST_RUN_SECONDS = 900.0


@dataclass(slots=True)
class Lab:
    """As a context manager, it ends with the block.

    :param plane: whether tasks, load balancers, health checkers and name servers run.
    :param stack: the stack of its playbooks, of STACKS.
    :ivar goldens: stack and variant → its resources after an undisturbed run.
    :ivar reads: stack → what the run after an undisturbed one reads ahead.
    """

    plane: bool
    stack: str = BASIC
    aws: Sandbox = field(init=False)
    goldens: dict[tuple[str, str], canon.Named] = field(init=False, default_factory=dict)
    reads: dict[str, str] = field(init=False, default_factory=dict)
    _folder: Path = field(init=False)
    _servers: dict[str, PlaybookServer] = field(init=False, default_factory=dict)
    _clients: CertificateAuthority = field(init=False, default_factory=CertificateAuthority)

    def __enter__(self) -> Lab:
        self._folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        self.aws = Sandbox(speed=PLANE if self.plane else INSTANT, plane=self.plane, ttl=4 * 3600).start()
        (self._folder / "authorities.pem").write_text(self.aws.api.get("authority")["root"])
        return self

    def __exit__(self, *_error: object) -> None:
        for server in self._servers.values():
            server.__exit__()
        end(of_folder(self._folder), signal.SIGKILL)
        self.aws.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def fresh(self) -> dict[str, str]:
        """Empty the accounts. Returns the foreign resources in them.

        The first machine keeps what it read ahead for the stack, even if another stack was deployed meanwhile.
        """
        self.aws.clear_faults()
        self.aws.reset()
        for folder in filter(Path.is_dir, self._folder.iterdir()):
            shutil.rmtree(folder / "reports", ignore_errors=True)
        if self.stack in self.reads:
            self._reads("one").parent.mkdir(parents=True)
            self._reads("one").write_text(self.reads[self.stack])
        if self.stack == FULL:
            beside.make(self.aws, self.beside, self._clients)
        return canon.everything(look(self.aws))

    def machine(self, name: str = "one") -> Playbooks:
        """A machine, which shares neither locks nor reports with others."""
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        if name not in self._servers:
            # Outside the machine's folder: power_off() must not end the server that starts its playbooks.
            local = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(self._folder / "servers" / name)}
            self._servers[name] = PlaybookServer({**inherited(), **local})
        return Playbooks(self.aws, folder, self._servers[name], alone=True, trusts=self._folder / "authorities.pem")

    def inventory(self, variant: str = "plain", **variables: Any) -> Path:
        """An inventory of the stack, with some variables."""
        own = beside.variables(self.beside) if self.stack == FULL else {}
        folder = self._folder / "inventories" / f"{self.stack}-{variant}"
        folder.mkdir(parents=True, exist_ok=True)
        return replace(self.machine(), folder=folder).inventory(**{**STACKS[self.stack], **own, **variables})

    @property
    def beside(self) -> Path:
        """The file with the ARNs of the foreign resources."""
        return self._folder / "beside.json"

    def keep_reads(self) -> None:
        """Have fresh() restore the reads of the first machine's last run. Raises FileNotFoundError."""
        self.reads.setdefault(self.stack, self._reads("one").read_text())

    def share_reads(self, machine: str) -> None:
        """Have another machine read ahead what the first one would, as pipelines that share reports do."""
        self._reads(machine).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._reads("one"), self._reads(machine))

    def _reads(self, machine: str) -> Path:
        return self._folder / machine / "reports" / "dev" / "reads.json"

    def run(self, playbook: str, *arguments: str, machine: str = "one", inventory: Path | None = None) -> Ended:
        """Run a playbook to its end."""
        outcome = self.machine(machine).run(playbook, *arguments, inventory=inventory or self.inventory())
        return Ended(outcome.rc, outcome.text)

    def start(
        self, playbook: str, *arguments: str, machine: str = "one", inventory: Path | None = None
    ) -> subprocess.Popen[str]:
        """Start a playbook in a process that can be killed."""
        playbooks = self.machine(machine)
        return start(playbooks, playbooks.command(playbook, *arguments, inventory=inventory or self.inventory()))

    def processes(self, machine: str = "one", program: bytes = b"") -> list[int]:
        """The running processes of a machine."""
        return list(of_folder(self._folder / machine, program))

    def power_off(self, run: subprocess.Popen[str]) -> None:
        """End all processes of the machine at once, as a loss of power would."""
        # No process may react to the end of another one.
        end(self.processes(), signal.SIGSTOP)
        end(self.processes(), signal.SIGKILL)
        run.communicate(timeout=60)

    def wait(self, run: subprocess.Popen[str]) -> Ended:
        """The end of a run that was started."""
        try:
            text, _ = run.communicate(timeout=_LONGEST_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            text, _ = run.communicate()
            return Ended(-signal.SIGKILL, f"{text}\nhas not ended after {_LONGEST_RUN_SECONDS:.0f} s")
        return Ended(run.returncode, text)


def settled(findings: Callable[[], list[str]], seconds: float = _PATIENCE_SECONDS) -> list[str]:
    """The findings that remain: AWS reaches some states after a while."""
    deadline = time.monotonic() + seconds
    while (found := _asked_twice(findings)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def _asked_twice(findings: Callable[[], list[str]]) -> list[str]:
    """A machine that stands still for a minute says nothing against the run that is judged."""
    try:
        return findings()
    except ReadTimeoutError:
        return findings()
