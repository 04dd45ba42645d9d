# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""delegation_roles: converges the roles, and reports those of environments that are not in the inventory."""

from __future__ import annotations

import functools
import typing as t

from .._engine.apply import apply
from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.gather import gather
from .._engine.job import Job
from .._engine.known import Known
from .._engine.layer import describe
from .._engine.plan import Action, Change
from .._engine.resource import handlers_of
from .._resources.role_calls import CALLS, find_role
from .._route53.zones import names_of, read_public_zones
from .options import OPTIONS, REQUIRED_IF
from .plan import Snapshot, plan
from .spec import PREFIX, RolesSpec, parse

_SIGNS: t.Final = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}


def run(ctx: Context) -> dict[str, t.Any]:
    """Return the module's result. Raises FailoverError."""
    spec = parse(ctx.params)
    _check_account(ctx, spec)
    snapshot = Snapshot(zone_id=_zone_id(ctx, spec), roles=_read_roles(ctx, spec))
    steps = plan(spec, snapshot)
    if not ctx.check_mode:
        apply(ctx, steps, handlers_of((CALLS,)), Known("global", {}))
    left = [name for name in snapshot.left(spec) if name not in spec.remove]
    return {
        **describe(steps.changes),
        "roles": _roles(spec),
        "left": left,
        "summary": _summary(spec, steps.changes, left, check_mode=ctx.check_mode),
    }


def _check_account(ctx: Context, spec: RolesSpec) -> None:
    """Raises ConflictError if the credentials belong to another account (STS, GetCallerIdentity)."""
    caller = ctx.client("sts").get_caller_identity()
    if caller["Account"] != spec.account_id:
        raise ConflictError(
            f"management_account_id is {spec.account_id}, and the credentials are those of {caller['Arn']}. Use "
            "credentials of the management account (AWS_PROFILE), or correct the variable."
        )


def _zone_id(ctx: Context, spec: RolesSpec) -> str:
    """The parent zone's id. Raises ConflictError if there is none, or several."""
    if spec.zone_id:
        return spec.zone_id
    zones = read_public_zones(ctx.client("route53"), spec.domain)
    if not zones:
        raise ConflictError(
            f"The account has no public zone {spec.domain}. Correct management_domain, or set management_create_zone "
            "to true and enter the zone at the registrar."
        )
    if len(zones) > 1:
        raise ConflictError(
            f"The account has several public zones of one name: {names_of(zones)}. Set management_zone_id to the one "
            "that the registrar names."
        )
    return zones[0].zone_id


def _read_roles(ctx: Context, spec: RolesSpec) -> dict[str, t.Any]:
    """The roles by name. ListRoles returns no tags, so each role is read."""
    pages = ctx.client("iam").get_paginator("list_roles").paginate()
    names = [role["RoleName"] for page in pages for role in page["Roles"] if role["RoleName"].startswith(PREFIX)]
    wanted = dict.fromkeys([*names, *(environment.role_name for environment in spec.environments)])
    found = gather({name: functools.partial(find_role, ctx, name) for name in wanted})
    return {name: role for name, role in found.items() if role is not None}


def _roles(spec: RolesSpec) -> list[dict[str, str]]:
    return [
        {
            "environment": environment.name,
            "role_arn": f"arn:aws:iam::{spec.account_id}:role/{environment.role_name}",
            "external_id": environment.external_id,
        }
        for environment in spec.environments
    ]


def _summary(spec: RolesSpec, changes: t.Sequence[Change], left: t.Sequence[str], *, check_mode: bool) -> list[str]:
    """For people."""
    text = [f"  {_SIGNS[change.action]} {change.address} ({change.reason})" for change in changes]
    verb = "would change" if check_mode else "were changed"
    lines = [f"{len(changes)} roles {verb}:" if changes else f"No roles {verb}.", *text]
    for role in _roles(spec):
        lines += [
            f"inventories/{role['environment']}/group_vars/all.yml takes",
            f"  dns_delegation_role_arn: {role['role_arn']}",
            f"  dns_delegation_external_id: {role['external_id']}",
        ]
    return lines + [
        f"{name} is not in management_environments, and its role {PREFIX}{name} still exists. When the environment is "
        f"taken down, delete the role with -e remove={name}."
        for name in left
    ]


JOB: t.Final = Job(name="delegation_roles", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
