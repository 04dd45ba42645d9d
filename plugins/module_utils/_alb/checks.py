# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused before the first change, because AWS would refuse it halfway or it would hurt. Pure."""

from __future__ import annotations

import typing as t

from .._engine.errors import ConflictError, SpecError
from .._engine.unknown import is_unknown
from .snapshot import Listener, LoadBalancer, Snapshot, TargetGroup
from .spec import Desired, ListenerSpec, Spec

_REDEPLOY: t.Final = (
    "Set it back; or take this region out (destroy.yml --limit), which moves its users to another, and deploy it again."
)


def check_present(spec: Spec, desired: Desired, snapshot: Snapshot) -> None:
    """Raise ConflictError if something that is not ours has our names, SpecError if an option cannot be fulfilled."""
    if snapshot.load_balancer:
        _check_load_balancer(spec, desired, snapshot.load_balancer)
    if snapshot.target_group:
        _check_target_group(spec, desired, snapshot.target_group)
    _check_subnets(desired, snapshot)


def check_absent(balancer: LoadBalancer | None, target_group: TargetGroup | None) -> None:
    """Raise ConflictError if one of these, which are ours, cannot be deleted."""
    if balancer and balancer.attributes.get("deletion_protection.enabled") == "true":
        raise ConflictError(
            f"the load balancer {balancer.arn} is protected against deletion. "
            "Run state present (site.yml) with deletion_protection (alb_deletion_protection) set to false first."
        )
    ours = {balancer.arn} if balancer else set()
    foreign = set(target_group.load_balancer_arns) - ours if target_group else set()
    if target_group and foreign:
        raise ConflictError(
            f"the target group {target_group.arn} is used by {', '.join(sorted(foreign))}, which is not of this stack. "
            "Remove the listener or rule that forwards to it, then run this again."
        )


def _check_load_balancer(spec: Spec, desired: Desired, found: LoadBalancer) -> None:
    if not spec.owner.owns(found.tags):
        raise _not_ours(spec, "load balancer", found.arn)
    if found.kind != "application" or found.scheme != "internet-facing":
        raise ConflictError(
            f"the load balancer {found.arn} is {found.scheme} and of type {found.kind}, and AWS cannot change that. "
            "Run state absent (destroy.yml --limit), then deploy the region again."
        )
    if found.state == "failed":
        raise ConflictError(
            f"AWS could not set up the load balancer {found.arn}, and it will not work any more. "
            "Run state absent (destroy.yml --limit), then deploy the region again."
        )
    if not is_unknown(desired.vpc_id) and found.vpc_id != desired.vpc_id:
        raise _immutable("vpc_id", desired.vpc_id, f"the load balancer {found.arn} is in {found.vpc_id}")


def _check_target_group(spec: Spec, desired: Desired, found: TargetGroup) -> None:
    if not spec.owner.owns(found.tags):
        raise _not_ours(spec, "target group", found.arn)
    wanted = desired.target_group
    if found.port != wanted.port:
        raise _immutable("target_port", wanted.port, f"the target group {found.arn} has {found.port}")
    if found.protocol != wanted.protocol:
        raise _immutable("target_protocol", wanted.protocol, f"the target group {found.arn} has {found.protocol}")
    if not is_unknown(desired.vpc_id) and found.vpc_id != desired.vpc_id:
        raise _immutable("vpc_id", desired.vpc_id, f"the target group {found.arn} is in {found.vpc_id}")
    kind = (found.target_type, found.protocol_version, found.ip_address_type)
    if kind != ("ip", "HTTP1", "ipv4"):
        raise ConflictError(
            f"the target group {found.arn} is of type {', '.join(kind)} instead of ip, HTTP1, ipv4, and AWS cannot "
            "change that. Run state absent (destroy.yml --limit), then deploy the region again."
        )


def _check_subnets(desired: Desired, snapshot: Snapshot) -> None:
    zones: dict[str, str] = {}
    for subnet in snapshot.subnets:
        if not is_unknown(desired.vpc_id) and subnet.vpc_id != desired.vpc_id:
            raise SpecError("subnet_ids", f"{subnet.id} is in {subnet.vpc_id}, not in {desired.vpc_id}.")
        if subnet.zone in zones:
            raise SpecError(
                "subnet_ids",
                f"{zones[subnet.zone]} and {subnet.id} are both in {subnet.zone}.",
                "A load balancer takes one subnet of a zone.",
            )
        zones[subnet.zone] = subnet.id


def check_listener(spec: Spec, wanted: ListenerSpec, ours: Listener, others: t.Iterable[Listener]) -> None:
    """Raise ConflictError if ours has to move to a port that another listener of the load balancer has."""
    for other in others:
        if other.port == wanted.port:
            raise ConflictError(
                f"{spec.name}: the listener {ours.arn} should move to port {wanted.port}, where the load balancer "
                f"has another one, {other.arn}. Delete that, or choose another listener_port."
            )


def _not_ours(spec: Spec, what: str, arn: str) -> ConflictError:
    return ConflictError(
        f"a {what} named {spec.name!r} exists in {spec.region}, but its tags do not say that it belongs to the stack "
        f"{spec.owner.stack!r} and the environment {spec.owner.environment!r}: {arn}. Names are unique in a region: "
        "choose another stack name, or delete it if nothing uses it."
    )


def _immutable(option: str, wanted: object, found: str) -> SpecError:
    return SpecError(option, f"is {wanted}, but {found}, and AWS cannot change that.", _REDEPLOY)
