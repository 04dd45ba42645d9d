# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drifts that the stack of tests/integration/equal_work cannot have: of HTTPS, or of what the local AWS has not.

What AWS would answer, and whether a plan made of that answer shows them.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.plan import plan as plan_certificate
from ansible_collections.everlook.failover.plugins.module_utils._alb.plan import plan as plan_balancer
from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.resources import (
    composite_alarm,
    rollout_rule,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources import scaling_policy
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_fields import FIELDS
from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources import nat_gateway, subnet
from ansible_collections.everlook.failover.plugins.module_utils._vpc.snapshot import Snapshot
from tests.unit.acm_certificate import test_plan as certificates
from tests.unit.alb.worlds import deployed, make_spec
from tests.unit.ecs_service.support import applied, spec_of

_SUBNET = {"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/20", "AvailabilityZone": "us-east-1a"}


def _subnet(attribute: str, **answer: t.Any) -> bool:
    found = subnet.parse({**_SUBNET, **answer}).attributes
    return bool(found[attribute] != subnet.ATTRIBUTES[attribute])


def _nat() -> bool:
    owner = Owner(stack="hello", environment="dev", component="dns")
    tags = [{"Key": key, "Value": value} for key, value in owner.tags("nat_gateway/nat-a").items()]
    addresses = [{"AllocationId": "eipalloc-1", "IsPrimary": True}, {"AllocationId": "eipalloc-2", "IsPrimary": False}]
    answer = {"NatGatewayId": "nat-1", "State": "available", "Tags": tags, "NatGatewayAddresses": addresses}
    (sentence,) = nat_gateway.additions(Snapshot(owner=owner, region="us-east-1", nats=(nat_gateway.parse(answer),)))
    return sentence.startswith("nat_gateway/nat-a: ") and "eipalloc-2" in sentence and "eipalloc-1" not in sentence


def _service(name: str, **deployment: t.Any) -> bool:
    """Whether a plan shows a service whose PRIMARY deployment has this."""
    spec = spec_of()
    snapshot = applied(spec)
    assert snapshot.service is not None
    seen = field.read(FIELDS, {"deployments": [{"status": "PRIMARY", **deployment}]})[name]
    service = dataclasses.replace(snapshot.service, values={**snapshot.service.values, name: seen})
    return _shows(spec, dataclasses.replace(snapshot, service=service), "service/main", name)


def _log_key() -> bool:
    spec = spec_of()
    snapshot = applied(spec)
    assert snapshot.log_group is not None
    group = dataclasses.replace(snapshot.log_group, kms_key_arn="arn:aws:kms:us-east-1:111111111111:key/1")
    return _shows(spec, dataclasses.replace(snapshot, log_group=group), "log_group/main", "kms_key_arn")


def _https(name: str, value: t.Any) -> bool:
    """Whether a plan shows an HTTPS listener that has another value."""
    spec = make_spec(certificate_arn="arn:aws:acm:us-east-1:111111111111:certificate/1")
    there = deployed(spec)
    listeners = [
        dataclasses.replace(each, values={**each.values, name: value}) if name in each.values else each
        for each in there.listeners
    ]
    changes = plan_balancer(spec, dataclasses.replace(there, listeners=tuple(listeners))).changes
    return [(change.address, change.reason) for change in changes] == [("listener/https", f"differs in {name}")]


def _certificate_tags() -> bool:
    spec, found = certificates.make_spec(), certificates.make()
    fewer = dataclasses.replace(found, tags={**found.tags, "Name": "renamed"})
    (change,) = plan_certificate(spec, certificates.snapshot(spec, fewer)).changes
    return change.address == "certificate/main" and "tags" in change.reason


def _shows(spec: t.Any, snapshot: t.Any, address: str, reason: str) -> bool:
    return [(change.address, change.reason) for change in plan(spec, snapshot).changes] == [
        (address, f"differs in {reason}")
    ]


def _reads(fields: t.Iterable[field.Field], name: str, answer: dict[str, t.Any], **changed: t.Any) -> bool:
    """Whether what is read of an answer differs in a field, with these members."""
    return bool(field.read(fields, answer)[name] != field.read(fields, {**answer, **changed})[name])


_TRACKED = {
    "TargetValue": 60,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}

UNIT_DRIFTS: t.Final[t.Mapping[str, collections.abc.Callable[[], bool]]] = {
    "unit subnet dns64": lambda: _subnet("enable_dns64", EnableDns64=True),
    "unit subnet aaaa records": lambda: _subnet(
        "enable_resource_name_dns_aaaa_record",
        PrivateDnsNameOptionsOnLaunch={"EnableResourceNameDnsAAAARecord": True},
    ),
    "unit nat gateway addresses": _nat,
    "unit log key": _log_key,
    "unit listener policy": lambda: _https("ssl_policy", "ELBSecurityPolicy-2016-08"),
    "unit listener certificate": lambda: _https("certificate_arn", "arn:aws:acm:us-east-1:111111111111:certificate/2"),
    "unit listener mutual authentication": lambda: _https("mutual_authentication", {"mode": "passthrough"}),
    "unit certificate tags": _certificate_tags,
    "unit service connect": lambda: _service("service_connect", serviceConnectConfiguration={"enabled": True}),
    "unit service lattice": lambda: _service("vpc_lattice", vpcLatticeConfigurations=[{"portName": "http"}]),
    "unit scaling by another metric": lambda: _reads(
        scaling_policy.FIELDS, "metric", _TRACKED, PredefinedMetricSpecification=None
    ),
    # Such a policy has no configuration of the other kind.
    "unit scaling in steps": lambda: (
        field.read(scaling_policy.FIELDS, {})["metric"] != field.read(scaling_policy.FIELDS, _TRACKED)["metric"]
    ),
    "unit rule role": lambda: _reads(rollout_rule.FIELDS, "role_arn", {}, RoleArn="arn:aws:iam::111111111111:role/x"),
    "unit alarm suppressor": lambda: _reads(composite_alarm.FIELDS, "suppressor", {}, ActionsSuppressor="quiet"),
    "unit service volumes": lambda: _service("volumes", volumeConfigurations=[{"name": "data"}]),
}
