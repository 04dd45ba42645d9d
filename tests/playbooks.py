# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running playbooks as users do, in processes of their own, against the local AWS."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

from sandbox import Sandbox
from sandbox.requestlog import RequestRecord
from tests.inventories import over_http
from tests.playbook_server import PlaybookServer
from tests.processes import of_folder
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[1]
ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
_RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run did.

    :param text: all of its output.
    :param calls: every API call it made.
    """

    rc: int
    text: str
    calls: list[RequestRecord]

    @property
    def changed(self) -> dict[str, int]:
        """Changed tasks by host."""
        return {match[1]: int(match[3]) for match in _RECAP.finditer(self.text)}

    @property
    def failed(self) -> dict[str, int]:
        """Failed tasks by host."""
        return {match[1]: int(match[5]) for match in _RECAP.finditer(self.text)}

    @property
    def writes(self) -> list[str]:
        """The writing calls, in order."""
        return [record.operation for record in self.calls if record.write]

    def writes_in(self, region: str) -> list[str]:
        """The writing calls in one region, in order; Route 53 and IAM are in none of ours."""
        regional = {"ec2", "elbv2", "ecs", "logs", "cloudwatch"}
        return [r.operation for r in self.calls if r.write and r.region == region and r.service in regional]

    def flat(self) -> str:
        """The output on one line, so that a message can be found however it was wrapped."""
        return " ".join(self.text.split())


@dataclasses.dataclass(frozen=True)
class Playbooks:
    """A place to run playbooks from."""

    aws: Sandbox
    folder: Path
    server: PlaybookServer
    # Whether it is a machine of its own, which knows of nobody's locks.
    alone: bool = False
    # Certificates of authorities that its runs trust, in place of the machine's.
    trusts: Path | None = None

    @property
    def report(self) -> dict[str, t.Any]:
        """The last report on dev."""
        found: dict[str, t.Any] = json.loads((self.folder / "reports" / "dev" / "deployment.json").read_text())
        return found

    @property
    def page(self) -> str:
        """The page of dev."""
        return (self.folder / "reports" / "dev" / "index.html").read_text(encoding="utf-8")

    def inventory(self, *, regions: t.Mapping[str, t.Mapping[str, t.Any]] | None = None, **variables: t.Any) -> Path:
        """A copy of inventories/dev with other regions or variables; over HTTP unless these say otherwise."""
        copy = over_http(self.folder / "inventory")
        if regions is not None:
            (copy / "hosts.yml").write_text(json.dumps({"regions": {"hosts": regions}}))
        (copy / "group_vars" / "regions.yml").write_text(json.dumps(variables))
        return copy

    def environment(self, account: str = "dev") -> dict[str, str]:
        """The environment of a run: the account's credentials, and places of its own for what it writes."""
        return {
            **inherited(),
            **self.aws.credentials(account),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "local"),
            "ANSIBLE_REMOTE_TMP": str(self.folder / "remote"),
            "TMPDIR": str(self.folder),
            **(machine(self.folder) if self.alone else {}),
            **({"SSL_CERT_FILE": str(self.trusts)} if self.trusts else {}),
        }

    def command(self, playbook: str, *arguments: str, inventory: Path | None = None) -> list[str]:
        """The command line, for a test that starts it by itself."""
        return [
            str(ANSIBLE_PLAYBOOK),
            f"{playbook}.yml",
            "-i",
            str(inventory or over_http(self.folder / "dev")),
            "-e",
            json.dumps({"reports_directory": str(self.folder / "reports"), "dns_ttl_wait": 0}),
            *arguments,
        ]

    def run(self, playbook: str, *arguments: str, inventory: Path | None = None, account: str = "dev") -> Outcome:
        """Run a playbook to its end."""
        mark = self.aws.requests.mark()
        output = self.folder / "output"
        arguments = tuple(self.command(playbook, *arguments, inventory=inventory)[1:])
        code = self.server.run(output, *arguments, **self.environment(account))
        return Outcome(rc=code, text=output.read_text(encoding="utf-8"), calls=self.aws.requests.since(mark))

    def ok(self, playbook: str, *arguments: str, inventory: Path | None = None) -> Outcome:
        """Run a playbook that is to succeed."""
        outcome = self.run(playbook, *arguments, inventory=inventory)
        assert outcome.rc == 0, outcome.text
        assert not any(outcome.failed.values()), outcome.text
        return outcome


def inherited() -> dict[str, str]:
    """What runs inherit of the environment of the tests."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ANSIBLE_"))}


def start(playbooks: Playbooks, command: list[str], **environment: str) -> subprocess.Popen[str]:
    """The command in a process group of its own, as a shell starts it."""
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**playbooks.environment(), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def machine(folder: Path) -> dict[str, str]:
    """What makes a run look like one on another machine."""
    return {"TMPDIR": str(folder), "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}


def in_processes_of_their_own(*roles: str, while_true: str = "true") -> tuple[str, str]:
    """Arguments for a run in which modules of these roles have a process each, which takes a second, and no others.

    :param while_true: only as long as this expression is.
    """
    names = [f"everlook.failover.{role}" for role in roles]
    alone = f"ansible_role_name | default('') in {names} and {while_true}"
    return "-e", json.dumps({"everlook_failover_in_worker": f"{{{{ not ({alone}) }}}}"})


def in_worker() -> bool:
    """Whether modules run in Ansible's worker, as they do unless `make integration IN_WORKER=false` says otherwise."""
    return os.environ.get("EVERLOOK_FAILOVER_IN_WORKER") != "false"


def end(numbers: t.Iterable[int], number: signal.Signals) -> None:
    """Send a signal to processes, some of which may be gone."""
    for pid in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def interrupt(run: subprocess.Popen[str], number: signal.Signals, folder: Path) -> None:
    """Send a signal to a process group, as a shell does, and to what is in none when nothing else would notice.

    A worker notices when ansible-playbook is killed; a module in a process of its own, only when its worker is.
    """
    os.killpg(run.pid, number)
    if number is signal.SIGKILL and not in_worker():
        end(of_folder(folder, b"ansible-playbook"), number)
        # A process ends some time after it was killed, and until then somebody reads what its module prints.
        eventually(lambda: not of_folder(folder, b"ansible-playbook"), what="the end of the workers")
