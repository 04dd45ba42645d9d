# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order that plans demand, whatever threads make of it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Plan
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.layer import LAYER

from .fake_aws import RECORD, FakeAws
from .test_runs import converge

REGIONS = ("us-east-1", "us-west-1", "us-west-2")


# No record waits for what holds switches.
HOLDING = {"iam_role/switch", *(f"schedule/{region}-switch" for region in REGIONS)}


def planned(aws: FakeAws, *regions: str, **params: t.Any) -> Plan:
    """The plan of a run, kept back from being carried out."""
    kept: list[Plan] = []

    def plan(spec: t.Any, snapshot: t.Any) -> Plan:
        kept.append(LAYER.plan(spec, snapshot))
        return Plan()

    layer = type(LAYER)(**{**vars(LAYER), "plan": plan})
    listed = [{"name": name, "priority": place} for place, name in enumerate(regions)]
    aws.run(layer.job, check_mode=True, **{"regions": listed, **params})
    return kept[0]


def behind(plan: Plan) -> dict[str, set[str]]:
    """Each step's address → all steps that are done before it."""
    found: dict[str, set[str]] = {}
    present = {step.address for step in plan.steps}
    for step in plan.in_order():
        needs = step.needs & present
        found[step.address] = set(needs).union(*(found[need] for need in needs))
    return found


@pytest.fixture
def aws() -> FakeAws:
    aws = FakeAws()
    for region in REGIONS:
        aws.deploy(region)
    return aws


def test_creation_goes_from_checks_to_records_and_probes_behind_them(aws: FakeAws) -> None:
    before = behind(planned(aws, *REGIONS))
    assert before["record_sets/regional"] == set()
    enabled = {f"health_check/{region}-endpoint-enabled" for region in REGIONS}
    last = {"record_sets/failover", "record_change/insync"}
    assert before["record_sets/failover"] == before.keys() - enabled - last - HOLDING
    assert before["iam_role/switch"] == set()
    assert "record_change/standby" not in before, "nobody follows the records yet"
    for region in REGIONS:
        assert before[f"health_check/{region}-endpoint"] == set()
        assert before[f"health_check/{region}-endpoint-enabled"] == before.keys() - enabled - HOLDING
        assert {"iam_role/switch", f"health_check/{region}-endpoint"} <= before[f"schedule/{region}-switch"]
        for seat in set(REGIONS) - {region}:
            alarm, switch = f"metric_alarm/{region}-switch-{seat}", f"health_check/{region}-switch-{seat}"
            assert f"health_check/{seat}-endpoint" in before[alarm]
            assert alarm in before[switch]
            assert switch in before[f"health_check/{region}-calculated"]


def test_a_region_that_joins_others_is_probed_before_records_change(aws: FakeAws) -> None:
    converge(aws, *REGIONS[:2])
    before = behind(planned(aws, *REGIONS))
    endpoint = f"health_check/{REGIONS[2]}-endpoint"
    assert before[endpoint] == {"record_sets/regional", "record_change/regional"}
    assert endpoint in before["record_sets/standby-1"]
    assert {"record_sets/standby-1", "record_change/standby"} <= before["record_sets/failover"]
    assert not any(address.endswith("-enabled") for address in before)


def test_what_users_had_before_is_probed_before_it_is_replaced(aws: FakeAws) -> None:
    alias = {"DNSName": aws.dns_name(REGIONS[0]), "HostedZoneId": f"ZELB{REGIONS[0]}", "EvaluateTargetHealth": False}
    aws.route53.records[RECORD, "A", None] = {"Name": RECORD, "Type": "A", "AliasTarget": alias}
    before = behind(planned(aws, *REGIONS))
    assert {f"health_check/{region}-endpoint" for region in REGIONS} <= before["record_sets/failover"]
    assert "record_change/regional" in before["record_sets/failover"]


@pytest.mark.parametrize("regions", [(), ("us-west-1",), ("us-east-1", "us-west-2")])
def test_removal_goes_from_records_to_what_they_rest_on(aws: FakeAws, regions: tuple[str, ...]) -> None:
    converge(aws, *REGIONS)
    plan = planned(aws, *regions, state="absent")
    before = behind(plan)
    gone = {change.address for change in plan.changes if change.action is Action.DELETE}
    calculated = {change.address for change in plan.changes if change.address.endswith("-calculated")}
    assert before["record_sets/failover"] == set()
    for address in calculated:
        assert before[address] == {"record_sets/failover", "record_change/insync"}
    for address in {item for item in gone if item.startswith("metric_alarm/")}:
        seat = address.partition("-switch-")[2]
        assert calculated <= before[address]
        assert address in before[address.replace("metric_alarm", "health_check")]
        assert f"health_check/{seat}-endpoint" not in gone or address in before[f"health_check/{seat}-endpoint"]


def test_a_replaced_check_goes_behind_whatever_refers_to_it(aws: FakeAws) -> None:
    converge(aws, *REGIONS)
    plan = planned(aws, *REGIONS, health_check={"interval": 30})
    before = behind(plan)
    deleted = {change.address: change for change in plan.changes if change.action is Action.DELETE}
    assert len(deleted) == len(REGIONS)
    for address, change in deleted.items():
        region = change.data.region
        assert {f"health_check/{region}-endpoint", f"health_check/{region}-calculated"} <= before[address]
    reasons = {change.reason for change in plan.changes if change.action is Action.CREATE}
    assert reasons == {"replaces one that differs in interval, which cannot be changed"}
