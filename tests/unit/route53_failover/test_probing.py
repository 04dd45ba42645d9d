# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When names are probed, what a run does without waiting, and where a first run can be cut off."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ApplyError

from .fake_aws import RECORD, FakeAws
from .test_runs import EAST, OREGON, WEST, converge


@pytest.fixture
def aws() -> FakeAws:
    aws = FakeAws()
    for region in (EAST, WEST, OREGON):
        aws.deploy(region)
    return aws


def test_a_name_is_probed_when_all_name_servers_know_it(aws: FakeAws) -> None:
    """A checker that asks too early remembers for 15 minutes that there is no such name."""
    waited: list[tuple[list[str], bool]] = []
    sync = aws.route53.get_change

    def get_change(Id: str) -> dict[str, t.Any]:  # noqa: N803
        waited.append((probed(aws), (RECORD, "A", f"hello/dev/{EAST}") in aws.route53.records))
        return sync(Id)

    aws.route53.get_change = get_change  # type: ignore[method-assign]
    converge(aws, EAST)
    assert waited == [([], True)] * 2, "one wait over both batches: nobody is served yet"
    assert probed(aws) == [EAST]
    # Where nothing is new there is nothing to wait for.
    del waited[:]
    assert not converge(aws, EAST)["changed"]
    converge(aws, EAST, health_check={"interval": 30})
    assert not waited
    # Where users are served a region is probed before it joins.
    converge(aws, EAST, WEST)
    assert waited == [([EAST], True), ([EAST, WEST], True)]


def probed(aws: FakeAws) -> list[str]:
    """The regions that are probed now."""
    return sorted(
        check["CallerReference"].split("/")[2]
        for check in aws.route53.checks.values()
        if "FullyQualifiedDomainName" in check["HealthCheckConfig"] and not check["HealthCheckConfig"].get("Disabled")
    )


@pytest.mark.parametrize("regions", [(EAST,), (EAST, WEST), (EAST, WEST, OREGON)])
def test_a_first_run_that_is_cut_off_anywhere_is_completed_by_the_next(regions: tuple[str, ...]) -> None:
    cut = 0
    while True:
        aws = FakeAws()
        for region in regions:
            aws.deploy(region)
        aws.kill_after = cut
        try:
            converge(aws, *regions)
        except ApplyError:
            cut += 1
        else:
            break
        aws.kill_after = None
        planned = converge(aws, *regions, check_mode=True)
        assert addresses(converge(aws, *regions)) == addresses(planned)
        assert probed(aws) == sorted(regions)
        assert not converge(aws, *regions)["changed"]
    assert cut >= len(aws.writes)


def addresses(result: dict[str, t.Any]) -> set[str]:
    return {f"{change['kind']}/{change['name']}" for change in result["changes"]}


def test_without_waiting_the_rest_is_pending(aws: FakeAws) -> None:
    warnings: list[str] = []
    first = converge(aws, EAST, WEST, wait=False, warnings=warnings)
    assert [warning.endswith("-endpoint-enabled. The next run does it.") for warning in warnings] == [True]
    assert aws.route53.answer(RECORD, ()) == aws.dns_name(EAST)
    assert first["pending"] == [
        f"health_check/{EAST}-endpoint-enabled",
        f"health_check/{WEST}-endpoint-enabled",
        "record_change/insync",
    ]
    assert probed(aws) == []
    assert not converge(aws, EAST, WEST, wait=False)["pending"]
    assert probed(aws) == [EAST, WEST]
    joining = converge(aws, EAST, WEST, OREGON, wait=False)
    assert {f"health_check/{OREGON}-endpoint", "record_sets/failover"} <= set(joining["pending"])
    joining = converge(aws, EAST, WEST, OREGON, wait=False)
    assert joining["pending"] == ["record_sets/failover", "record_change/standby", "record_change/insync"]
    assert converge(aws, EAST, WEST, OREGON, wait=False)["pending"] == ["record_change/insync"]
    removal = converge(aws, state="absent", wait=False)
    assert aws.writes[-1] == "ChangeResourceRecordSets"
    assert "health_check/us-east-1-endpoint" in removal["pending"]
    converge(aws, state="absent")
    assert not aws.route53.checks
