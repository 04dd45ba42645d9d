# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls for the delegation: one record, in the parent's account."""

from __future__ import annotations

import typing as t

from ..._engine.assumed_role import AssumedRole
from ..._engine.aws_errors import REFUSALS, translate
from ..._engine.context import Context
from ..._engine.errors import AwsError, ConflictError
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from ..._engine.retry import retry
from ..._route53.changes import insync, submit
from ..._route53.names import normalise, readable
from ..._route53.records import RecordSet
from ..._route53.zones import Zone, choose, own_zones, read_public_zones, read_records_within
from ..spec import DelegationSpec, Role
from .name_server_record import ADDRESS, KIND, PARENT, WAIT_KIND, DelegationChange

# How long STS may not know a new role of bootstrap.yml (IAM, "Changes that I make are not always immediately visible").
# A final refusal is reported after that time; a dry run does not wait.
_YOUNG_ROLE_SECONDS: t.Final = 10.0


def read_parent(ctx: Context, spec: DelegationSpec) -> tuple[Zone, tuple[RecordSet, ...]] | None:
    """(the parent zone, its records at the child's name and below); None if there is no such zone."""
    client = parent_client(ctx, spec.role)
    parent = _parent(client, spec)
    return None if parent is None else (parent, read_records_within(client, parent.zone_id, spec.zone))


def parent_client(ctx: Context, role: Role | None) -> t.Any:
    """The client for Route 53 in the parent's account. Raises AwsError."""
    if role is None:
        return ctx.client("route53")
    assumed = AssumedRole(role.arn, role.session_name, role.external_id)
    try:
        with translate(ctx.region):
            return retry(
                ctx,
                lambda: ctx.client("route53", role=assumed),
                codes=REFUSALS,
                containing="AssumeRole",
                timeout=0 if ctx.check_mode else _YOUNG_ROLE_SECONDS,
            )
    except AwsError as error:
        if error.operation != "AssumeRole" or not error.refused:
            raise
        message = _not_trusted(ctx, role)
        raise AwsError(message, code=error.code, operation=error.operation, option="role_arn", refused=True) from error


def _not_trusted(ctx: Context, role: Role) -> str:
    caller = _caller(ctx)
    account = caller.get("Account", "<account of the environment>")
    condition = (
        f' with the condition {{"StringEquals": {{"sts:ExternalId": "{role.external_id}"}}}}'
        if role.external_id
        else ", and if it requires an external ID, external_id must be set"
    )
    return (
        f"AssumeRole in {ctx.region}: AccessDenied: {caller.get('Arn', 'the caller')} may not assume {role.arn}. AWS "
        "does not say which of these fails. The role exists (role_arn, dns_delegation_role_arn in the inventory); its "
        f'trust policy allows sts:AssumeRole to {{"AWS": "arn:aws:iam::{account}:root"}}{condition} (external_id, '
        "dns_delegation_external_id); the caller itself may call sts:AssumeRole on it. bootstrap.yml makes the role, "
        "docs/bootstrap.md shows both policies, and a role that was just made takes some seconds."
    )


def _caller(ctx: Context) -> dict[str, t.Any]:
    try:
        with translate(ctx.region):
            return dict(ctx.client("sts").get_caller_identity())
    except AwsError:  # the message is useful without it
        return {}


def _parent(client: t.Any, spec: DelegationSpec) -> Zone | None:
    zones = read_public_zones(client, spec.parent_zone)
    if spec.parent_zone_id is None and len(zones) > 1:
        ids = ", ".join(zone.zone_id for zone in zones)
        raise ConflictError(
            f"there are several public zones {readable(spec.parent_zone)} in the parent's account: {ids}. "
            "Set parent_zone_id to the one that its own parent delegates to.",
            option="parent_zone_id",
        )
    if zones or spec.parent_zone_id:
        return choose(zones, spec.owner, spec.parent_zone_id, option="parent_zone_id")
    if not spec.absent:
        account = f"the account of {spec.role.arn}" if spec.role else "this account"
        raise ConflictError(
            f"{account} has no public zone {readable(spec.parent_zone)}. Correct parent_zone or role_arn; "
            "bootstrap.yml can create the zone.",
            option="parent_zone",
        )
    return None


def read_child_name_servers(ctx: Context, spec: DelegationSpec) -> tuple[frozenset[str], ...]:
    """The name servers of the stack's zones of the child's name, in the environment's account."""
    if spec.role is None:
        return ()
    client = ctx.client("route53")
    zones = own_zones(read_public_zones(client, spec.zone), spec.owner)
    answers = [client.get_hosted_zone(Id=zone.zone_id)["DelegationSet"]["NameServers"] for zone in zones]
    return tuple(frozenset(map(normalise, names)) for names in answers)


def write(ctx: Context, change: Change, known: Known) -> None:
    """ChangeResourceRecordSets in the parent zone."""
    data: DelegationChange = change.data
    client = parent_client(ctx, data.role)
    change_id = submit(ctx, client, known.get(PARENT), data.changes, comment=data.comment)
    known.put(ADDRESS, change_id=change_id)


def is_insync(ctx: Context, wait: Wait, known: Known) -> str | None:
    """GetChange."""
    return insync(parent_client(ctx, wait.data), known.get(ADDRESS, "change_id"))


CALLS: t.Final = Calls(kind=KIND, create=write, update=write, delete=write, waits={WAIT_KIND: is_insync})
