# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of the delegation. The only reads of this layer."""

from __future__ import annotations

import typing as t

from .._engine.aws_errors import translate
from .._engine.clients import AssumedRole
from .._engine.context import Context
from .._engine.errors import AwsError, ConflictError
from .._engine.retry import retry
from .._route53.names import normalise, readable
from .._route53.records import RecordSet, name_records
from .._route53.zones import Zone, choose, own_zones, read_public_zones, read_records_within
from .snapshot import Snapshot, is_own
from .spec import DelegationSpec, Role, parse

# These are right beside a delegation: DS signs it, and glue is below it.
_BELONGS_TO_A_DELEGATION: t.Final = frozenset({"NS", "DS"})
# How long a role that bootstrap.yml has just made may be unknown to STS (IAM, "Changes that I make are not always
# immediately visible"). A refusal that is meant is told that much later.
_YOUNG_ROLE_SECONDS: t.Final = 10.0


def observe(ctx: Context, spec: DelegationSpec) -> Snapshot:
    """Read the parent zone at the child's name: two calls, one more to assume the role.

    Raises AwsError with what the role needs when it may not be assumed, ConflictError when the parent is missing.
    """
    found = _read_parent(ctx, spec)
    if found is None:
        return Snapshot()
    parent, records = found
    delegation = next((record for record in records if record.type == "NS" and record.name == spec.zone), None)
    signer = next((record for record in records if record.type == "DS" and record.name == spec.zone), None)
    shadowed = tuple(
        record for record in records if record.name != spec.zone or record.type not in _BELONGS_TO_A_DELEGATION
    )
    children = _child_name_servers(ctx, spec) if delegation and not spec.present and not spec.name_servers else ()
    snapshot = Snapshot(
        parent=parent, delegation=delegation, signer=signer, shadowed=shadowed, child_name_servers=children
    )
    _warn(ctx, spec, snapshot)
    return snapshot


def read_early(ctx: Context) -> None:
    """The parent zone, which is the same whichever name servers the child will have."""
    _read_parent(ctx, parse({**ctx.params, "name_servers": [ctx.params["zone"]]}, ctx.region))


def _read_parent(ctx: Context, spec: DelegationSpec) -> tuple[Zone, tuple[RecordSet, ...]] | None:
    """(the parent zone, its records at the child's name and below), None if there is no such zone."""
    key = (spec.owner.prefix, spec.present, spec.role, spec.zone, spec.parent_zone, spec.parent_zone_id)
    return ctx.read(key, lambda: _read(ctx, spec))


def _read(ctx: Context, spec: DelegationSpec) -> tuple[Zone, tuple[RecordSet, ...]] | None:
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
                codes={"AccessDenied"},
                containing="AssumeRole",
                timeout=_YOUNG_ROLE_SECONDS,
            )
    except AwsError as error:
        if error.operation != "AssumeRole" or not error.code.startswith("AccessDenied"):
            raise
        raise AwsError(_not_trusted(ctx, role, error), code=error.code, operation=error.operation) from error


def _not_trusted(ctx: Context, role: Role, error: AwsError) -> str:
    caller = _caller(ctx)
    account = caller.get("Account", "<account of the environment>")
    condition = (
        f' with the condition {{"StringEquals": {{"sts:ExternalId": "{role.external_id}"}}}}'
        if role.external_id
        else ", and if it asks for an external id, external_id must be set"
    )
    return (
        f"{error} {caller.get('Arn', 'The caller')} may not assume {role.arn} (option role_arn, "
        "dns_delegation_role_arn in the inventory) with external_id "
        f"{role.external_id or '(none)'} (dns_delegation_external_id). The role must exist, and its trust policy must "
        f'allow sts:AssumeRole to {{"AWS": "arn:aws:iam::{account}:root"}}{condition}. The caller itself needs '
        "sts:AssumeRole on the role. bootstrap.yml makes the role; docs/bootstrap.md shows both policies."
    )


def _caller(ctx: Context) -> dict[str, t.Any]:
    try:
        with translate(ctx.region):
            return dict(ctx.client("sts").get_caller_identity())
    except AwsError:  # the message is complete enough without it
        return {}


def _parent(client: t.Any, spec: DelegationSpec) -> Zone | None:
    zones = read_public_zones(client, spec.parent_zone)
    if spec.parent_zone_id is None and len(zones) > 1:
        ids = ", ".join(zone.zone_id for zone in zones)
        raise ConflictError(
            f"there are several public zones {readable(spec.parent_zone)} in the parent's account: {ids}. "
            "Set parent_zone_id to the one that its own parent delegates to."
        )
    if zones or spec.parent_zone_id:
        return choose(zones, spec.owner, spec.parent_zone_id)
    if spec.present:
        account = f"the account of {spec.role.arn}" if spec.role else "this account"
        raise ConflictError(
            f"{account} has no public zone {readable(spec.parent_zone)}. Correct parent_zone or role_arn; "
            "bootstrap.yml can create the zone."
        )
    return None


def _child_name_servers(ctx: Context, spec: DelegationSpec) -> tuple[frozenset[str], ...]:
    """The name servers of this stack's zones of the child's name, in the account of the environment."""
    if spec.role is None:
        return ()
    client = ctx.client("route53")
    zones = own_zones(read_public_zones(client, spec.zone), spec.owner)
    answers = [client.get_hosted_zone(Id=zone.zone_id)["DelegationSet"]["NameServers"] for zone in zones]
    return tuple(frozenset(normalise(name) for name in names) for names in answers)


def _warn(ctx: Context, spec: DelegationSpec, snapshot: Snapshot) -> None:
    if spec.present and snapshot.shadowed:
        ctx.warn(
            f"{readable(spec.parent_zone)} has records at or below {readable(spec.zone)} which the delegation hides: "
            f"{name_records(snapshot.shadowed)}. Move them into {readable(spec.zone)}, then delete them."
        )
    if spec.present and snapshot.signer and snapshot.delegation and snapshot.delegation.values != spec.name_servers:
        ctx.warn(
            f"{readable(spec.parent_zone)} has a DS record for {readable(spec.zone)} from before its name servers "
            "changed. If it is not of the new zone's key, resolvers that validate refuse every answer: delete it."
        )
    if not spec.present and snapshot.delegation and not is_own(spec, snapshot, snapshot.delegation):
        servers = ", ".join(readable(name) for name in sorted(snapshot.delegation.values))
        ctx.warn(
            f"The NS record {readable(spec.zone)} in {readable(spec.parent_zone)} points at {servers}, which is not a "
            "zone of this stack, and is left alone. If no zone is behind it any more, delete it: whoever gets a zone "
            "on these name servers would own the name. To have it deleted here, set name_servers to these."
        )
