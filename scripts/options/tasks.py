# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task files of the roles."""

from __future__ import annotations

import dataclasses
import typing as t

from .document import Option
from .roles import Part, Role

_WAIT_FILE: t.Final = "wait"
_WIDTH: t.Final = 120
_FOLD: t.Final = "\n      | "


def task_files(notice: str, role: Role, options: t.Mapping[str, t.Sequence[Option]]) -> dict[str, str]:
    """Name of the file in tasks/ → its text.

    :param options: module → its options.
    """
    if role.each:
        (part,) = role.parts
        loop = _Loop(role=role, part=part)
        return {
            f"{part.file}.yml": _first_pass(notice, loop, options[part.module]),
            f"{_WAIT_FILE}.yml": _second_pass(notice, loop, options[part.module]),
        }
    return {f"{part.file}.yml": _task_file(notice, part, options[part.module]) for part in role.parts}


def _task_file(notice: str, part: Part, options: t.Sequence[Option]) -> str:
    values = {
        option.name: f"{{{{ {chain(part.variable(option.name), *fallback(part, option.name))} }}}}"
        for option in options
    }
    return f"# {notice}\n---\n{_call(part.task, part, values)}  register: {part.register}\n"


def fallback(part: Part, option: str) -> tuple[str, ...]:
    """The expressions for an option's value if its own variable is not defined."""
    return (part.fallbacks[option],) if option in part.fallbacks else ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Loop:
    """The names in the loops of a role that runs its module several times.

    Ansible adds a loop's item to its result, and shows both with -v: values that may be secret are not in the item, but
    looked up by its index. Looking up all of them is slow: Ansible evaluates the whole list for each expression.
    """

    role: Role
    part: Part

    @property
    def items(self) -> str:
        return f"{self.role.each} | default([{{}}])"

    @property
    def several(self) -> str:
        return f"{self.role.each} | default([]) | length > 1"

    @property
    def item(self) -> str:
        """Not ``item``, which a loop over roles has."""
        return f"{self.part.module}_item"

    @property
    def index(self) -> str:
        return f"{self.part.module}_index"

    def shown(self) -> str:
        """The items, without values that may be secret."""
        others = f"map('rejectattr', 'key', 'in', {list(self.role.hidden)}) | map('list')"
        return f"{self.items} | map('dict2items') | {others} | map('items2dict')"

    def value(self, option: str, *, otherwise: str = "omit") -> str:
        """An expression for the item's value, else that of the option's variable."""
        source = f"({self.items})[{self.index}]" if option in self.role.hidden else self.item
        return f"{source}.{option} | default({self.part.variable(option)}) | default({otherwise})"

    def values(self, options: t.Sequence[Option]) -> dict[str, str]:
        return {option.name: f"{{{{ {self.value(option.name)} }}}}" for option in options}

    def loop(self) -> str:
        """The task's own keywords."""
        name, stack = self.part.variable("name"), self.part.variable("stack")
        return f"""  loop: >-
      {{{{ {self.shown().replace(" | ", _FOLD)} }}}}
  loop_control:
    loop_var: {self.item}
    index_var: {self.index}
    label: "{{{{ {self.item}.name | default({name}) | default({stack}) }}}}"
"""


def _first_pass(notice: str, loop: _Loop, options: t.Sequence[Option]) -> str:
    """All services, one after the other. Several are started without a wait, so that their rollouts run in parallel."""
    part = loop.part
    values = loop.values(options)
    values["wait"] = f"{{{{ false if {loop.several} else {loop.value('wait')} }}}}"
    return f"""# {notice}
---
{_call(part.task, part, values)}{loop.loop()}  vars:
    # Releases are deferred until the second pass, which waits for rollouts.
    {part.module}_waits_later: >-
      {{{{ {loop.several}
      and {loop.value("wait", otherwise="true")} | bool }}}}
  register: {part.register}

# Costs no process, as a condition of the next task would. With `always` skipped Ansible cannot end a role.
- name: End here where no service has pending changes
  ansible.builtin.meta: end_role
  when: >-
    'always' not in ansible_skip_tags
    and not {part.register}.results | map(attribute='pending', default=[]) | flatten

- name: Wait for it
  ansible.builtin.import_tasks: {_WAIT_FILE}.yml
"""


def _second_pass(notice: str, loop: _Loop, options: t.Sequence[Option]) -> str:
    part = loop.part
    first, waited = f"{part.register}.results[{loop.index}]", f"{part.module}_waited"
    values = loop.values(options)
    values["wait"] = "true"
    values["continue_from"] = f"{{{{ {first} }}}}"
    return f"""# {notice}
---
{_call("Wait for the services of the region", part, values)}{loop.loop()}  when:
    - {first}.pending | default([]) | length > 0
    - {loop.value("wait", otherwise="true")} | bool
  register: {waited}

- name: Combine the results of both passes
  ansible.builtin.set_fact:
    {part.register}: >-
      {{{{ {part.register} | combine({{'results': {part.register}.results | zip({waited}.results)
         | map('reject', 'skipped') | map('list') | map('last') | list}}) }}}}
"""


def _call(name: str, part: Part, values: t.Mapping[str, str]) -> str:
    lines = [f"- name: {name}", f"  everlook.failover.{part.module}:"]
    lines += [_assigned(option, value) for option, value in values.items()]
    return "\n".join(lines) + "\n"


def _assigned(option: str, value: str) -> str:
    """A line that gives an option this value; several if it is long."""
    if value == "true":
        return f"    {option}: {value}"
    line = f'    {option}: "{value}"'
    return line if len(line) <= _WIDTH else f"    {option}: >-\n      {value.replace(' | ', _FOLD)}"


def chain(first: str, *fallbacks: str) -> str:
    """An expression for the first of these variables that is defined, else the module's default."""
    return " | ".join([first, *(f"default({name})" for name in (*fallbacks, "omit"))])
