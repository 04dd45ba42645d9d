# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person wants to know of the running data plane: where things answer, and what is broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.elbv2.models import elbv2_backends

from sandbox.local_aws import LocalAws


def overview(aws: LocalAws) -> dict[str, Any]:
    """Whether there is a data plane, its environment variables, the load balancers' nodes, the broken regions."""
    addresses = aws.world.addresses
    with aws.gateway.lock:
        return {
            "on": addresses is not None,
            "environment": addresses.environment() if addresses else {},
            "balancers": list(_balancers(aws)) if addresses else [],
            "broken": aws.gateway.outages.all(),
        }


def _balancers(aws: LocalAws) -> Iterator[dict[str, Any]]:
    for regions in list(elbv2_backends.values()):
        for elb in list(regions.values()):
            for balancer in elb.load_balancers.values():
                nodes: dict[str, Any] = aws.world.store(dict, "load balancer interfaces", balancer.arn)
                yield {
                    "account": elb.account_id,
                    "region": elb.region_name,
                    "name": balancer.name,
                    "state": balancer.state,
                    "addresses": [node.public_ip or node.private_ip_address for node in nodes.values()],
                }
