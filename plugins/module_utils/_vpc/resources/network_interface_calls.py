# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network interfaces of others in EC2: the reads and the wait."""

from __future__ import annotations

import typing as t

from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Wait
from ..._engine.resource import Calls
from .. import ec2
from ..named import Item
from . import nat_gateway_calls
from .network_interface import GONE, KIND, parse_others


def read(ctx: Context, filters: t.Sequence[Item]) -> list[Item]:
    """AWS's own items: parse_others needs the NAT gateways and endpoints, too."""
    return ec2.read(ctx, "describe_network_interfaces", "NetworkInterfaces", filters)


def gone(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """The interfaces that are left; AWS deletes them once nothing uses them."""
    here = ec2.by("vpc-id", wait.data)
    # Those of an endpoint go with it, which has a wait of its own. Foreign endpoints were refused before.
    there = [item for item in read(ctx, here) if item.get("InterfaceType") != "vpc_endpoint"]
    left = parse_others(there, nat_gateway_calls.read(ctx, here), ())
    return f"{len(left)} left: {', '.join(item.text for item in left)}" if left else None


CALLS: t.Final = Calls(kind=KIND, waits={GONE: gone})
