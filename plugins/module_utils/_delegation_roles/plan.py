# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes that converge the roles. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import MANAGED_BY
from .._engine.errors import ConflictError, SpecError
from .._engine.plan import Change, Plan
from .._resources.role import Role, plan_role, plan_role_deletion
from .spec import PREFIX, Environment, RolesSpec, role_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What was observed.

    :param roles: those with names that begin with PREFIX, by name.
    """

    zone_id: str
    roles: t.Mapping[str, Role]

    def left(self, spec: RolesSpec) -> list[str]:
        """Environments that are not in the spec, although this collection has made their roles."""
        listed = {environment.role_name for environment in spec.environments}
        ours = [name for name, role in self.roles.items() if _is_ours(name, role)]
        return sorted(name.removeprefix(PREFIX) for name in ours if name not in listed)


def _is_ours(name: str, role: Role) -> bool:
    tags = (role.tags.get("ManagedBy"), role.tags.get("Resource"))
    return tags == (MANAGED_BY, f"role/{name}")


def plan(spec: RolesSpec, snapshot: Snapshot) -> Plan:
    """The plan. Raises ConflictError for others' role, and SpecError if a role to remove does not exist."""
    left = snapshot.left(spec)
    unknown = [name for name in spec.remove if name not in left]
    if unknown:
        raise SpecError(
            "remove",
            f"this collection has made no role for {', '.join(unknown)}.",
            f"There are roles of environments that are not in the inventory for: {', '.join(left) or 'none'}.",
        )
    found = [change for environment in spec.environments for change in _converge(spec, snapshot, environment)]
    found += [
        plan_role_deletion(name, snapshot.roles[PREFIX + name], reason="its environment is not in the inventory")
        for name in spec.remove
    ]
    return Plan(changes=tuple(found), waits=())


def _converge(spec: RolesSpec, snapshot: Snapshot, environment: Environment) -> tuple[Change, ...]:
    observed = snapshot.roles.get(environment.role_name)
    role = role_of(
        environment, spec.domain, snapshot.zone_id, boundary=observed.settings.boundary if observed else None
    )
    if observed and not role.owner.owns(observed.tags):
        if not spec.adopt:
            raise ConflictError(
                f"The account has a role {environment.role_name} that bootstrap.yml did not make. Delete it, or set "
                "management_adopt_roles to true to have its policies replaced."
            )
        return plan_role(role, observed, adopt=True)
    return plan_role(role, observed)
