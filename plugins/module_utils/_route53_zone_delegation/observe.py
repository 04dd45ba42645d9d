# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the layer: the parent zone at the child's name, and for a deletion the child's own name servers."""

from __future__ import annotations

import typing as t

from .._engine.context import Context
from .._route53.names import readable
from .._route53.records import name_records
from .resources.name_server_record import is_own
from .resources.name_server_record_calls import read_child_name_servers, read_parent
from .snapshot import Snapshot
from .spec import DelegationSpec

# These are right beside a delegation: DS signs it, and glue is below it.
_BELONGS_TO_A_DELEGATION: t.Final = frozenset({"NS", "DS"})


def observe(ctx: Context, spec: DelegationSpec) -> Snapshot:
    """Read the parent zone at the child's name: two calls, and one to assume the role.

    Raises AwsError with what the role needs if it may not be assumed, ConflictError if the parent zone is missing.
    """
    found = read_parent(ctx, spec)
    if found is None:
        return Snapshot()
    parent, records = found
    delegation = next((record for record in records if record.type == "NS" and record.name == spec.zone), None)
    signer = next((record for record in records if record.type == "DS" and record.name == spec.zone), None)
    shadowed = tuple(
        record for record in records if record.name != spec.zone or record.type not in _BELONGS_TO_A_DELEGATION
    )
    children = read_child_name_servers(ctx, spec) if delegation and spec.absent and not spec.name_servers else ()
    snapshot = Snapshot(
        parent=parent, delegation=delegation, signer=signer, shadowed=shadowed, child_name_servers=children
    )
    _warn(ctx, spec, snapshot)
    return snapshot


def _warn(ctx: Context, spec: DelegationSpec, snapshot: Snapshot) -> None:
    if not spec.absent and snapshot.shadowed and (snapshot.delegation or spec.replace_records):
        ctx.warn(
            f"{readable(spec.parent_zone)} has records at or below {readable(spec.zone)} which the delegation hides: "
            f"{name_records(snapshot.shadowed)}. Move them into {readable(spec.zone)}, then delete them."
        )
    if not spec.absent and snapshot.signer and snapshot.delegation and snapshot.delegation.values != spec.name_servers:
        ctx.warn(
            f"{readable(spec.parent_zone)} has a DS record for {readable(spec.zone)} from before its name servers "
            "changed. If it is not of the new zone's key, resolvers that validate refuse every answer: delete it."
        )
    if spec.absent and snapshot.delegation and not is_own(spec, snapshot, snapshot.delegation):
        servers = ", ".join(readable(name) for name in sorted(snapshot.delegation.values))
        ctx.warn(
            f"The NS record {readable(spec.zone)} in {readable(spec.parent_zone)} points at {servers}, which is not a "
            "zone of this stack, and is left alone. If its zone no longer exists, delete it: whoever gets these "
            "name servers next would own the name. To have it deleted here, set name_servers to these."
        )
