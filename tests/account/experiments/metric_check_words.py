# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which words GetHealthCheckStatus speaks of a check that follows a metric."""

from __future__ import annotations

from ansible_collections.everlook.failover.plugins.module_utils._route53.health import unknown_words
from tests.account.experiment import Experiment, Finding
from tests.account.lab import Lab
from tests.account.prices import Use
from tests.account.switches import Switch


def _run(lab: Lab) -> Finding:
    switch = Switch.make(lab, "words")
    new = switch.words()
    evicting = switch.publish_until_changed(1.0, new)
    released = switch.publish_until_changed(0.0, evicting)
    seen = {"new": new, "evicting": evicting, "released": released}
    texts = [{"StatusReport": {"Status": text}} for words in seen.values() for text in words]
    unknown = unknown_words(texts)
    said = "; ".join(f"{state}: {' | '.join(words) or 'nothing'}" for state, words in seen.items())
    well = not unknown and all(text.lower().startswith("failure") for text in evicting)
    return Finding(answer=said, as_expected=well, seen={**seen, "unknown": unknown})


EXPERIMENT = Experiment(
    name="metric_check_words",
    question="In which words does GetHealthCheckStatus speak of a health check that follows a metric?",
    source="Route 53 API Reference, StatusReport: a description, the response code and the health status. No wording.",
    does="Makes an alarm and a check on it; publishes 1 until the words change, then 0 until they change again.",
    expected="Success… while the metric is healthy and Failure… while it is not; other words count as unknown",
    minutes=15,
    uses=(Use("alarm"), Use("metric"), Use("health check")),
    run=_run,
)
