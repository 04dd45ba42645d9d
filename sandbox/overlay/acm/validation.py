# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record that ACM queries for each domain, the same for all certificates of an account.

ACM User Guide, "DNS validation": name and value of the CNAME are derived from the domain and the account, and a
wildcard is validated by the record of its parent domain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from moto.route53 import models

from sandbox.overlay.base import World
from sandbox.overlay.route53.answers import Answers, within
from sandbox.overlay.route53.records import normal_name

_SUFFIX = "acm-validations.aws."


def domains(names: Iterable[str]) -> list[str]:
    """The domains to validate for a certificate with these names."""
    return list(dict.fromkeys(name.removeprefix("*.") for name in names))


def record(account: str, domain: str) -> dict[str, str]:
    """The ResourceRecord of a domain."""
    name, value, zone = (hashlib.md5(f"{account}/{domain}/{part}".encode()).hexdigest() for part in range(3))
    return {"Name": f"_{name}.{domain}.", "Type": "CNAME", "Value": f"_{value}.{zone[:10]}.{_SUFFIX}"}


def is_answered(world: World, account: str, domain: str) -> bool:
    """Whether public DNS has the record: from the topmost zone down, by the servers that each zone delegates to."""
    wanted = record(account, domain)
    name = normal_name(wanted["Name"])
    zones = [(owner, zone) for owner, zone in _public_zones() if within(name, normal_name(zone.name))]
    servers: set[str] | None = None
    while zones:
        # The registry has the first delegation; below it, each delegation names the next servers.
        known = [each for each in zones if servers is None or servers & _servers(each[1])]
        if not known:
            return False
        owner, zone = min(known, key=lambda each: len(each[1].name))
        answer = Answers(world, owner, zone).answer(name, "CNAME")
        if answer.referral is None:
            return any(wanted["Value"] in each.values for each in answer.answer)
        servers = {normal_name(value) for value in answer.referral.values}
        zones = [each for each in zones if len(each[1].name) > len(zone.name)]
    return False


def _public_zones() -> list[tuple[str, Any]]:
    return [
        (account, zone)
        for account, _region, backend in models.route53_backends.iter_backends()
        for zone in backend.zones.values()
        if not zone.private_zone and zone.delegation_set
    ]


def _servers(zone: Any) -> set[str]:
    return {normal_name(server) for server in zone.delegation_set.name_servers}
