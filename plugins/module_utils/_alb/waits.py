# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What takes AWS some time after a call."""

from __future__ import annotations

from .._engine.context import Context
from .._engine.errors import WaitError
from .._engine.known import Known
from .._engine.plan import Wait
from . import addresses
from .calls import patiently


def wait_active(ctx: Context, _wait: Wait, known: Known) -> str | None:
    """Whether the load balancer takes traffic."""
    arn = known.get(addresses.LOAD_BALANCER)
    elb = ctx.client("elbv2")
    answer = patiently(ctx, lambda: elb.describe_load_balancers(LoadBalancerArns=[arn]))
    state = answer["LoadBalancers"][0]["State"]
    if state["Code"] == "failed":
        raise WaitError(
            f"the load balancer {arn} could not be set up: {state.get('Reason', 'AWS says no more')}. "
            "Run state absent (destroy.yml --limit), then deploy the region again."
        )
    return None if state["Code"].startswith("active") else str(state["Code"])


def wait_interfaces_gone(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """Whether the network interfaces are gone that kept the security group and the VPC in use."""
    # Elastic Load Balancing's user guide names this description; names are unique in a region.
    left = ctx.client("ec2").describe_network_interfaces(
        Filters=[{"Name": "description", "Values": [f"ELB app/{wait.data}/*"]}]
    )["NetworkInterfaces"]
    return f"{len(left)} left" if left else None
