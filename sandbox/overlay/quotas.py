# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas: as high as in a new account, readable and raised through Service Quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.servicequotas.responses import ServiceQuotasResponse

from sandbox.overlay.base import AwsError, Call, World, corrects

# Services with one quota for all regions → the region that has it
_HOMES = {"route53": "us-east-1"}


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota that the local AWS enforces."""

    service: str
    code: str
    name: str
    default: int

    def limit(self, call: Call) -> int:
        """The value in force."""
        return self.limit_in(call.world, call.account, call.region)

    def limit_in(self, world: World, account: str, region: str) -> int:
        """The value in force in a region of an account."""
        return applied(world, account, _HOMES.get(self.service, region)).get(self.code, self.default)

    def keep(self, call: Call, existing: int, refusal: AwsError) -> None:
        """Raise the refusal when there are as many as there may be."""
        if existing >= self.limit(call):
            raise refusal


VPCS = Quota("vpc", "L-F678F1CE", "VPCs per Region", 5)
INTERNET_GATEWAYS = Quota("vpc", "L-A4707A72", "Internet gateways per Region", 5)
NAT_GATEWAYS = Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5)
INTERFACE_ENDPOINTS = Quota("vpc", "L-29B6F2EB", "Interface VPC endpoints per VPC", 50)
ADDRESSES = Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5)
LOAD_BALANCERS = Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", 50)
TARGET_GROUPS = Quota("elasticloadbalancing", "L-B22855CB", "Target Groups per Region", 3000)
RULES = Quota("elasticloadbalancing", "L-7EED9B64", "Rules per Application Load Balancer", 100)
VCPUS = Quota("fargate", "L-3032A538", "Fargate On-Demand vCPU resource count", 6)
SPOT_VCPUS = Quota("fargate", "L-36FBB829", "Fargate Spot vCPU resource count", 6)
# One value for the account, kept in us-east-1.
HEALTH_CHECKS = Quota("route53", "L-ACB674F3", "Health checks", 200)
QUOTAS = (
    *(
        VPCS,
        INTERNET_GATEWAYS,
        NAT_GATEWAYS,
        INTERFACE_ENDPOINTS,
        ADDRESSES,
        LOAD_BALANCERS,
        TARGET_GROUPS,
        RULES,
        VCPUS,
        SPOT_VCPUS,
        HEALTH_CHECKS,
    ),
)


def applied(world: World, account: str, region: str) -> dict[str, int]:
    """The values that are not the default, by code: raised on request, or lower, as young accounts have them."""
    values: dict[str, int] = world.store(dict, "quotas", account, region)
    return values


@corrects(ServiceQuotasResponse, "GetServiceQuota")
def _get(call: Call) -> Any:
    return {"Quota": _describe(call, _find(call))}


@corrects(ServiceQuotasResponse, "GetAWSDefaultServiceQuota")
def _get_default(call: Call) -> Any:
    quota = _find(call)
    return {"Quota": _describe(call, quota) | {"Value": float(quota.default)}}


@corrects(ServiceQuotasResponse, "ListServiceQuotas")
def _list_all(call: Call) -> Any:
    service = call.get("ServiceCode")
    return {"Quotas": [_describe(call, quota) for quota in QUOTAS if quota.service == service]}


@corrects(ServiceQuotasResponse, "RequestServiceQuotaIncrease")
def _increase(call: Call) -> Any:
    quota, value = _find(call), int(float(call.get("DesiredValue")))
    if value <= quota.limit(call):
        raise AwsError("IllegalArgumentException", "The desired value must be greater than the current value.")
    applied(call.world, call.account, call.region)[quota.code] = value
    request = {"Id": quota.code.lower(), "QuotaCode": quota.code, "ServiceCode": quota.service}
    return {"RequestedQuota": request | {"DesiredValue": float(value), "Status": "APPROVED"}}


def _find(call: Call) -> Quota:
    wanted = (call.get("ServiceCode"), call.get("QuotaCode"))
    for quota in QUOTAS:
        if (quota.service, quota.code) == wanted:
            return quota
    raise AwsError("NoSuchResourceException", "The request failed because the specified service does not exist.")


def _describe(call: Call, quota: Quota) -> dict[str, Any]:
    return {
        "ServiceCode": quota.service,
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "QuotaArn": f"arn:aws:servicequotas:{call.region}:{call.account}:{quota.service}/{quota.code}",
        "Value": float(quota.limit(call)),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
