# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that an account makes too often are refused, as AWS refuses them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.faults import Rates


def test_a_seconds_calls_are_answered_at_once_and_then_that_rate() -> None:
    rates = Rates()
    rates.limit("route53", 5.0)
    assert [rates.admits("route53", "dev", 10.0) for _ in range(6)] == [True] * 5 + [False]
    assert [rates.admits("route53", "dev", 10.25) for _ in range(2)] == [True, False]
    assert [rates.admits("route53", "dev", 99.0) for _ in range(6)] == [True] * 5 + [False]


def test_each_account_has_its_own_and_other_services_have_none() -> None:
    rates = Rates()
    rates.limit("route53", 1.0)
    assert rates.admits("route53", "dev", 0.0)
    assert rates.admits("route53", "management", 0.0)
    assert not rates.admits("route53", "dev", 0.0)
    assert all(rates.admits("ec2", "dev", 0.0) for _ in range(100))
    rates.clear()
    assert rates.admits("route53", "dev", 0.0)


def test_no_calls_at_all_is_no_rate() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Rates().limit("route53", 0.0)


def test_a_call_too_many_is_refused_over_http(aws: Sandbox) -> None:
    route53 = aws.client("route53")
    # Less than one call a minute, so that no second one comes due while this runs.
    aws.limit_rate("route53", 0.01)
    route53.list_hosted_zones()
    with pytest.raises(ClientError, match="Rate exceeded") as refused:
        route53.list_hosted_zones()
    assert refused.value.response["Error"]["Code"] == "Throttling"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert aws.client("ec2").describe_vpcs()["Vpcs"] is not None
    aws.clear_faults()
    assert route53.list_hosted_zones()["HostedZones"]
