# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host variables of regions → the lists that modules take."""

from __future__ import annotations

import collections.abc as c
import typing as t

import jinja2
from ansible.errors import AnsibleError

DOCUMENTATION = r"""
name: regions
short_description: Collect variables of hosts into a list with an entry for each region
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - A region is a host of the inventory. This turns the names of such hosts into a list of dictionaries, with the name
    and those of their variables that are requested.
positional: _input, hostvars
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's variable of this name.
    type: dict
    required: true
notes:
  - Every other keyword argument adds a key of that name, whose value is the host variable named by the argument, or
    V(none) where a host has no such variable, or its template fails, which preflight reports.
  - A dot reaches into a variable, as in C(alb_result.dns_name).
"""

EXAMPLES = r"""
- name: Show the regions in the inventory
  ansible.builtin.debug:
    msg: "{{ groups.regions | everlook.failover.regions(hostvars, priority='failover_priority') }}"
"""

RETURN = r"""
_value:
  description: A dictionary for each region.
  type: list
  elements: dict
  sample: [{name: us-east-1, priority: 1}]
"""


def regions(
    names: t.Iterable[str], hostvars: t.Mapping[str, t.Mapping[str, t.Any]], **variables: str
) -> list[dict[str, t.Any]]:
    """An entry for each name: ``name``, and each key of ``variables`` with the value of that host variable."""

    def entry(name: str) -> dict[str, t.Any]:
        # Once a host: Ansible collects all of its variables each time.
        found = hostvars[name] if variables else {}
        return {"name": name, **{key: _look_up(found, variable) for key, variable in variables.items()}}

    return [entry(name) for name in names]


def _look_up(found: t.Any, variable: str) -> t.Any:
    for part in variable.split("."):
        try:
            found = found.get(part) if isinstance(found, c.Mapping) else None
        except AnsibleError:
            return None
    return None if isinstance(found, jinja2.Undefined) else found


class FilterModule:
    """Ansible's way of finding filters."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"regions": regions}
