# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that strike a share of all calls: which ones is drawn by a seed, and by nothing else."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from sandbox import Sandbox
from sandbox.faults import Faults

CALLS = [("ec2", f"Create{kind}", "dev", "us-east-1", True) for kind in ("Vpc", "Subnet") for _ in range(500)]


def struck(calls: list[tuple[str, str, str, str, bool]], seed: int) -> list[tuple[str, int]]:
    """Operation and number of the calls of that operation that a rule for a fifth of them strikes."""
    faults, counted, found = Faults(), dict.fromkeys(("CreateVpc", "CreateSubnet"), 0), []
    faults.add({"kind": "error", "count": 0, "share": 0.2, "seed": seed})
    for call in calls:
        counted[call[1]] += 1
        if faults.fire(*call):
            found.append((call[1], counted[call[1]]))
    return sorted(found)


def test_it_is_that_share_and_the_seed_says_which() -> None:
    assert 150 < len(struck(CALLS, 7)) < 250
    assert struck(CALLS, 7) == struck(CALLS, 7) != struck(CALLS, 8)


def test_calls_that_change_places_keep_their_fate() -> None:
    assert struck(CALLS, 7) == struck(CALLS[::-1], 7)


def test_without_a_share_a_rule_counts_as_before() -> None:
    faults = Faults()
    faults.add({"kind": "error", "nth": 2, "count": 2})
    assert [faults.fire(*call) is not None for call in CALLS[:4]] == [False, True, True, False]


def test_over_http(aws: Sandbox) -> None:
    faults = aws.fail_some(1, throttled=0.4, reset=0.2, lost=0.2)
    ends = set()
    for _ in range(40):
        try:
            aws.client("ec2").describe_vpcs()
            ends.add("answered")
        except ClientError as error:
            ends.add(error.response["Error"]["Code"])
        except ConnectionClosedError:
            ends.add("closed")
    assert ends == {"answered", "Throttling", "closed"}
    assert all(fault.fired for fault in faults)
    aws.clear_faults()
    assert aws.client("ec2").describe_vpcs()["Vpcs"]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_none_and_all(share: float) -> None:
    faults = Faults()
    faults.add({"kind": "error", "count": 0, "share": share})
    assert {faults.fire(*call) is not None for call in CALLS[:50]} == {bool(share)}
