# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether TestDNSAnswer takes health checks into account."""

from __future__ import annotations

from tests.account.experiment import Experiment, Finding
from tests.account.lab import Lab, equals
from tests.account.prices import Use
from tests.account.zones import Zone, fixed_check

FIRST, SECOND = "192.0.2.1", "192.0.2.2"


def _run(lab: Lab) -> Finding:
    zone = Zone.make(lab, "answer")
    sick = fixed_check(lab, "answer", healthy=False)
    pair = (zone.member(zone.name, "PRIMARY", FIRST, sick), zone.member(zone.name, "SECONDARY", SECOND))
    zone.change(*(("CREATE", record) for record in pair))
    lab.until(lambda: zone.addresses(zone.name), equals([SECOND]), "the answer of the standby")
    said = zone.api_addresses(zone.name)
    follows = said == [SECOND]
    text = "TestDNSAnswer follows health checks" if follows else f"TestDNSAnswer says {said}, and users get {SECOND}"
    return Finding(answer=text, as_expected=None, seen={"TestDNSAnswer": said, "DNS": [SECOND]})


EXPERIMENT = Experiment(
    name="api_answer",
    question="Does TestDNSAnswer take health checks into account?",
    source="Route 53 API Reference, TestDNSAnswer: the value that Route 53 returns. Health checks are not mentioned.",
    does="Makes a zone and a failover pair whose PRIMARY is unhealthy; compares it with the zone's name servers.",
    expected="nothing: who answers is asked of DNS itself",
    minutes=5,
    uses=(Use("hosted zone"), Use("health check")),
    run=_run,
)
