# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""To which zone the parent zone delegates the name, before the stack has its own.

Later, such a record is drift, which the layer repairs.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.aws_errors import translate
from .._engine.context import Context
from .._engine.errors import FailoverError
from .._route53.names import readable
from .._route53.zones import read_public_zones
from .._route53_zone_delegation.layer import LAYER
from .._route53_zone_delegation.observe import observe
from .._route53_zone_delegation.snapshot import Snapshot
from .._route53_zone_delegation.spec import DelegationSpec
from . import names
from .problem import Problem
from .values import validate


def check_delegation(ctx: Context, options: t.Mapping[str, t.Any], given: t.Mapping[str, t.Any]) -> Problem | None:
    """A problem if the parent zone has records for another zone. The layer's dry run reports failed reads.

    :param options: the module's, as its role passes them.
    """
    params, _errors = validate(LAYER.job.argument_spec, options)
    dry = dataclasses.replace(ctx, params=params, check_mode=True, warn=lambda _text: None)
    try:
        with translate(ctx.region):
            spec: DelegationSpec = LAYER.parse(params, ctx.region)
            # The layer route53_zone checks whose zone it is.
            if read_public_zones(ctx.client("route53"), spec.zone):
                return None
            found = observe(dry, spec)
    except FailoverError:
        return None
    mistake = _mistake(spec, found)
    return Problem(names.source(LAYER.name, "zone", given), *mistake, shared=True) if mistake else None


def _mistake(spec: DelegationSpec, found: Snapshot) -> tuple[str, str] | None:
    """(problem, remedy), or None."""
    parent, zone = readable(spec.parent_zone), readable(spec.zone)
    if found.signer:
        return (
            f"{parent} has a DS record at {zone}: resolvers that validate refuse every answer of a new zone.",
            "If its zone no longer exists, delete it. Otherwise choose another name.",
        )
    if found.delegation and not spec.replace_records:
        servers = ", ".join(readable(name) for name in sorted(found.delegation.values))
        remedy = f"To take the name over, set {LAYER.name}_replace_records: true."
        return (
            f"{parent} delegates {zone} to {servers}, and this account has no such zone: the one there would lose it.",
            f"Choose another name, or delete the record if its zone no longer exists. {remedy}",
        )
    return None
