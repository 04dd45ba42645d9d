# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server process and the command line: loopback only, found again, ended for certain."""

from __future__ import annotations

import json
import os
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.api import ControlApi, UnreachableError
from sandbox.private import own_folder
from sandbox.process import Daemon, Options, Process, StartError, start
from tests.processes import open_files
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def command_line(folder: Path) -> Run:
    """The command line with a state folder of its own, in an environment that points elsewhere."""

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "sandbox", "--folder", str(folder), *arguments]
        environment = {**os.environ, "AWS_PROFILE": "elsewhere", "AWS_REGION": "eu-west-1"}
        return subprocess.run(line, capture_output=True, text=True, check=False, cwd=ROOT, env=environment, timeout=60)

    return command


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """The command line; what it starts ends with the test."""
    yield command_line(tmp_path)
    Daemon(tmp_path).down()


@pytest.fixture(scope="module")
def run_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The command line when the sandbox is up, for tests that leave it so."""
    folder = tmp_path_factory.mktemp("daemon")
    Daemon(folder).up(Options(ttl=300))
    yield command_line(folder)
    Daemon(folder).down()


@pytest.mark.exhaustive
def test_up_env_status_down(run: Run, tmp_path: Path) -> None:
    assert run("status").returncode == 1
    assert run("env").returncode == 1
    started = run("up")
    assert started.returncode == 0, started.stderr
    (url,) = re.findall(r"http://127\.0\.0\.1:\d+", started.stdout)
    again = run("up")
    assert "already running" in again.stdout
    assert url in again.stdout
    status = run("status")
    assert url in status.stdout
    assert re.search(r"management +999999999999 +[1-9]", status.stdout)
    assert (tmp_path / "requests.jsonl").exists()
    down = run("down")
    assert down.returncode == 0
    assert "stopped" in down.stdout
    with pytest.raises(UnreachableError):
        ControlApi(url, "").get("health")
    assert "not running" in run("down").stdout


def test_env_is_for_a_shell(run_up: Run) -> None:
    for arguments, account in (((), "111111111111"), (("--account", "staging"), "222222222222")):
        exports = run_up("env", *arguments).stdout
        program = 'import boto3; print(boto3.client("sts").get_caller_identity()["Account"])'
        shell = subprocess.run(
            ["/bin/sh", "-euc", f"{exports}\n'{sys.executable}' -c '{program}'"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "AWS_PROFILE": "elsewhere", "AWS_SESSION_TOKEN": "of another key"},
        )
        assert shell.stdout.strip() == account
        assert all(re.fullmatch(r"(export [A-Z0-9_]+=\S+|unset .+)", line) for line in exports.splitlines())


def test_env_has_those_trusted_whom_the_machine_trusts_and_the_local_authority(
    run_up: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A shell may have that of another local AWS.
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    exports = run_up("env").stdout
    (file,) = re.findall(r"export SSL_CERT_FILE=(\S+)", exports)
    program = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"

    def known(environment: dict[str, str]) -> int:
        command = [sys.executable, "-c", program]
        return int(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)

    assert known({**os.environ, "SSL_CERT_FILE": file}) == known(dict(os.environ)) + 1


def test_an_unknown_account_is_named(run_up: Run) -> None:
    refused = run_up("env", "--account", "nobody")
    assert refused.returncode == 1
    assert "nobody" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_no_other_user_can_read_what_it_leaves(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    tmp_path.chmod(0o755)
    files = (daemon.state_file, daemon.request_log, daemon.output)
    for path in (tmp_path / "lock", *files):
        path.touch(mode=0o644)
    try:
        process, _started = daemon.up(Options(ttl=60))
        assert tmp_path.stat().st_mode & 0o777 == 0o700
        assert [oct(path.stat().st_mode & 0o777) for path in files] == ["0o600"] * 3
        assert process.token in daemon.state_file.read_text()
        assert process.token not in Path(f"/proc/{process.pid}/cmdline").read_text()
        assert process.token not in repr(process)
    finally:
        daemon.down()


def test_a_new_folder_is_closed_and_one_of_others_left_as_it_is(tmp_path: Path) -> None:
    own_folder(tmp_path / "new", "lock")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    tmp_path.chmod(0o755)
    own_folder(tmp_path, "lock")
    assert tmp_path.stat().st_mode & 0o777 == 0o755


@pytest.mark.exhaustive
def test_two_at_once_start_one(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "sandbox", "--folder", str(tmp_path), "up"]
    starters = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    try:
        urls = [re.findall(r"http://\S+\d", starter.communicate(timeout=60)[0]) for starter in starters]
        assert urls[0] == urls[1] != []
    finally:
        Daemon(tmp_path).down()


@pytest.mark.exhaustive
def test_a_dead_server_is_replaced(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    try:
        first, _ = daemon.up(Options(ttl=60))
        assert first.stop()
        assert daemon.running() is None
        second, started = daemon.up(Options(ttl=60))
        assert started
        assert second.pid != first.pid
    finally:
        daemon.down()


def test_down_ends_no_process_that_is_not_its_server(tmp_path: Path) -> None:
    """The process id in a stale state file may have been given to somebody else."""
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        stale = Process(bystander.pid, 1, "sandbox-of-yesterday", "x")
        (tmp_path / "state.json").write_text(json.dumps(asdict(stale)))
        assert Daemon(tmp_path).down() is None
        assert not (tmp_path / "state.json").exists()
        assert bystander.poll() is None
    finally:
        bystander.communicate(b"\n")


@pytest.mark.exhaustive
def test_without_a_proc_filesystem_the_server_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start(Options(ttl=60, output=tmp_path / "log"))
    try:
        monkeypatch.setattr("sandbox.process._PROCESSES", tmp_path / "none")
        assert not replace(server, instance="sandbox-of-yesterday").stop()
        assert server.running()
        assert server.stop()
        assert not server.running()
    finally:
        monkeypatch.undo()
        server.stop()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_a_broken_state_file_is_no_server(tmp_path: Path, content: str) -> None:
    (tmp_path / "state.json").write_text(content)
    assert Daemon(tmp_path).running() is None
    assert Daemon(tmp_path).down() is None


@pytest.mark.exhaustive
def test_the_server_ends_when_its_time_is_up(tmp_path: Path) -> None:
    server = start(Options(ttl=0.3, output=tmp_path / "log"))
    eventually(lambda: not server.owns_pid(), what="the end of the server")


OWNER = """
import os, sys
from sandbox import Sandbox
from tests.waiting import eventually
aws = Sandbox().start()
print(aws._process.pid, aws._process.port, aws._process.instance, aws._process.token, flush=True)
sys.stdin.read()
"""


def test_the_server_of_a_test_run_ends_with_it_however_it_ends() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert owner.stdout
    pid, port, *words = owner.stdout.readline().split()
    server = Process(int(pid), int(port), *words)
    assert server.running()
    owner.kill()
    owner.communicate()
    eventually(lambda: not server.owns_pid())


def listening(pid: int) -> set[str]:
    """The local addresses at which a process listens, as the kernel writes them."""
    inodes = set(open_files(pid))
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] in ("0A", "07") and f"socket:[{fields[9]}]" in inodes:
                found.add(fields[1])
    return found


def test_it_listens_on_loopback_alone(aws: Sandbox) -> None:
    health = aws.api.get("health")
    port = int(aws.url.rpartition(":")[2])
    assert listening(health["pid"]) == {f"0100007F:{port:04X}"}


@pytest.mark.exhaustive
def test_a_port_that_is_taken_is_an_error_that_names_the_log(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        options = Options(ttl=60, port=taken.getsockname()[1], output=tmp_path / "log")
        with pytest.raises(StartError, match=str(tmp_path / "log")):
            start(options)
        assert "in use" in (tmp_path / "log").read_text()


@pytest.mark.exhaustive
def test_starters_settings_do_not_reach_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "123456789012")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    server = start(replace(Options(ttl=60), output=tmp_path / "log"))
    try:
        identity = Sandbox.at(server.url, server.token).client("sts", account="prod").get_caller_identity()
        assert identity["Account"] == "333333333333"
    finally:
        server.stop()


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """A process with more than 1,024 files open, as a long test run is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    yield
    for descriptor in opened:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_descriptors")
def test_it_starts_from_a_process_with_many_files_open() -> None:
    with Sandbox(ttl=60) as aws:
        assert aws.client("sts").get_caller_identity()["Account"] == "111111111111"
