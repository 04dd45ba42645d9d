# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas: as high as in a new account, readable and raised through Service Quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.servicequotas.responses import ServiceQuotasResponse

from sandbox.overlay.base import AwsError, Call, World, override


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota that the local AWS enforces."""

    service: str
    code: str
    name: str
    default: int


VPCS = Quota("vpc", "L-F678F1CE", "VPCs per Region", 5)
INTERNET_GATEWAYS = Quota("vpc", "L-A4707A72", "Internet gateways per Region", 5)
NAT_GATEWAYS = Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5)
ADDRESSES = Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5)
LOAD_BALANCERS = Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", 50)
QUOTAS = (VPCS, INTERNET_GATEWAYS, NAT_GATEWAYS, ADDRESSES, LOAD_BALANCERS)


def limit(world: World, account: str, region: str, quota: Quota) -> int:
    """The value in force of a quota."""
    raised: dict[str, int] = world.store(dict, "quotas", account, region)
    return raised.get(quota.code, quota.default)


class ServiceQuotas:
    """The operations of Service Quotas. An increase is granted at once."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get(self, call: Call) -> Any:
        """GetServiceQuota."""
        return {"Quota": self._describe(call, self._find(call))}

    def get_default(self, call: Call) -> Any:
        """GetAWSDefaultServiceQuota."""
        quota = self._find(call)
        return {"Quota": self._describe(call, quota) | {"Value": float(quota.default)}}

    def list_all(self, call: Call) -> Any:
        """ListServiceQuotas."""
        service = call.get("ServiceCode")
        return {"Quotas": [self._describe(call, quota) for quota in QUOTAS if quota.service == service]}

    def increase(self, call: Call) -> Any:
        """RequestServiceQuotaIncrease."""
        quota, value = self._find(call), int(float(call.get("DesiredValue")))
        if value <= limit(self._world, call.account, call.region, quota):
            raise AwsError("IllegalArgumentException", "The desired value must be greater than the current value.")
        raised: dict[str, int] = self._world.store(dict, "quotas", call.account, call.region)
        raised[quota.code] = value
        request = {"Id": quota.code.lower(), "QuotaCode": quota.code, "ServiceCode": quota.service}
        return {"RequestedQuota": request | {"DesiredValue": float(value), "Status": "APPROVED"}}

    def _find(self, call: Call) -> Quota:
        wanted = (call.get("ServiceCode"), call.get("QuotaCode"))
        for quota in QUOTAS:
            if (quota.service, quota.code) == wanted:
                return quota
        raise AwsError("NoSuchResourceException", "The request failed because the specified service does not exist.")

    def _describe(self, call: Call, quota: Quota) -> dict[str, Any]:
        return {
            "ServiceCode": quota.service,
            "QuotaCode": quota.code,
            "QuotaName": quota.name,
            "QuotaArn": f"arn:aws:servicequotas:{call.region}:{call.account}:{quota.service}/{quota.code}",
            "Value": float(limit(self._world, call.account, call.region, quota)),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }


def install(world: World) -> None:
    """Answer Service Quotas with the quotas that are enforced here."""
    quotas = ServiceQuotas(world)
    override(ServiceQuotasResponse, "GetServiceQuota", quotas.get)
    override(ServiceQuotasResponse, "GetAWSDefaultServiceQuota", quotas.get_default)
    override(ServiceQuotasResponse, "ListServiceQuotas", quotas.list_all)
    override(ServiceQuotasResponse, "RequestServiceQuotaIncrease", quotas.increase)
