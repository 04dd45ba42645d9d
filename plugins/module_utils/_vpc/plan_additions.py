# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have added to resources of ours that is neither wanted nor in the way. Pure."""

from __future__ import annotations

import typing as t

from .model import Snapshot


def additions(snapshot: Snapshot) -> t.Iterator[str]:
    """One sentence each. It is told and left alone: to take an address or a network away would cut connections."""
    vpc = snapshot.vpc
    if vpc and vpc.ipv6_cidrs:
        networks = ", ".join(vpc.ipv6_cidrs)
        yield f"vpc/main: {vpc.id} in {snapshot.region} has IPv6 networks that this stack did not give it: {networks}."
    for nat in snapshot.nats:
        if nat.more_addresses and nat.usable and snapshot.owner.owns(nat.tags):
            yield (
                f"{nat.tags['Resource']}: {nat.id} in {snapshot.region} has addresses that this stack did not give it: "
                f"{', '.join(nat.more_addresses)}."
            )
