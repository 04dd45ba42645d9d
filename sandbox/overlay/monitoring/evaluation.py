# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of an alarm by its data points. Pure.

Amazon CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data". CloudWatch
reads some more periods than the alarm has, and uses their data before it fills in missing points. The guide does not
say how many: two in its tables. Its protection against premature alarms is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

MORE_PERIODS = 2
OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alarm rings: if `datapoints` of the last `periods` breach; `missing` is TreatMissingData."""

    breaches: Callable[[float], bool]
    periods: int
    datapoints: int
    missing: str


def evaluate(rule: Rule, values: Sequence[float | None], state: str) -> str:
    """The state, of the values of `periods` + MORE_PERIODS periods, the oldest first, and of the state before."""
    real = [rule.breaches(value) for value in values if value is not None][-rule.periods :]
    filled, bad = rule.periods - len(real), sum(real)
    if filled and rule.missing == "breaching":
        bad += filled
    if bad >= rule.datapoints:
        return ALARM
    if not filled or rule.missing in ("breaching", "notBreaching"):
        return OK
    if rule.missing == "ignore":
        return state if all(real) else OK
    if not real:
        return INSUFFICIENT
    return ALARM if all(real) else OK
