# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task files of the roles."""

from __future__ import annotations

import typing as t

from .document import Option
from .roles import Part, Role

_WAIT_FILE: t.Final = "wait"
_WIDTH: t.Final = 120


def task_files(notice: str, role: Role, options: t.Mapping[str, t.Sequence[Option]]) -> dict[str, str]:
    """Name of the file in tasks/ → its text.

    :param options: module → its options.
    """
    if role.each:
        (part,) = role.parts
        return {
            f"{part.file}.yml": _first_pass(notice, role, part, options[part.module]),
            f"{_WAIT_FILE}.yml": _second_pass(notice, part, options[part.module]),
        }
    return {f"{part.file}.yml": _task_file(notice, part, options[part.module]) for part in role.parts}


def _task_file(notice: str, part: Part, options: t.Sequence[Option]) -> str:
    values = {option.name: _chain(part.variable(option.name), *_fallback(part, option.name)) for option in options}
    return f"# {notice}\n---\n{_call(part.task, part, values)}  register: {part.register}\n"


def _fallback(part: Part, option: str) -> tuple[str, ...]:
    return (part.fallbacks[option],) if option in part.fallbacks else ()


def _first_pass(notice: str, role: Role, part: Part, options: t.Sequence[Option]) -> str:
    """All services, one after the other. Several are started without a wait: their rollouts go on side by side."""
    items, several = f"{role.each} | default([{{}}])", f"{role.each} | default([]) | length > 1"
    item = _item(part)
    values = _values_of(item, part, options)
    values["wait"] = f"{{{{ false if {several} else {_chain_of(item, part, 'wait')} }}}}"
    return f"""# {notice}
---
{_call(part.task, part, values)}  loop: "{{{{ {items} }}}}"
{_loop_control(item, item, part)}  register: {part.register}

# Included, so that nothing is skipped once for each service where there is nothing to wait for.
- name: Wait for what several services have begun
  ansible.builtin.include_tasks: {_WAIT_FILE}.yml
  when:
    - {several}
    - {part.register}.results | map(attribute='pending', default=[]) | flatten | length > 0
"""


def _second_pass(notice: str, part: Part, options: t.Sequence[Option]) -> str:
    first = f"{part.module}_first"
    item = f"{first}.{_item(part)}"
    values = _values_of(item, part, options)
    values["wait"] = "true"
    values["continue_from"] = f"{{{{ {first} }}}}"
    waited = f"{part.module}_waited"
    return f"""# {notice}
---
{_call("Wait for the services of the region", part, values)}  loop: "{{{{ {part.register}.results }}}}"
{_loop_control(first, item, part)}  when:
    - {first}.pending | default([]) | length > 0
    - {_chain_of(item, part, "wait", otherwise="true")} | bool
  register: {waited}

- name: Put the results of both passes together
  ansible.builtin.set_fact:
    {part.register}: >-
      {{{{ {part.register} | combine({{'results': {part.register}.results | zip({waited}.results)
         | map('reject', 'skipped') | map('list') | map('last') | list}}) }}}}
"""


def _item(part: Part) -> str:
    """The loop's variable. Not ``item``, which a loop over roles has."""
    return f"{part.module}_item"


def _loop_control(variable: str, item: str, part: Part) -> str:
    return f"""  loop_control:
    loop_var: {variable}
    label: "{{{{ {item}.name | default({part.variable("name")}) | default({part.variable("stack")}) }}}}"
"""


def _call(name: str, part: Part, values: t.Mapping[str, str]) -> str:
    lines = [f"- name: {name}", f"  everlook.failover.{part.module}:"]
    lines += [_assigned(option, value) for option, value in values.items()]
    return "\n".join(lines) + "\n"


def _assigned(option: str, value: str) -> str:
    if value == "true":
        return f"    {option}: {value}"
    line = f'    {option}: "{value}"'
    folded = value.replace(" | ", "\n      | ")
    return line if len(line) <= _WIDTH else f"    {option}: >-\n      {folded}"


def _values_of(item: str, part: Part, options: t.Sequence[Option]) -> dict[str, str]:
    return {option.name: f"{{{{ {_chain_of(item, part, option.name)} }}}}" for option in options}


def _chain_of(item: str, part: Part, option: str, *, otherwise: str = "omit") -> str:
    return f"{item}.{option} | default({part.variable(option)}) | default({otherwise})"


def _chain(first: str, *fallbacks: str) -> str:
    """The first of these variables that is defined; none: the module's own default."""
    return f"{{{{ {' | '.join([first, *(f'default({name})' for name in (*fallbacks, 'omit'))])} }}}}"
