# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load balancer. Pure; the calls are in the sister file.

Sources of the fields: API references CreateLoadBalancer and LoadBalancerAttribute of Elastic Load Balancing.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import create_tagged, repair
from ..._aws.validation import check_range
from ..._engine.changes import delete
from ..._engine.errors import ConflictError, SpecError
from ..._engine.field import Answer, Field, attribute, attribute_value, parameter, read
from ..._engine.plan import Change, Step, Wait
from ..._engine.resource import Resource
from ..._engine.unknown import is_unknown
from ..._resources.network_interface import PATIENCE
from . import log_bucket, security_group

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "load_balancer"
ADDRESS: t.Final = f"{KIND}/main"
# Kinds of waits.
ACTIVE: t.Final = "load_balancer_active"
INTERFACES_GONE: t.Final = "network_interfaces_gone"
LOGS: t.Final = ("access_logs", "connection_logs", "health_check_logs")

# Each is set by a call of its own.
SETTINGS: t.Final = (
    Field(
        name="subnet_ids",
        read=lambda answer: sorted(zone["SubnetId"] for zone in answer.get("AvailabilityZones", ())),
        write=lambda ids: {"Subnets": ids},
    ),
    Field(
        name="security_group_ids",
        read=lambda answer: sorted(answer.get("SecurityGroups", ())),
        write=lambda ids: {"SecurityGroups": ids},
    ),
    parameter("ip_address_type", "IpAddressType", "ipv4"),
)
PARAMETERS: t.Final = (
    *SETTINGS,
    parameter("scheme", "Scheme", immutable=True),
    parameter("type", "Type", immutable=True),
)
_FIXED: t.Final = {"scheme": "internet-facing", "type": "application"}
ATTRIBUTES: t.Final = (
    attribute("deletion_protection", "deletion_protection.enabled", "false"),
    attribute("idle_timeout", "idle_timeout.timeout_seconds", "60"),
    attribute("client_keep_alive", "client_keep_alive.seconds", "3600"),
    attribute("http2", "routing.http2.enabled", "true"),
    # The option's default is stricter than AWS's (Security Hub control ELB.4).
    attribute("drop_invalid_header_fields", "routing.http.drop_invalid_header_fields.enabled", "false"),
    attribute("desync_mitigation_mode", "routing.http.desync_mitigation_mode", "defensive"),
    attribute("preserve_host_header", "routing.http.preserve_host_header.enabled", "false"),
    attribute("xff_header_processing_mode", "routing.http.xff_header_processing.mode", "append"),
    attribute("xff_client_port", "routing.http.xff_client_port.enabled", "false"),
    attribute("tls_headers", "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false"),
    attribute("waf_fail_open", "waf.fail_open.enabled", "false"),
    attribute("zonal_shift", "zonal_shift.config.enabled", "false"),
    *(attribute(f"{log}.enabled", f"{log}.s3.enabled", "false") for log in LOGS),
    *(attribute(f"{log}.{part}", f"{log}.s3.{part}", "") for log in LOGS for part in ("bucket", "prefix")),
)
_LIMITS: t.Final = {"idle_timeout": (1, 4000), "client_keep_alive": (60, 604800)}
_REDEPLOY: t.Final = "Run state absent (destroy.yml --limit), then deploy the region again."


def parse_attributes(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The wanted attributes, by the names of their fields. Raises SpecError."""
    for option, limits in _LIMITS.items():
        check_range(option, params[option], *limits)
    values = {field.name: attribute_value(params[field.name]) for field in ATTRIBUTES if field.name in params}
    making = params["log_bucket"] is not None
    for log in LOGS:
        values |= _parse_log(log, params[log], making=making)
    if making and all(params[log] is None for log in LOGS):
        # A bucket without any log options is for access logs.
        values |= {"access_logs.enabled": "true", "access_logs.bucket": "", "access_logs.prefix": ""}
    return values


def _parse_log(log: str, options: t.Mapping[str, t.Any] | None, *, making: bool) -> dict[str, str]:
    """The log's attributes; the name of the layer's own bucket, which needs the account's id, is left empty."""
    if options is None:
        # AWS may keep the former bucket and prefix: they are not compared.
        return {f"{log}.enabled": "false"}
    prefix = (options["prefix"] or "").strip("/")
    if "AWSLogs" in prefix:
        raise SpecError(f"{log}.prefix", "must not contain AWSLogs.", "AWS adds that part itself.")
    if not options["bucket"] and not making:
        raise SpecError(
            f"{log}.bucket", "is required without log_bucket.", "Name a bucket, or let log_bucket make one."
        )
    return {f"{log}.enabled": "true", f"{log}.bucket": options["bucket"] or "", f"{log}.prefix": prefix}


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """A load balancer as observed.

    :param state: ``active``, ``provisioning``, ``active_impaired`` or ``failed``.
    :param values: by the names of the fields.
    """

    arn: str
    dns_name: str
    hosted_zone_id: str
    vpc_id: str
    state: str
    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def parse(item: Answer) -> LoadBalancer:
    """From DescribeLoadBalancers, which omits attributes and tags."""
    return LoadBalancer(
        arn=item["LoadBalancerArn"],
        dns_name=item.get("DNSName", ""),
        hosted_zone_id=item.get("CanonicalHostedZoneId", ""),
        vpc_id=item.get("VpcId", ""),
        state=item["State"]["Code"],
        values=read(PARAMETERS, item),
    )


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The stack's load balancer."""
    found = snapshot.load_balancer
    if found is None or not snapshot.spec.owner.owns(found.tags):
        return {}
    return {ADDRESS: {"id": found.arn, "dns_name": found.dns_name, "hosted_zone_id": found.hosted_zone_id}}


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """Its change, and the wait after it.

    Raises ConflictError if it is not the stack's or cannot be changed, SpecError if an option cannot be met.
    """
    if spec.absent:
        yield from _plan_absent(spec, snapshot)
        return
    found = snapshot.load_balancer
    if found:
        _check(spec, found)
    _check_subnets(spec, snapshot)
    yield _plan_change(spec, snapshot, security_group.current_id(spec, snapshot))
    if not found or not found.state.startswith("active"):
        yield _wait(spec, ACTIVE, f"load balancer {spec.name} to be active")


def _plan_change(spec: Spec, snapshot: Snapshot, group_id: str) -> Change | None:
    found = snapshot.load_balancer
    wanted: dict[str, t.Any] = {
        "subnet_ids": list(spec.subnet_ids),
        "security_group_ids": [group_id],
        "ip_address_type": spec.ip_address_type,
        **spec.attributes,
        **{f"{log}.bucket": log_bucket.name_of(spec, snapshot.account) for log in spec.made_logs},
    }
    needs = {security_group.ADDRESS, log_bucket.ADDRESS}
    if found is None:
        return create_tagged(spec.owner, ADDRESS, {**wanted, **_FIXED}, shown={"name": spec.name}, needs=needs)
    return repair(spec.owner, ADDRESS, found, found.values, wanted, needs=needs)


def _plan_absent(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step]:
    found = snapshot.load_balancer
    if found and spec.owner.owns(found.tags):
        if found.values.get("deletion_protection") == "true":
            raise ConflictError(
                f"the load balancer {found.arn} is protected against deletion. "
                "Run state present (site.yml) with deletion_protection (alb_deletion_protection) set to false first."
            )
        if snapshot.services:
            raise ConflictError(
                f"the load balancer {found.arn} can only be deleted once this stack's services are: it still sends to "
                f"the target groups {', '.join(snapshot.services)}. Delete those services first (ecs_service with "
                "state absent)."
            )
        # AWS deletes other listeners with it.
        listeners = {item.tags.get("Resource", "") for item in snapshot.listeners if spec.owner.owns(item.tags)}
        yield delete(ADDRESS, {"name": spec.name, "dns_name": found.dns_name}, data=found, needs=listeners)
    else:
        groups = {group.id for group in snapshot.groups if spec.owner.owns(group.tags)}
        used = sorted(groups.intersection(found.values["security_group_ids"])) if found else []
        if found and used:
            what = f"{found.arn} uses the security group {', '.join(used)}, which should be deleted"
            raise untagged.conflict(spec.owner, ADDRESS, what, "take that group off it")
        if not groups:
            return
    gone = _wait(spec, INTERFACES_GONE, f"network interfaces of load balancer {spec.name} to be gone")
    yield dataclasses.replace(gone, timeout=PATIENCE * gone.timeout)


def _wait(spec: Spec, kind: str, what: str) -> Wait:
    needs = frozenset({ADDRESS})
    return Wait(kind=kind, name="main", what=what, timeout=spec.wait_timeout, needs=needs, data=spec.name)


def _check(spec: Spec, found: LoadBalancer) -> None:
    if not spec.owner.owns(found.tags):
        what = f"{found.arn} has the name {spec.name!r} in {spec.region}"
        raise untagged.conflict(spec.owner, ADDRESS, what)
    scheme, kind = found.values["scheme"], found.values["type"]
    if {"scheme": scheme, "type": kind} != _FIXED:
        raise ConflictError(
            f"the load balancer {found.arn} is {scheme} and of type {kind}, and AWS cannot change that. {_REDEPLOY}"
        )
    if found.state == "failed":
        raise ConflictError(f"AWS could not set up the load balancer {found.arn}, and it cannot recover. {_REDEPLOY}")
    if not is_unknown(spec.vpc_id) and found.vpc_id != spec.vpc_id:
        raise SpecError(
            "vpc_id",
            f"is {spec.vpc_id}, but the load balancer {found.arn} is in {found.vpc_id}, and AWS cannot change that.",
            "Set it back; or take this region out (destroy.yml --limit), which moves its users to another, and deploy "
            "it again.",
        )


def _check_subnets(spec: Spec, snapshot: Snapshot) -> None:
    zones: dict[str, str] = {}
    for subnet in snapshot.subnets:
        if not is_unknown(spec.vpc_id) and subnet.vpc_id != spec.vpc_id:
            raise SpecError("subnet_ids", f"{subnet.id} is in {subnet.vpc_id}, not in {spec.vpc_id}.")
        if subnet.zone in zones:
            raise SpecError(
                "subnet_ids",
                f"{zones[subnet.zone]} and {subnet.id} are both in {subnet.zone}.",
                "A load balancer takes one subnet of a zone.",
            )
        if spec.ip_address_type == "dualstack" and not subnet.has_ipv6:
            raise SpecError(
                "ip_address_type", f"{subnet.id} has no IPv6 network, so it cannot be dualstack.", "Use ipv4."
            )
        zones[subnet.zone] = subnet.id


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)
