# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer alb."""

from __future__ import annotations

import typing as t

from .._engine.known import Known
from .._engine.layer import Layer
from .._engine.readings import Early
from . import addresses
from .apply import HANDLERS
from .observe import observe, read_early
from .options import OPTIONS, REQUIRED_IF
from .plan import plan
from .snapshot import Snapshot
from .spec import Spec, parse


def identify(snapshot: Snapshot) -> t.Mapping[str, t.Mapping[str, str]]:
    """What is known before any change."""
    return snapshot.ours


def outputs(spec: Spec, _snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's return values; none of them if nothing should exist."""
    if spec.desired is None:
        return {}
    return {
        "load_balancer_arn": known.describe(addresses.LOAD_BALANCER),
        "load_balancer_name": spec.name,
        "dns_name": known.describe(addresses.LOAD_BALANCER, "dns_name"),
        "canonical_hosted_zone_id": known.describe(addresses.LOAD_BALANCER, "hosted_zone_id"),
        "target_group_arn": known.describe(addresses.TARGET_GROUP),
        "target_group_name": spec.name,
        "listener_arn": known.describe(addresses.listener("http")),
        "security_group_id": known.describe(addresses.SECURITY_GROUP),
    }


LAYER: t.Final = Layer(
    name="alb",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    early=Early(options=("stack", "environment", "state"), read=read_early),
    plan=plan,
    identify=identify,
    outputs=outputs,
    handlers=HANDLERS,
)
