# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer alb."""

from __future__ import annotations

import typing as t

from .._aws import untagged
from .._engine.known import Known
from .._engine.layer import Layer
from .._resources import security_group_calls
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .plan import RESOURCES, plan
from .resources import (
    listener,
    listener_calls,
    load_balancer,
    load_balancer_calls,
    log_bucket,
    log_bucket_calls,
    security_group,
    web_acl_association_calls,
)
from .snapshot import Snapshot
from .spec import Spec, parse


def left(spec: Spec, snapshot: Snapshot) -> list[dict[str, str]]:
    """Untagged resources with the layer's names."""
    if not spec.absent:
        return []
    # The name alone does not identify a group of another network.
    known = security_group.description(spec.owner)
    found = [(security_group.ADDRESS, group.id, group.tags) for group in snapshot.groups if group.description == known]
    if snapshot.load_balancer:
        found.append((load_balancer.ADDRESS, snapshot.load_balancer.arn, snapshot.load_balancer.tags))
    if snapshot.log_bucket:
        found.append((log_bucket.ADDRESS, snapshot.log_bucket.name, snapshot.log_bucket.tags))
    return untagged.describe(spec.owner, found)


def outputs(spec: Spec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's return values; none if the state is absent."""
    if spec.absent:
        return {}
    retiring = listener.retiring(spec, snapshot)
    return {
        "load_balancer_arn": known.describe(load_balancer.ADDRESS),
        "load_balancer_name": spec.name,
        "dns_name": known.describe(load_balancer.ADDRESS, "dns_name"),
        "canonical_hosted_zone_id": known.describe(load_balancer.ADDRESS, "hosted_zone_id"),
        # The one that services use: HTTPS if there is one.
        "listener_arn": known.describe(listener.address(spec.listeners[-1].name)),
        "listener_arns": {each.name: known.describe(listener.address(each.name)) for each in spec.listeners},
        "retiring_listener_arn": retiring.arn if retiring and retiring.rules else "",
        "verifies_clients_later": any(
            listener.until_later(spec, each, snapshot) is not each for each in spec.listeners
        ),
        "security_group_id": known.describe(security_group.ADDRESS),
        "log_bucket": log_bucket.name_of(spec, snapshot.account) if spec.log_bucket else "",
    }


LAYER: t.Final = Layer(
    name="alb",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    plan=plan,
    outputs=outputs,
    resources=RESOURCES,
    untagged=left,
    calls=(
        security_group_calls.CALLS,
        log_bucket_calls.CALLS,
        load_balancer_calls.CALLS,
        listener_calls.CALLS,
        web_acl_association_calls.CALLS,
    ),
)
