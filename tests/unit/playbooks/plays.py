# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays of a playbook as Ansible reads them, without running anything."""

from __future__ import annotations

import contextlib
import functools
import typing as t
from pathlib import Path

from ansible import context
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.playbook import Playbook
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible.utils.vars import load_options_vars
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOKS = ROOT / ".ansible" / "collections" / "ansible_collections" / "everlook" / "failover" / "playbooks"


class Plays:
    """A playbook over inventories/dev.

    :param tags: as --tags.
    :param skip_tags: as --skip-tags.
    """

    def __init__(self, name: str, tags: t.Sequence[str] = ("all",), skip_tags: t.Sequence[str] = ()) -> None:
        context.CLIARGS = ImmutableDict(
            tags=list(tags), skip_tags=list(skip_tags), extra_vars=(), check=False, subset=None, syntax=False
        )
        vars(load_options_vars).pop("options_vars", None)  # Ansible keeps those of its first run
        self._loader, self._inventory, self._book = _read(name)
        # It knows the tags of the run.
        self._variables = _variables(self._loader, self._inventory)

    def tasks(self) -> list[tuple[t.Any, Task]]:
        """(play, task) of each task that the tags ask for, without those of what is included in a run."""
        found = []
        for play in self._book.get_plays():
            variables = self._variables.get_vars(play=play)
            play.only_tags, play.skip_tags = set(context.CLIARGS["tags"]), set(context.CLIARGS["skip_tags"])
            for block in play.compile():
                with _tags_kept(play, block):
                    chosen = block.filter_tagged_tasks(variables)
                found += [(play, task) for task in _flat(chosen) if not task.implicit]
        return found

    def play(self, name: str) -> t.Any:
        """The play of this name."""
        return next(play for play in self._book.get_plays() if play.get_name() == name)

    def arguments(
        self,
        play: t.Any,
        tasks: Path,
        given: t.Mapping[str, t.Any],
        without: t.Collection[str] = (),
        only: str | None = None,
    ) -> list[dict[str, t.Any]]:
        """What the modules in a file of tasks would get in us-east-1, if its inventory sets these variables, too.

        :param without: variables that the inventory lacks.
        :param only: an option, if no other one is asked for: templates take their time.
        """
        host = self._inventory.get_host("us-east-1")
        before = dict(host.vars)
        host.vars = {**before, **given}
        try:
            variables = self._variables.get_vars(play=play, host=host)
        finally:
            host.vars = before
        variables = {name: value for name, value in variables.items() if name not in without}
        variables["hostvars"] = HostVars(self._inventory, self._variables, self._loader)
        variables |= {"ecs_service_item": {}, "ecs_service_index": 0}  # of the loop in the role ecs_service
        templar = Templar(loader=self._loader, variables=variables)
        modules = [
            (key.removeprefix("everlook.failover."), value)
            for task in self._loader.load_from_file(str(tasks), trusted_as_template=True)
            for key, value in task.items()
            if key.startswith("everlook.failover.")
        ]
        asked = [(name, args if only is None else {only: args[only]}) for name, args in modules]
        return [{**templar.template(args), "module": name} for name, args in asked]


@functools.cache
def _read(name: str) -> tuple[DataLoader, InventoryManager, Playbook]:
    """Once a process: the tags of a run choose among what was read, and are no part of it."""
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(ROOT / "inventories" / "dev")])
    variables = _variables(loader, inventory)
    return loader, inventory, Playbook.load(str(PLAYBOOKS / f"{name}.yml"), variable_manager=variables, loader=loader)


def _variables(loader: DataLoader, inventory: InventoryManager) -> VariableManager:
    return VariableManager(loader=loader, inventory=inventory, version_info={})


@contextlib.contextmanager
def _tags_kept(play: t.Any, block: t.Any) -> t.Iterator[None]:
    """Ansible puts what templates of tags mean in a run into what it has read."""
    tagged = {id(each): each for task in _flat(block) for each in (*_above(task), play)}
    before = [(each, each._tags) for each in tagged.values() if hasattr(each, "_tags")]
    try:
        yield
    finally:
        for each, tags in before:
            each._tags = tags


def _above(task: t.Any) -> t.Iterator[t.Any]:
    """A task, and what it is in."""
    while task is not None:
        yield task
        yield getattr(task, "_role", None)
        task = task._parent


def _flat(block: t.Any) -> list[Task]:
    tasks: list[Task] = []
    for item in (*block.block, *block.rescue, *block.always):
        tasks += _flat(item) if hasattr(item, "block") else [item]
    return tasks
