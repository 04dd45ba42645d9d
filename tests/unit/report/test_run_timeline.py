# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the time of a run went."""

from __future__ import annotations

from ansible_collections.everlook.failover.plugins.plugin_utils.run_timeline import (
    Entry,
    critical_path,
    entries,
    lines,
)


def entry(
    step: str, started: float, ended: float, *, region: str = "us-east-1", layer: str = "vpc", after: str = ""
) -> Entry:
    return Entry(region=region, layer=layer, step=step, started=started, ended=ended, after=after)


NAT = entry("NAT gateway", 10.0, 115.0)
OTHER_NAT = entry("NAT gateway", 10.0, 118.0, region="us-west-1")
BALANCER = entry("load balancer", 12.0, 60.0, layer="alb")
ROLLOUT = entry("rollout", 118.1, 190.0, layer="ecs_service")
RECORDS = entry("records", 191.0, 226.0, region="", layer="route53_failover", after="batch")
BATCH = entry("batch", 190.2, 191.0, region="", layer="route53_failover")
RUN = [RECORDS, NAT, OTHER_NAT, BALANCER, ROLLOUT, BATCH]


def test_the_critical_path_goes_back_from_what_ended_last() -> None:
    """A region waits for the slowest one at the end of each task, so the chain crosses regions."""
    assert critical_path(RUN) == (OTHER_NAT, ROLLOUT, BATCH, RECORDS)


def test_a_step_that_another_names_goes_before_one_that_ended_later() -> None:
    first, noise = entry("first", 0.0, 10.0), entry("noise", 0.0, 19.9)
    last = entry("last", 20.0, 30.0, after="first")
    assert critical_path([noise, last, first]) == (first, last)


def test_times_that_were_rounded_do_not_break_the_chain() -> None:
    assert critical_path([entry("a", 0.0, 10.1), entry("b", 10.0, 20.0, layer="alb")])[0].step == "a"


def test_nothing_is_said_when_nobody_waited() -> None:
    assert critical_path([]) == ()
    assert lines([]) == []
    assert lines([entry("quick", 0.0, 4.9)]) == []


def test_what_is_said() -> None:
    assert lines(RUN) == [
        "Where the time went (* the critical path: 3:35 of 3:36, each step after the one before):",
        "    0:00 - 1:45  us-east-1 vpc: NAT gateway",
        "  * 0:00 - 1:48  us-west-1 vpc: NAT gateway",
        "    0:02 - 0:50  us-east-1 alb: load balancer",
        "  * 1:48 - 3:00  us-east-1 ecs_service: rollout",
        "  * 3:00 - 3:01  route53_failover: batch",
        "  * 3:01 - 3:36  route53_failover: records",
    ]


def test_entries_come_from_a_result() -> None:
    item = {"step": "NAT gateway", "started": 10.0, "ended": 115.0, "after": ""}
    assert entries("us-east-1", "vpc", {"timeline": [item]}) == [NAT]
    assert entries("us-east-1", "vpc", {"failed": True}) == []
