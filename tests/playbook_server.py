# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ansible-playbook` for many short runs: a process that has imported everything forks one for each command.

Each run is Ansible's own command line in a process of its own. What it saves is its start: reading modules and plugins.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
import typing as t
import warnings
from pathlib import Path

_PLUGINS: t.Final = "ansible_collections.everlook.failover.plugins.plugin_utils"
ROOT = Path(__file__).resolve().parents[1]


@dataclasses.dataclass
class PlaybookServer:
    """The process, from the first run on. As a context manager it ends with the block.

    :param environment: of all runs. What Ansible reads while it is imported has to be in here: ANSIBLE_NOCOLOR, …
    """

    environment: t.Mapping[str, str]
    _process: subprocess.Popen[str] | None = dataclasses.field(default=None, init=False)

    def __enter__(self) -> PlaybookServer:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process:
            self._process.communicate()

    def run(self, output: Path, *arguments: str, **environment: str) -> int:
        """Run ``ansible-playbook`` with these arguments to its end; what it prints goes to ``output``."""
        variables = {**self.environment, **environment}
        command = {"arguments": arguments, "output": str(output), "environment": variables}
        process = self._process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            print(json.dumps(command), file=process.stdin, flush=True)
            return int(process.stdout.readline())
        except BaseException:
            # A test whose time is up: the end of this run must not be taken for that of the next one.
            process.kill()
            process.wait()
            self._process = None
            raise

    def command(self) -> list[str]:
        """What starts the process."""
        return [sys.executable, "-m", "tests.playbook_server"]

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(),
            cwd=ROOT,
            env=dict(self.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def _serve() -> None:
    for line in sys.stdin:
        command = json.loads(line)
        process = os.fork()
        if not process:
            _run(**command)
        _process, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(arguments: list[str], output: str, environment: dict[str, str]) -> t.NoReturn:
    code = 1
    with Path(output).open("wb") as file, Path(os.devnull).open("rb") as nothing:
        for here, there in ((nothing.fileno(), 0), (file.fileno(), 1), (file.fileno(), 2)):
            os.dup2(here, there)
    try:
        os.setsid()
        os.environ.clear()
        os.environ.update(environment)
        tempfile.tempdir = None
        _command_line().cli_executor(["ansible-playbook", *arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    # What exit() would do, for this run alone
    importlib.import_module(f"{_PLUGINS}.worker.run_lease").end_run()
    sys.stdout.flush()
    os._exit(code)


def _command_line() -> t.Any:
    # Sets up the process it is imported in, which is not to be that of the tests.
    from ansible.cli.playbook import PlaybookCLI  # noqa: PLC0415

    return PlaybookCLI


def _read_everything() -> None:
    """What every run would import by itself."""
    _command_line()
    from ansible import constants  # noqa: PLC0415

    # Ansible looks 1,000 times a second whether a worker has ended: a fiftieth of a processor, as long as a run waits.
    constants.DEFAULT_INTERNAL_POLL_INTERVAL = 0.01
    from ansible.plugins import loader  # noqa: PLC0415

    loader.init_plugin_loader()
    # Each run does that again.
    warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
    registry = importlib.import_module(f"{_PLUGINS}.jobs.registry")
    importlib.import_module(f"{_PLUGINS}.worker.process").prepare()
    importlib.import_module(f"{_PLUGINS}.worker.action")
    for plugins, name in (
        (loader.strategy_loader, "linear"),
        (loader.connection_loader, "local"),
        (loader.shell_loader, "sh"),
    ):
        plugins.get(name, class_only=True)
    for every in (loader.callback_loader, loader.cache_loader):
        list(every.all(class_only=True))
    for name in registry.MODULES:
        registry.load(name)


if __name__ == "__main__":
    _read_everything()
    _serve()
