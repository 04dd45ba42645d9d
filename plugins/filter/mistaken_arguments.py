# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of a playbook → what is wrong with them."""

from __future__ import annotations

import re
import typing as t

import jinja2
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars

from ..plugin_utils import inventory, requirements

_WORD: t.Final = re.compile(r"[A-Za-z_]\w*")

DOCUMENTATION = r"""
name: mistaken_arguments
short_description: Find mistakes in the arguments of a playbook
version_added: 0.4.0
author: Everlook contributors (@everlook)
description:
  - Checks the values of the arguments that a playbook of this collection takes with C(-e), and the names of all
    variables that were given with C(-e). It costs no task.
positional: _input, playbook, regions, hostvars
options:
  _input:
    description:
      - The arguments with their values; V(none) for those that are not set.
      - For V(bootstrap) the variables of its host, C(hostvars[inventory_hostname]), which are read one by one.
    type: dict
    required: true
  playbook:
    description: Name of the playbook, such as V(switch).
    type: str
    required: true
  regions:
    description: Regions of the inventory.
    type: list
    elements: str
    required: true
  hostvars:
    description:
      - Ansible's variable of this name. A variable of another playbook is no mistake if a template in these variables
        reads it.
    type: dict
"""

EXAMPLES = r"""
- name: Refuse a region that the inventory does not have
  ansible.builtin.assert:
    that: "{'to': to | default(none)} | everlook.failover.mistaken_arguments('switch', groups.regions) | length == 0"
"""

RETURN = r"""
_value:
  description: A line for each mistake.
  type: list
  elements: str
  sample: ['to: "us-wst-1" is not one of us-east-1, us-west-1, auto. Did you mean us-west-1?']
"""


def mistaken_arguments(
    given: t.Mapping[str, t.Any], playbook: str, regions: t.Sequence[str], hostvars: t.Any = None
) -> list[str]:
    """A line for each mistake. Reads -e again from Ansible, which has cached it."""
    if requirements.problem():
        return [requirements.problem()]
    from ..module_utils._preflight.arguments import (  # noqa: PLC0415  # imports that collection
        check_arguments,
        of_others,
    )
    from ..module_utils._preflight.management import check_management  # noqa: PLC0415  # likewise

    typed = [str(name) for name in load_extra_vars(DataLoader())]
    if playbook == "bootstrap":
        values, broken = _of_management(given)
        return [str(problem) for problem in check_management(values, typed, broken)]
    others = of_others(playbook, typed)
    read = {word for name in regions for word in _read(hostvars, name, others)} if others and hostvars else set()
    return [str(problem) for problem in check_arguments(playbook, given, regions, typed, read)]


def _read(hostvars: t.Any, host: str, names: t.Container[str]) -> t.Iterator[str]:
    """The words in templates of a host's variables other than these names."""
    raw = hostvars.raw_get(host)  # without evaluating any of them
    for text in _texts([value for name, value in raw.items() if name not in names]):
        if "{{" in text or "{%" in text:
            yield from _WORD.findall(text)


def _texts(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _of_management(variables: t.Mapping[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, str]]:
    """Values of the variables that bootstrap.yml reads, and for each template that fails the reason."""
    values: dict[str, t.Any] = {}
    broken: dict[str, str] = {}
    for name in variables:
        if name.startswith("management_") or name == "remove":
            try:
                values[name] = _whole(variables[name])
            except (AnsibleError, jinja2.UndefinedError) as error:
                broken[name] = inventory.why(error)
    return values, broken


def _whole(value: t.Any) -> t.Any:
    """The value with all its parts, which Ansible evaluates lazily. Raises UndefinedError."""
    if isinstance(value, jinja2.Undefined):
        # Raises the error behind it: an undefined name, or an invalid template.
        return str(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


class FilterModule:
    """Ansible's way of finding filters."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"mistaken_arguments": mistaken_arguments}
