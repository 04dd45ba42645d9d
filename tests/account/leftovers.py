# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs have left behind, by its tag or its name. Also what was made by a run that was killed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.account.lab import PREFIX, PURPOSE, Lab
from tests.account.policies import APP, ENVIRONMENT

_BATCH = 20


def find(lab: Lab) -> list[str]:
    """A line for each: what, which, where."""
    found = [*_route53(lab), *_iam(lab), *_buckets(lab)]
    for region in lab.options.regions:
        found += [f"{what} in {region}" for what in (*_network(lab, region), *_entrance(lab, region))]
        found += [f"alarm {name} in {region}" for name in _alarms(lab, region)]
    return sorted(found)


def _pages(lab: Lab, service: str, region: str, operation: str, key: str, **request: Any) -> Iterator[Any]:
    for page in lab.client(service, region).get_paginator(operation).paginate(**request):
        yield from page[key]


def _route53(lab: Lab) -> Iterator[str]:
    for zone in _pages(lab, "route53", "", "list_hosted_zones", "HostedZones"):
        if zone["CallerReference"].startswith(PREFIX):
            yield f"zone {zone['Name']} ({zone['Id'].rpartition('/')[2]})"
    for check in _pages(lab, "route53", "", "list_health_checks", "HealthChecks"):
        if check["CallerReference"].startswith(PREFIX):
            yield f"health check {check['Id']}"


def _iam(lab: Lab) -> Iterator[str]:
    path = f"/{PREFIX.rstrip('-')}/"
    for role in _pages(lab, "iam", "", "list_roles", "Roles", PathPrefix=path):
        yield f"role {role['RoleName']}"
    for policy in _pages(lab, "iam", "", "list_policies", "Policies", Scope="Local", PathPrefix=path):
        yield f"policy {policy['PolicyName']}"


def _buckets(lab: Lab) -> Iterator[str]:
    for bucket in lab.client("s3").list_buckets()["Buckets"]:
        if bucket["Name"].startswith(f"{APP}-{ENVIRONMENT}-{lab.options.account}-"):
            yield f"bucket {bucket['Name']}"


def _network(lab: Lab, region: str) -> Iterator[str]:
    ours = [{"Name": f"tag:{PURPOSE[0]}", "Values": [PURPOSE[1]]}]
    for vpc in _pages(lab, "ec2", region, "describe_vpcs", "Vpcs", Filters=ours):
        yield f"network {vpc['VpcId']}"
    gateways = _pages(lab, "ec2", region, "describe_nat_gateways", "NatGateways", Filters=ours)
    yield from (
        f"NAT gateway {item['NatGatewayId']}" for item in gateways if item["State"] not in ("deleted", "deleting")
    )
    for address in lab.client("ec2", region).describe_addresses(Filters=ours)["Addresses"]:
        yield f"address {address['PublicIp']}"


def _entrance(lab: Lab, region: str) -> Iterator[str]:
    elb = lab.client("elbv2", region)
    kinds = (
        ("load balancer", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
        ("target group", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
    )
    for what, operation, key, arn in kinds:
        arns = [item[arn] for item in _pages(lab, "elbv2", region, operation, key)]
        for start in range(0, len(arns), _BATCH):
            for item in elb.describe_tags(ResourceArns=arns[start : start + _BATCH])["TagDescriptions"]:
                if {"Key": PURPOSE[0], "Value": PURPOSE[1]} in item["Tags"]:
                    yield f"{what} {item['ResourceArn']}"


def _alarms(lab: Lab, region: str) -> Iterator[str]:
    for prefix in (PREFIX, f"{APP}-{ENVIRONMENT}-"):
        for alarm in _pages(lab, "cloudwatch", region, "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix):
            yield alarm["AlarmName"]
