# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""module_defaults for the options that a task omits.

Roles name every option of their module, ``cidr: "{{ vpc_cidr | default(omit) }}"``, and Ansible gives an omitted option
no default: ``module_defaults`` would never reach a module through its role.
"""

from __future__ import annotations

import typing as t

_COLLECTION: t.Final = "everlook.failover"
# meta/runtime.yml
_GROUP: t.Final = f"group/{_COLLECTION}.aws"


class Templar(t.Protocol):
    """Ansible's templar of a task."""

    def template(self, variable: t.Any) -> t.Any:
        """The value, without what is omitted. Raises AnsibleError."""


def arguments(
    name: str, given: t.Mapping[str, t.Any], defaults: t.Iterable[t.Mapping[str, t.Any]], templar: Templar
) -> dict[str, t.Any]:
    """The arguments of a task, and module_defaults for those that it lacks.

    :param name: the module's, without the collection.
    :param defaults: module_defaults of the task, outermost first. As in Ansible, an inner entry replaces an outer one
        of the same name, and the module's entry overrides its group's.
    """
    entries: dict[str, t.Any] = {}
    for each in defaults:
        entries.update(each)
    found: dict[str, t.Any] = {}
    for entry in (_GROUP, f"{_COLLECTION}.{name}"):
        if entry in entries:
            found.update(templar.template(entries[entry]))
    return {**found, **given}
