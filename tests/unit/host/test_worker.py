# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a job may run in the Ansible worker, and that it runs as a module otherwise."""

from __future__ import annotations

import dataclasses
import pathlib
import sys
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.job import Job
from ansible_collections.everlook.failover.plugins.module_utils._engine.progress_pipe import VARIABLE, progress_writer
from ansible_collections.everlook.failover.plugins.plugin_utils.worker import host

OWN_PYTHON = sys.executable


@dataclasses.dataclass
class Task:
    async_val: int = 0
    environment: list[dict[str, str]] = dataclasses.field(default_factory=list)
    delegate_to: str | None = None
    check_mode: bool = True
    args: dict[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Become:
    prompts: bool = False

    def expect_prompt(self) -> bool:
        return self.prompts


@dataclasses.dataclass
class Connection:
    transport: str = "local"
    become: Become = dataclasses.field(default_factory=Become)
    options: dict[str, bool] = dataclasses.field(default_factory=dict)

    def set_option(self, name: str, value: bool) -> None:
        self.options[name] = value


@dataclasses.dataclass
class Play:
    become: bool = False


class Templar:
    def template(self, value: t.Any) -> t.Any:
        return value


class Loader:
    """Of files; its folder is that of the playbook."""

    folder = "/playbooks"

    def set_basedir(self, folder: str) -> None:
        self.folder = folder


class Action:
    """As much of ActionBase as run_action uses."""

    def __init__(self) -> None:
        self._task = Task()
        self._connection = Connection()
        self._play_context = Play()
        self._templar = Templar()
        self._loader = Loader()
        self.modules: list[tuple[str, bool]] = []
        self.told: tuple[str, ...] = ()

    def _execute_module(self, *, module_name: str, task_vars: dict[str, t.Any], wrap_async: bool) -> dict[str, t.Any]:
        assert isinstance(task_vars, dict)
        self.modules.append((module_name, wrap_async))
        environment = {key: value for each in self._task.environment for key, value in each.items()}
        for message in self.told:
            progress_writer(environment.get(VARIABLE))(message)
        return {"ran": "module"}

    def validate_argument_spec(self, **_spec: t.Any) -> tuple[None, dict[str, t.Any]]:
        return None, {"region": "us-east-1", "access_key": "a", "secret_key": "b"}


def job(result: dict[str, t.Any] | None = None) -> Job:
    def run(_ctx: t.Any) -> dict[str, t.Any]:
        if result is None:
            raise SpecError("cidr", "is too small.", "Use a /20 or larger.")
        return result

    return Job(name="vpc", argument_spec={}, run=run)


def run(action: Action, variables: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
    return host.run_action(t.cast("t.Any", action), job({"ran": "worker"}), variables)


def test_on_this_machine_as_this_user_it_runs_in_the_worker() -> None:
    assert run(Action()) == {"ran": "worker"}
    assert run(Action(), {"ansible_python_interpreter": OWN_PYTHON}) == {"ran": "worker"}


def other_connection(action: Action) -> None:
    action._connection.transport = "ssh"


def become(action: Action) -> None:
    action._play_context.become = True


def become_with_a_password(action: Action) -> None:
    become(action)
    action._connection.become.prompts = True


def task_environment(action: Action) -> None:
    action._task.environment = [{"AWS_PROFILE": "other"}]


@pytest.mark.parametrize("change", [other_connection, become, task_environment])
def test_elsewhere_it_runs_as_a_module(change: t.Callable[[Action], None]) -> None:
    action = Action()
    change(action)
    assert run(action) == {"ran": "module"}
    assert action.modules == [("everlook.failover.vpc", False)]


def test_a_local_module_finds_relative_paths_where_the_worker_does() -> None:
    action = Action()
    become(action)
    run(action)
    assert action._loader.folder == str(pathlib.Path.cwd())


@pytest.mark.parametrize(
    ("change", "options"),
    [
        (task_environment, {"pipelining": True}),
        (become, {"pipelining": True}),
        (become_with_a_password, {}),
        (other_connection, {}),
    ],
)
def test_the_options_of_a_local_module_are_in_no_file(
    change: t.Callable[[Action], None], options: dict[str, bool]
) -> None:
    action = Action()
    change(action)
    run(action)
    assert action._connection.options == options


def test_what_a_local_module_tells_is_shown_as_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    action = Action()
    action.told = ("waiting for a (5 s)", "waiting for b (10 s)")
    run(action, {"everlook_failover_in_worker": False, "inventory_hostname": "us-east-1"})
    shown = capsys.readouterr().out.splitlines()
    assert shown == ["[us-east-1] vpc: waiting for a (5 s)", "[us-east-1] vpc: waiting for b (10 s)"]
    assert action._task.environment == []


def asynchronous(action: Action) -> None:
    action._task.async_val = 600


@pytest.mark.parametrize("change", [other_connection, become, asynchronous])
@pytest.mark.parametrize(
    ("check_mode", "option", "lines"), [(False, "wait_timeout", 1), (False, "x", 0), (True, "timeout", 0)]
)
def test_where_nothing_can_be_heard_that_is_said_before(
    capsys: pytest.CaptureFixture[str], change: t.Callable[[Action], None], check_mode: bool, option: str, lines: int
) -> None:
    action = Action()
    action.told = ("waiting for a (5 s)",)
    action._task.check_mode = check_mode
    change(action)
    spec = {option: {"type": "int"}}
    host.run_action(t.cast("t.Any", action), dataclasses.replace(job({}), argument_spec=spec), {})
    said = "what it waits for is not shown before it has ended"
    assert [said in line for line in capsys.readouterr().out.splitlines()] == [True] * lines


def test_what_is_elsewhere_has_other_paths() -> None:
    action = Action()
    other_connection(action)
    run(action)
    assert action._loader.folder == "/playbooks"


def test_async_is_wrapped() -> None:
    action = Action()
    action._task.async_val = 600
    assert run(action) == {"ran": "module"}
    assert action.modules == [("everlook.failover.vpc", True)]


@pytest.mark.parametrize("value", [False, "false", "no", 0])
def test_the_variable_forces_a_module(value: t.Any) -> None:
    assert run(Action(), {"everlook_failover_in_worker": value}) == {"ran": "module"}


def test_the_environment_forces_modules_for_the_whole_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERLOOK_FAILOVER_IN_WORKER", "false")
    assert run(Action()) == {"ran": "module"}


def test_another_interpreter_runs_a_module(tmp_path: pathlib.Path) -> None:
    # A virtual environment of its own has a link to the same file, and other packages.
    link = tmp_path / "python3"
    link.symlink_to(pathlib.Path(sys.executable).resolve())
    assert run(Action(), {"ansible_python_interpreter": str(link)}) == {"ran": "module"}


def test_the_interpreter_is_that_of_the_delegate() -> None:
    action = Action()
    action._task.delegate_to = "elsewhere"
    variables = {
        "ansible_python_interpreter": OWN_PYTHON,
        "ansible_delegated_vars": {"elsewhere": {"ansible_python_interpreter": "/opt/python/bin/python3"}},
    }
    assert run(action, variables) == {"ran": "module"}


def test_on_macos_it_runs_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert run(Action()) == {"ran": "module"}


def test_without_boto3_it_is_left_to_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert run(Action()) == {"ran": "module"}


def test_a_failure_is_a_message_not_a_traceback() -> None:
    result = host.run_action(t.cast("t.Any", Action()), job(), {})
    assert result == {"failed": True, "msg": "vpc: cidr: is too small. Use a /20 or larger.", "changed": False}
