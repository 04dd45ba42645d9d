# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The play of site.yml that looks before the first change, run in this process.

ansible-playbook takes five times as long: it reads every play and role, and forks a process for each region and task.
See "Python API" in Ansible's developer guide. The two tasks of the play run as in a worker, by Ansible's TaskExecutor.
"""

from __future__ import annotations

import typing as t
from pathlib import Path
from unittest import mock

import jinja2
from ansible import context
from ansible._internal._task import TaskContext
from ansible.executor.task_executor import TaskExecutor
from ansible.inventory.host import Host
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.playbook import Playbook
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import get_plugin_loader_namespace
from ansible.utils.vars import load_options_vars
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from tests.playbook_server import ROOT

_PLAY: t.Final = "Check before the first change"
_RESULT: t.Final = "preflight_result"


class Preflight:
    """The play, read once: its first task looks at each region, its last one refuses what that has found."""

    def __init__(self) -> None:
        _compile_templates_once()
        context.CLIARGS = ImmutableDict(
            tags=["all"], skip_tags=[], extra_vars=(), check=False, subset=None, syntax=False, verbosity=0
        )
        vars(load_options_vars).pop("options_vars", None)  # Ansible keeps those of its first run
        loader = DataLoader()
        plays = Playbook.load(str(ROOT / "site.yml"), VariableManager(loader), loader)
        self._play = next(play for play in plays.get_plays() if play.get_name() == _PLAY)
        self._look, _go_on, self._refuse, *_rest = self._play.tasks[0].get_tasks()

    def refusal(self, inventory: Path) -> str:
        """What a run of this inventory is refused with; "" if it would go on."""
        run = _Run(self._play, inventory)
        for host in run.hosts:
            result = run.result(self._look, host)
            if result.get("failed"):
                return str(result["msg"])
            run.variables.set_nonpersistent_facts(host.name, {_RESULT: result})
            run.mistakes += result["mistakes"]
        return str(run.result(self._refuse, run.hosts[0])["msg"]) if run.mistakes else ""


def _compile_templates_once() -> None:
    """All inventories have nearly the same templates, which Jinja would compile anew for each task and region.

    What a template compiles to depends on its text alone: all environments of Ansible's class have the same settings.
    """
    compiled = jinja2.Environment.compile
    known: dict[t.Any, t.Any] = {}

    def compile_once(self: jinja2.Environment, source: t.Any, *options: t.Any, **more: t.Any) -> t.Any:
        key = (type(self), str(source), options, tuple(more.items()))
        if key not in known:
            known[key] = compiled(self, source, *options, **more)
        return known[key]

    mock.patch.object(jinja2.Environment, "compile", compile_once).start()


class _Run:
    """The play over an inventory."""

    def __init__(self, play: t.Any, inventory: Path) -> None:
        self.mistakes: list[str] = []
        self._loader = DataLoader()
        manager = InventoryManager(self._loader, sources=[str(inventory)])
        self.variables = VariableManager(self._loader, manager)
        self._play = play.copy()
        self.hosts: list[Host] = manager.get_hosts(self._play.hosts)
        self._hostvars = HostVars(manager, self.variables, self._loader)

    def result(self, task: Task, host: Host) -> dict[str, t.Any]:
        """What the task returns for this host."""
        variables = self.variables.get_vars(play=self._play, host=host, task=task)
        own = task.copy()  # what is templated in it is this host's
        # None: the queue to the process that shows what loops and retries do
        rest = (PlayContext(self._play), self._loader, get_plugin_loader_namespace(), None, self.variables)
        # Since ansible-core 2.21 an executor takes the task and its variables from the context.
        if not hasattr(TaskContext, "create"):
            return dict(TaskExecutor(host, own, variables, *rest).run())
        with TaskContext.create(task=own, task_vars=variables, host_name=host.name):
            own.squash()
            return dict(TaskExecutor(host, *rest).run().as_result_dict())
