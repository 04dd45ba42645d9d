# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status at the end of a run: what is awaited for it, and what cannot come true."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.status import Dns
from ansible_collections.everlook.failover.plugins.module_utils._probe.answers import Answer, Delegation
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover import observe_status

from .fake_aws import FakeAws
from .test_runs import EAST, WEST, converge

GOOD, BAD = "Success: HTTP Status Code 200, OK", "Failure: HTTP Status Code 503"


@pytest.fixture
def aws() -> FakeAws:
    aws = FakeAws()
    for region in (EAST, WEST):
        aws.deploy(region)
    return aws


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses of a run, which take no time."""
    pauses: list[float] = []
    monkeypatch.setattr(Context, "sleep", lambda _self, seconds: pauses.append(seconds))
    return pauses


def report(aws: FakeAws, monkeypatch: pytest.MonkeyPatch, *texts: str) -> None:
    """Let each endpoint's checkers report these, one after the other, and nothing before; the last one stays."""
    asked: dict[str, int] = {}

    def status(HealthCheckId: str) -> dict[str, t.Any]:  # noqa: N803
        if aws.route53.checks[HealthCheckId]["HealthCheckConfig"]["Type"] == "CLOUDWATCH_METRIC":
            return {"HealthCheckObservations": [{"StatusReport": {"Status": GOOD}}]}
        place = asked.get(HealthCheckId, 0)
        asked[HealthCheckId] = min(place + 1, len(texts))
        seen = [{"StatusReport": {"Status": texts[place - 1]}}] if place else []
        return {"HealthCheckObservations": seen}

    monkeypatch.setattr(aws.route53, "get_health_check_status", status)


def test_a_first_run_waits_for_the_first_reports(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> None:
    report(aws, monkeypatch, BAD, GOOD)
    found = converge(aws, EAST, WEST, status=True)["status"]
    assert found["serving"] == EAST
    assert [region["healthy"] for region in found["regions"]] == [True, True]
    assert len(slept) == 2
    assert not converge(aws, EAST, WEST, status=True)["changed"]
    assert len(slept) == 2, "all is known"


def test_what_is_unhealthy_in_a_run_without_changes_is_awaited_too(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> None:
    converge(aws, EAST, WEST)
    report(aws, monkeypatch, BAD, BAD, GOOD)
    for check in aws.route53.checks:
        aws.route53.get_health_check_status(HealthCheckId=check)
    assert converge(aws, EAST, WEST, status=True)["status"]["regions"][0]["healthy"]
    assert slept


@pytest.mark.parametrize("hopeless", ["targets", "switches", "dns", "wait"])
def test_what_cannot_come_true_is_not_awaited(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, slept: list[float], hopeless: str
) -> None:
    converge(aws, EAST, WEST)
    params: dict[str, t.Any] = {}
    if hopeless == "targets":
        for region in (EAST, WEST):
            aws.balancers[region]["groups"]["hello-dev-hello"] = ["unhealthy"]
    elif hopeless == "switches":
        aws.route53.unhealthy |= set(aws.route53.checks)
    elif hopeless == "dns":
        nobody = Dns(parent_zone="example.com", delegation=Delegation(), answer=Answer(rcode="NXDOMAIN"), region=None)
        monkeypatch.setattr(observe_status, "resolve", lambda *_arguments: nobody)
        params["dns"] = True
    else:
        params["wait"] = False
    if hopeless != "switches":
        report(aws, monkeypatch, BAD)
        for check in aws.route53.checks:
            aws.route53.get_health_check_status(HealthCheckId=check)
    for port in (80, 8080):  # nothing to do, and something
        found = converge(aws, EAST, WEST, status=True, health_check={"port": port}, **params)["status"]
        assert not [region for region in found["regions"] if region["healthy"]]
    assert not slept


def test_the_wait_ends(aws: FakeAws, monkeypatch: pytest.MonkeyPatch, slept: list[float]) -> None:
    converge(aws, EAST, WEST)
    report(aws, monkeypatch, BAD)
    for check in aws.route53.checks:
        aws.route53.get_health_check_status(HealthCheckId=check)
    found = converge(aws, EAST, WEST, status=True, wait_timeout=0)["status"]
    assert found["serving_reason"].startswith("no region is healthy")
    assert not slept
