# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which record answers: the table of the Developer Guide, row by row, by DNS queries and HTTP requests.

Every pair goes through all four states of its two regions: both well, the first down, both down, the second down.
"""

from __future__ import annotations

import typing as t

import pytest

from sandbox import Sandbox
from tests.integration.plane.pairs import EAST, NAME, WEST, Pair
from tests.integration.plane.visitor import Visitor
from tests.sampling import one_of_each
from tests.waiting import eventually

pytestmark = pytest.mark.once

WALK = ((True, True), (False, True), (False, False), (True, False), (True, True))
# What the table says, in the order of the walk.
CHECKED = (EAST, WEST, EAST, EAST, EAST)
ALWAYS_SECOND = (EAST, WEST, WEST, EAST, EAST)
ALWAYS_FIRST = (EAST, EAST, EAST, EAST, EAST)


@pytest.fixture
def pair(aws: Sandbox, visitor: Visitor) -> Pair:
    return Pair.make(aws, visitor)


def records(pair: Pair, which: str) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """PRIMARY and SECONDARY of a pair."""
    first, second = pair.checks[EAST], pair.checks[WEST]
    members: dict[str, t.Callable[[], tuple[dict[str, t.Any], dict[str, t.Any]]]] = {
        "checks": lambda: (
            pair.member("PRIMARY", EAST, "plain", check=first),
            pair.member("SECONDARY", WEST, "plain", check=second),
        ),
        "aliases": lambda: (pair.member("PRIMARY", EAST), pair.member("SECONDARY", WEST)),
        "aliases with checks": lambda: (
            pair.member("PRIMARY", EAST, check=first),
            pair.member("SECONDARY", WEST, check=second),
        ),
        "no check on the second": lambda: (
            pair.member("PRIMARY", EAST, "plain", check=first),
            pair.unchecked("SECONDARY", WEST),
        ),
        "no check on the first": lambda: (
            pair.unchecked("PRIMARY", EAST),
            pair.member("SECONDARY", WEST, "plain", check=second),
        ),
        "no check at all": lambda: (pair.unchecked("PRIMARY", EAST), pair.unchecked("SECONDARY", WEST)),
    }
    return members[which]()


@pytest.mark.parametrize(
    ("which", "expected"),
    one_of_each(
        [
            # primary healthy: primary. Primary unhealthy, secondary healthy: secondary.
            # Secondary unhealthy, whatever the primary is: primary. Nothing healthy: as if all were.
            ("checks", CHECKED),
            ("aliases", CHECKED),
            ("aliases with checks", CHECKED),
            # A secondary without a check and without EvaluateTargetHealth, the primary unhealthy: secondary, always.
            ("no check on the second", ALWAYS_SECOND),
            # A record without a health check is always healthy.
            ("no check on the first", ALWAYS_FIRST),
            ("no check at all", ALWAYS_FIRST),
        ],
        lambda row: row[1],
    ),
)
def test_which_of_a_pair_answers(pair: Pair, which: str, expected: tuple[str, ...]) -> None:
    pair.zone.change("CREATE", *records(pair, which))
    now = (True, True)
    for state, answering in zip(WALK, expected, strict=True):
        for region, up, was in zip((EAST, WEST), state, now, strict=True):
            if up != was:
                pair.bring(region, up=up)
        now = state
        visit = pair.visit()
        assert sorted(visit.answer) == pair.addresses(answering), f"{which}, well: {state}"
        well = dict(zip((EAST, WEST), state, strict=True))[answering]
        assert (visit.status, visit.region) == ((200, answering) if well else (503, ""))
        assert visit.ttl == 60


def test_when_nothing_is_healthy_every_record_counts_as_healthy(pair: Pair) -> None:
    shares = [
        {
            "Name": NAME,
            "Type": "A",
            "TTL": 60,
            "ResourceRecords": [{"Value": value} for value in pair.addresses(region)],
            "SetIdentifier": region,
            "Weight": 10,
            "HealthCheckId": pair.checks[region],
        }
        for region in (EAST, WEST)
    ]
    pair.zone.change("CREATE", *shares)
    pair.bring(EAST, up=False)
    assert pair.answers(WEST)
    pair.bring(WEST, up=False)
    assert pair.answers(EAST) or pair.answers(WEST)


def test_one_batch_turns_a_simple_record_into_a_pair(pair: Pair) -> None:
    simple = {"Name": NAME, "Type": "A", "AliasTarget": pair.regions[WEST].alias}
    pair.zone.change("CREATE", simple)
    assert pair.visit().region == WEST
    members = records(pair, "aliases with checks")
    changes: list[t.Any] = [{"Action": "DELETE", "ResourceRecordSet": simple}]
    changes += [{"Action": "CREATE", "ResourceRecordSet": member} for member in members]
    pair.zone.route53.change_resource_record_sets(HostedZoneId=pair.zone.id, ChangeBatch={"Changes": changes})
    assert pair.visit().region == EAST


def test_an_alias_with_a_check_wants_both_well(pair: Pair) -> None:
    pair.zone.change("CREATE", *records(pair, "aliases with checks"))
    # The targets are well, the check is not: the way from the internet is shut.
    pair.regions[EAST].ingress(allowed=False)
    eventually(lambda: pair.answers(WEST))
    assert pair.regions[EAST].states() == ["healthy"]
    pair.regions[EAST].ingress(allowed=True)
    eventually(lambda: pair.answers(EAST) and pair.seen(EAST) == ["Success"] * 16)
    # The check is well, the targets are not: the load balancer sends to them all the same.
    pair.regions[EAST].probe("/nothing")
    eventually(lambda: pair.answers(WEST))
    assert pair.seen(EAST) == ["Success"] * 16
    assert pair.visit().region == WEST
