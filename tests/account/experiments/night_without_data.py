# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For how long LastKnownStatus is known when no more data comes."""

from __future__ import annotations

import time

from tests.account.experiment import Experiment, Finding
from tests.account.lab import Lab
from tests.account.prices import Use
from tests.account.switches import Switch

_LOOKS = 200
_AN_HOUR = 3600.0


def _run(lab: Lab) -> Finding:
    switch = Switch.make(lab, "night")
    evicting = switch.publish_until_changed(1.0, switch.words())
    began, night = time.monotonic(), lab.options.night
    while (held := time.monotonic() - began) < night:
        words = switch.words()
        if words != evicting:
            text = f"after {held / 60:.0f} minutes without data it says {words} and no longer {evicting}"
            return Finding(answer=text, as_expected=held >= _AN_HOUR, seen={"minutes": held / 60, "words": words})
        time.sleep(min(night / _LOOKS, 60.0))
    text = f"it still says {evicting} after {night / 60:.0f} minutes without data"
    return Finding(answer=text, as_expected=True, seen={"minutes": night / 60, "words": evicting})


EXPERIMENT = Experiment(
    name="night_without_data",
    question="For how long does a check keep LastKnownStatus when its metric has no more data points?",
    source=(
        "Route 53 Developer Guide, values of a health check: the last known status is temporary, and not for metrics "
        "without data for more than a few hours."
    ),
    does="Evicts by a data point, publishes nothing for a night (--night), and reads the status all the while.",
    expected="it evicts for an hour at least; how long beyond that, AWS does not say",
    minutes=500,
    uses=(Use("alarm"), Use("metric"), Use("health check")),
    run=_run,
)
