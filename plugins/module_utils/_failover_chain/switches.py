# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches: what a data point is published under, and what the alarms that follow it say. Pure."""

from __future__ import annotations

import datetime
import typing as t

from .._aws.owner import Owner

# The metric behind a switch. A data point of 1 evicts the region of its dimension, 0 lets health decide again.
NAMESPACE: t.Final = "everlook.failover"
METRIC: t.Final = "Evict"

# By how much the clocks of AWS and of this machine may differ.
_CLOCKS_SECONDS: t.Final = 2.0
_FIRST_REASON: t.Final = "Unchecked: Initial alarm creation"


def metric_dimensions(owner: Owner, evicted: str) -> list[dict[str, str]]:
    """The Dimensions of the metric behind the switches of a region."""
    values = {"Stack": owner.stack, "Environment": owner.environment, "Region": evicted}
    return [{"Name": name, "Value": value} for name, value in values.items()]


def is_unused(state: t.Mapping[str, t.Any], since: float) -> bool:
    """Whether no data point has reached an alarm since then, so that a switch made then has never been set.

    CloudWatch gives the reason of the first state of an alarm until there is data.

    :param state: an item of switch_calls.read_alarm_states.
    :param since: in seconds since the epoch.
    """
    if state["state"] != "INSUFFICIENT_DATA" or state["reason"] != _FIRST_REASON or not state["since"]:
        return False
    return datetime.datetime.fromisoformat(state["since"]).timestamp() <= since + _CLOCKS_SECONDS
