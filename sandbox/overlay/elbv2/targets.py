# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets and their health, from registration until they have drained."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from moto.elbv2.responses import ELBV2Response

from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.elbv2.common import active_from, group_of, used_since

Key = tuple[str, int]
# Real seconds: several times as long as load balancers take to stop using a target
_LEAST_DRAINING = 0.5


@dataclass(slots=True)
class Target:
    """A registered target and its times on the world's clock."""

    address: str
    port: int
    since: float
    draining_until: float | None = None
    # The verdict of the data plane's prober; None until it has one
    seen: Health | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a target with AWS's reason code and description."""

    state: str
    reason: str = ""
    description: str = ""


HEALTHY = Health("healthy")
_DRAINING = Health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
_REGISTERING = Health("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
_CHECKING = Health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
_MISMATCH = Health("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")
_FAILED = Health("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
_NOT_USED = Health(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
_NOT_IN_ZONE = Health(
    "unused", "Target.NotInUse", "Target is in an Availability Zone that is not enabled for the load balancer"
)
_NOT_REGISTERED = Health("unused", "Target.NotRegistered", "Target is not registered to the target group")


def registered(world: World, group_arn: str) -> dict[Key, Target]:
    """The targets of a group, including draining ones."""
    targets: dict[Key, Target] = world.store(dict, "targets", group_arn)
    for key, target in list(targets.items()):
        if target.draining_until is not None and target.draining_until <= world.moment():
            del targets[key]
    return targets


def broken(world: World, account: str, region: str) -> set[str]:
    """The addresses whose containers never answer, set by what runs them."""
    return world.store(set, "broken", account, region)


def register(world: World, group: Any, address: str, port: int) -> None:
    """Register a target; again is no change, and ends draining."""
    targets = registered(world, group.arn)
    known = targets.get((address, port))
    if known is None or known.draining_until is not None:
        targets[address, port] = Target(address, port, world.moment())


def deregister(world: World, group: Any, address: str, port: int | None = None) -> None:
    """Let a target drain; without a port, every one with that address."""
    for target in registered(world, group.arn).values():
        if target.address == address and port in (None, target.port) and target.draining_until is None:
            delay = group.attributes.get("deregistration_delay.timeout_seconds", "300")
            wait = draining_seconds(world) if int(delay) else 0.0
            target.draining_until = world.moment() + wait


def draining_seconds(world: World) -> float:
    """How long a target drains: with real traffic at least until that goes elsewhere, at any speed."""
    return max(world.timings.of("target_draining"), _LEAST_DRAINING if world.addresses else 0.0)


def health(world: World, elb: Any, group: Any, target: Target) -> Health:
    """The current health of a target."""
    if target.draining_until is not None:
        return _DRAINING
    unready = _unready(world, elb, group, target)
    if unready is not None:
        return unready
    if target.address in broken(world, group.account_id, group.region_name):
        return _FAILED
    if not world.observations.healthy("target", target.address):
        return _MISMATCH
    return HEALTHY if world.addresses is None else target.seen or _CHECKING


def _unready(world: World, elb: Any, group: Any, target: Target) -> Health | None:
    """Why the load balancer cannot have judged a target yet."""
    balancers = [elb.load_balancers[arn] for arn in group.load_balancer_arns if arn in elb.load_balancers]
    if not balancers:
        return _NOT_USED
    zone = zone_of(elb.ec2_backend, group.vpc_id, target.address)
    if zone and all(zone not in [place.zone_name for place in known.availability_zones] for known in balancers):
        return _NOT_IN_ZONE
    ready = max(target.since, used_since(world).get(group.arn, 0.0))
    active = min(active_from(world).get(balancer.arn, 0.0) for balancer in balancers)
    if active > world.moment():
        return _REGISTERING
    if world.addresses is None and max(ready, active) + world.timings.of("target_initial") > world.moment():
        return _CHECKING
    return None


def zone_of(ec2: Any, vpc_id: str, address: str) -> str:
    """The zone of the subnet an address of the VPC is in; empty when it is in none."""
    wanted = ipaddress.ip_address(address)
    # Not DescribeSubnets: the data plane calls this for each target ten times a second.
    subnets = (subnet for zone in ec2.subnets.values() for subnet in zone.values())
    return next(
        (str(found.availability_zone) for found in subnets if found.vpc_id == vpc_id and wanted in found.cidr), ""
    )


@corrects(ELBV2Response, "RegisterTargets")
def _register_targets(call: Call) -> Any:
    group = group_of(call)
    if group.target_type != "ip":
        return call.proceed()
    for target in call.get("Targets") or []:
        _check_address(target["Id"])
        register(call.world, group, target["Id"], int(target.get("Port") or group.port))
    return {}


@corrects(ELBV2Response, "DeregisterTargets")
def deregister_targets(call: Call) -> Any:
    """DeregisterTargets: an unregistered target is no error."""
    group = group_of(call)
    if group.target_type != "ip":
        return call.proceed()
    for target in call.get("Targets") or []:
        deregister(call.world, group, target["Id"], target.get("Port") and int(target["Port"]))
    return {}


@corrects(ELBV2Response, "DescribeTargetHealth")
def describe(call: Call) -> Any:
    """DescribeTargetHealth."""
    group = group_of(call)
    if group.target_type != "ip":
        return call.proceed()
    targets = registered(call.world, group.arn)
    wanted = [(target["Id"], int(target.get("Port") or group.port)) for target in call.get("Targets") or []]
    return {"TargetHealthDescriptions": [_describe(call, group, key) for key in wanted or targets]}


def _describe(call: Call, group: Any, key: Key) -> dict[str, Any]:
    address, port = key
    known = registered(call.world, group.arn).get(key)
    found = health(call.world, call.backend, group, known) if known else _NOT_REGISTERED
    described: dict[str, Any] = {"Target": {"Id": address, "Port": port}, "TargetHealth": {"State": found.state}}
    zone = zone_of(call.backend.ec2_backend, group.vpc_id, address)
    if zone:
        described["Target"]["AvailabilityZone"] = zone
    check_port = group.health_check_port
    described["HealthCheckPort"] = str(port) if check_port == "traffic-port" else check_port
    if found.reason:
        described["TargetHealth"] |= {"Reason": found.reason, "Description": found.description}
    return described


def _check_address(address: str) -> None:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        message = f"The IP address '{address}' is not a valid IPv4 address"
        raise AwsError("ValidationError", message) from None
