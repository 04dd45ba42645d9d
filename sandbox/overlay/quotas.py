# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas: as high as in a new account, readable and raised through Service Quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.servicequotas.responses import ServiceQuotasResponse

from sandbox.overlay.base import AwsError, Call, corrects


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota that the local AWS enforces."""

    service: str
    code: str
    name: str
    default: int

    def limit(self, call: Call) -> int:
        """The value in force."""
        return _raised(call).get(self.code, self.default)

    def keep(self, call: Call, existing: int, refusal: AwsError) -> None:
        """Raise the refusal when there are as many as there may be."""
        if existing >= self.limit(call):
            raise refusal


VPCS = Quota("vpc", "L-F678F1CE", "VPCs per Region", 5)
INTERNET_GATEWAYS = Quota("vpc", "L-A4707A72", "Internet gateways per Region", 5)
NAT_GATEWAYS = Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5)
ADDRESSES = Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5)
LOAD_BALANCERS = Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", 50)
QUOTAS = (VPCS, INTERNET_GATEWAYS, NAT_GATEWAYS, ADDRESSES, LOAD_BALANCERS)


def _raised(call: Call) -> dict[str, int]:
    """The values that are not the default, by code."""
    return call.world.store(dict, "quotas", call.account, call.region)


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
    _raised(call)[quota.code] = value
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
