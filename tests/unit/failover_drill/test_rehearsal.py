# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal has every call of a fault and its undo, and changes nothing."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.fault import tag_call
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.rehearsal import rehearsal
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.undo import undo_fault, untag

from .worlds import FakeAws, NoWait, planned, service

NOW = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)
# Read when the drill is planned, as the undo reads them.
PLANNED = {"describe_scalable_targets", "describe_services", "describe_security_groups", "describe_target_groups"}


@pytest.mark.parametrize("kind", kinds.FAULTS)
def test_it_has_every_call_of_the_fault_and_of_its_undo(kind: str) -> None:
    aws, fault = FakeAws(), planned(kind)
    calls = [*(tag_call(tagged, "a drill") for tagged in fault.tagged), *fault.calls]
    for call in calls:
        aws(call.service, call.region, call.method, call.parameters)
    undo_fault(fault.undo, aws, NoWait())
    for tagged in fault.tagged:
        untag(tagged, aws)
    rehearsed = {call.method for call in rehearsal(fault, NOW)}
    assert set(aws.calls) - PLANNED <= rehearsed


@pytest.mark.parametrize("kind", [kinds.STOP_TASKS, kinds.BLOCK_ALB, kinds.UNHEALTHY_APP, kinds.SWITCH])
def test_what_the_fault_breaks_is_what_the_rehearsal_names(kind: str) -> None:
    fault = planned(kind)
    rehearsed = rehearsal(fault, NOW)
    for call in fault.calls:
        assert any(
            (other.service, other.region, other.method) == (call.service, call.region, call.method)
            for other in rehearsed
        )
    assert all(call.parameters["DryRun"] for call in rehearsed if call.service == "ec2")


def test_the_rehearsal_of_scaling_suspends_nothing() -> None:
    fault = planned(kinds.STOP_TASKS, services={"hello": service(tags={"everlook.failover:scaling": "on"})})
    calls = [call for call in rehearsal(fault, NOW) if call.service == "application-autoscaling"]
    assert [call.method for call in calls] == ["register_scalable_target"]
    assert "SuspendedState" not in calls[0].parameters


@pytest.mark.parametrize("kind", [kinds.UNHEALTHY_APP, kinds.SWITCH])
def test_values_stay_as_they_are(kind: str) -> None:
    aws, fault = FakeAws(), planned(kind)
    aws.tags[fault.tagged[0].resource] = "everlook.failover"
    before = (aws.path, aws.matcher, aws.evicts)
    for call in rehearsal(fault, NOW):
        if call.method in ("modify_target_group", "put_metric_data"):
            aws(call.service, call.region, call.method, call.parameters)
    assert (aws.path, aws.matcher, aws.evicts) == before
