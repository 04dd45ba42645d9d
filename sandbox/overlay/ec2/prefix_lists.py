# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed prefix lists: AWS keeps one of the networks of Route 53's health checkers (VPC User Guide, "AWS-managed
prefix lists"). moto has only those of other services.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend

# Where the health checkers are, of the networks that AWS publishes in ip-ranges.json (ROUTE53_HEALTHCHECKS).
CHECKERS = ipaddress.ip_network("15.177.0.0/18")


def networks_of(ec2: Any, prefix_list_id: str) -> Iterator[str]:
    """The current networks in a prefix list."""
    found = ec2.get_managed_prefix_list_entries(prefix_list_id)
    versions = list(found.entries.values()) if found else []
    yield from (entry["Cidr"] for entry in (versions[-1] if versions else ()))


def patch() -> None:
    """Every region has the list."""
    others = ManagedPrefixListBackend.create_default_pls

    def create(backend: Any) -> None:
        others(backend)
        backend._create_aws_managed_prefix_list(
            name=f"com.amazonaws.{backend.region_name}.route53-healthchecks",
            address_family="IPv4",
            entries=[{"Cidr": str(CHECKERS), "Description": ""}],
        )

    ManagedPrefixListBackend.create_default_pls = create
