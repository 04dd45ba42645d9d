# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What network interfaces keep in use: whose they are, and how long it is tried to delete it."""

from __future__ import annotations

import types
import typing as t

import pytest
from botocore.exceptions import ClientError

from ansible_collections.everlook.failover.plugins.module_utils._engine import waiting
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import WaitError
from ansible_collections.everlook.failover.plugins.module_utils._resources import network_interface_calls as calls
from ansible_collections.everlook.failover.plugins.module_utils._resources.network_interface import describe

IN_USE = ClientError({"Error": {"Code": "DependencyViolation", "Message": "has dependencies"}}, "DeleteSubnet")
LAMBDA: dict[str, t.Any] = {
    "NetworkInterfaceId": "eni-1",
    "InterfaceType": "lambda",
    "Description": "AWS Lambda VPC ENI-report",
    "RequesterManaged": True,
}
FILTERS = [{"Name": "subnet-id", "Values": ["subnet-1"]}]


class Clock:
    """Time that passes by waiting. Stands in for an event that nobody sets, and for the module ``time``."""

    def __init__(self) -> None:
        self.now = 0.0

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return False

    def monotonic(self) -> float:
        return self.now


class Ec2:
    """A subnet in use until ``free_at`` by these interfaces."""

    def __init__(self, clock: Clock, *held: dict[str, t.Any], free_at: float = 1e9) -> None:
        self._clock, self._held, self._free_at = clock, held, free_at

    def get(self, *_args: object, **_kwargs: object) -> Ec2:
        return self

    def get_paginator(self, operation: str) -> Ec2:
        assert operation == "describe_network_interfaces"
        return self

    def paginate(self, **request: t.Any) -> list[dict[str, t.Any]]:
        assert request == {"Filters": FILTERS}
        return [{"NetworkInterfaces": list(self._held)}]

    def delete(self) -> str:
        if self._clock.now < self._free_at:
            raise IN_USE
        return "gone"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (calls, waiting):
        monkeypatch.setattr(module, "time", types.SimpleNamespace(monotonic=clock.monotonic))
    return clock


def remove(clock: Clock, ec2: Ec2, told: list[str]) -> str:
    ctx = Context(
        params={"wait_timeout": 900},
        check_mode=False,
        clients=t.cast("t.Any", ec2),
        warn=print,
        progress=told.append,
        stop=t.cast("t.Any", clock),
    )
    return calls.remove_when_free(
        ctx, ec2.delete, what="subnet-1 to be free", codes={"DependencyViolation"}, filters=FILTERS
    )


def test_interfaces_that_lambda_takes_away_are_waited_for_and_named(clock: Clock) -> None:
    told: list[str] = []
    assert remove(clock, Ec2(clock, LAMBDA, free_at=1500), told) == "gone"
    assert clock.now >= 1500
    assert told[0].startswith("waiting for subnet-1 to be free (")
    assert told[0].endswith("in use by eni-1 of AWS Lambda (AWS Lambda VPC ENI-report))")


def test_the_error_names_what_is_left(clock: Clock) -> None:
    with pytest.raises(WaitError, match=r"still in use by eni-1 of AWS Lambda \(AWS Lambda VPC ENI-report\). Delete"):
        remove(clock, Ec2(clock, LAMBDA), [])
    assert 2700 <= clock.now < 2710


@pytest.mark.parametrize(
    ("held", "error"),
    [((), ClientError), (({**LAMBDA, "InterfaceType": "interface", "RequesterManaged": False},), WaitError)],
)
def test_what_aws_does_not_take_away_is_not_waited_for_that_long(
    clock: Clock, held: tuple[dict[str, t.Any], ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        remove(clock, Ec2(clock, *held), [])
    assert 180 <= clock.now < 190


@pytest.mark.parametrize(
    ("fields", "owner"),
    [
        ({"InterfaceType": "lambda"}, "AWS Lambda"),
        ({"InterfaceType": "vpc_endpoint"}, "a VPC endpoint"),
        (
            {"InterfaceType": "vpc_endpoint", "Groups": [{"GroupName": "GuardDutyManagedSecurityGroup-vpc-1"}]},
            "Amazon GuardDuty",
        ),
        ({"InterfaceType": "interface", "Description": "ELB app/hello/1"}, "Elastic Load Balancing (ELB app/hello/1)"),
        ({"RequesterId": "amazon-rds", "Description": "x"}, "amazon-rds (x)"),
        ({}, "no AWS service"),
    ],
)
def test_whose_an_interface_is(fields: dict[str, t.Any], owner: str) -> None:
    assert describe({"NetworkInterfaceId": "eni-1", **fields}) == f"eni-1 of {owner}"
