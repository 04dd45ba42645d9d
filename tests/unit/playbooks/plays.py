# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays of a playbook as Ansible reads them, without running anything."""

from __future__ import annotations

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
        self._loader = DataLoader()
        self._inventory = InventoryManager(loader=self._loader, sources=[str(ROOT / "inventories" / "dev")])
        self._variables = VariableManager(loader=self._loader, inventory=self._inventory, version_info={})
        self._book = Playbook.load(
            str(PLAYBOOKS / f"{name}.yml"), variable_manager=self._variables, loader=self._loader
        )

    def tasks(self) -> list[tuple[t.Any, Task]]:
        """(play, task) of each task that the tags ask for, without those of what is included in a run."""
        found = []
        for play in self._book.get_plays():
            variables = self._variables.get_vars(play=play)
            play.only_tags, play.skip_tags = set(context.CLIARGS["tags"]), set(context.CLIARGS["skip_tags"])
            for block in play.compile():
                found += [(play, task) for task in _flat(block.filter_tagged_tasks(variables)) if not task.implicit]
        return found

    def play(self, name: str) -> t.Any:
        """The play of this name."""
        return next(play for play in self._book.get_plays() if play.get_name() == name)

    def arguments(
        self, play: t.Any, tasks: Path, given: t.Mapping[str, t.Any], without: t.Collection[str] = ()
    ) -> list[dict[str, t.Any]]:
        """What the modules in a file of tasks would get in us-east-1, if its inventory sets these variables, too.

        :param without: variables that the inventory lacks.
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
        return [{**templar.template(args), "module": name} for name, args in modules]


def _flat(block: t.Any) -> list[Task]:
    tasks: list[Task] = []
    for item in (*block.block, *block.rescue, *block.always):
        tasks += _flat(item) if hasattr(item, "block") else [item]
    return tasks
