# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills that do not begin: nothing is broken."""

from __future__ import annotations

import dataclasses
import os
import signal

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ConflictError,
    FailoverError,
    SpecError,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.lease import LeaseHeld, Terms
from ansible_collections.everlook.failover.plugins.module_utils._engine.lease_calls import Lease
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import job, journal, spec

from .field import EAST, WEST, Field, until

pytestmark = pytest.mark.once


def test_two_drills_at_once(field: Field) -> None:
    with field.process(kinds.BLOCK_ALB):
        ctx = field.context(fault=kinds.STOP_TASKS, status=field.status())
        with pytest.raises(FailoverError, match="tag of another drill"):
            job.make_plan(ctx, spec.parse(ctx.params))


def test_of_two_drills_on_two_machines_one_has_the_lease(field: Field) -> None:
    def lease_of(run: str) -> Lease:
        terms = Terms(
            region=WEST,
            name="/drill/lease",
            what="hello in dev",
            run=run,
            holder=f"drill.yml of {run}",
            place="",
            pid=1,
        )
        return Lease(lambda: terms, lambda _outcome: None)

    ctx = field.context(fault=kinds.BLOCK_ALB, status=field.status())
    dataclasses.replace(ctx, lease=lease_of("anna")).take_lease()
    mark = field.aws.requests.mark()
    with pytest.raises(LeaseHeld, match=r"hello in dev is being changed by drill\.yml of anna, since 20"):
        job.run(dataclasses.replace(ctx, lease=lease_of("bert")))
    assert field.aws.requests.writes(mark) == []


def test_while_a_drill_is_under_way_nobody_else_heals_it(field: Field) -> None:
    with journal.locked(field.path, "drill", patience=30), pytest.raises(FailoverError, match="is in progress"):
        field.heal()


def test_a_journal_of_another_account_is_left_alone(field: Field) -> None:
    with field.process(kinds.BLOCK_ALB) as process:
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(until("the guardian", field.guardian), signal.SIGKILL)
        process.kill()
    with pytest.raises(FailoverError, match="its account is 111111111111, and that of this run is 222222222222"):
        field.heal(account_id="222222222222")
    assert field.heal()["changed"]


def test_where_it_is_not_allowed_nothing_is_asked(field: Field) -> None:
    mark = field.aws.requests.mark()
    with pytest.raises(SpecError, match="allowed: drills are not allowed in dev"):
        field.run_job(job.JOB, **field.options(allowed=False, status={"serving": EAST}))
    assert field.aws.requests.since(mark) == []


def test_in_check_mode_it_says_what_it_would_do(field: Field) -> None:
    mark = field.aws.requests.mark()
    result = field.run_job(job.JOB, check_mode=True, **field.options(fault=kinds.STOP_TASKS, status=field.status()))
    assert (result["fault"], result["fault_region"], result["standby"]) == (kinds.STOP_TASKS, EAST, WEST)
    assert (result["changed"], result["verdict"], result["report"]) == (False, None, None)
    assert result["budget"]["total_seconds"] == 117
    assert field.aws.requests.writes(mark) == []


def test_a_standby_without_tasks_is_no_standby(field: Field) -> None:
    field.aws.client("ecs", region=WEST).update_service(
        cluster="hello-dev-hello", service="hello-dev-hello", desiredCount=0
    )
    until("no target", lambda: field.status()["regions"][1]["targets"]["healthy"] == 0)
    with pytest.raises(FailoverError, match="no drill, nothing was broken: us-west-1 could not take over"):
        field.decide(kinds.BLOCK_ALB)


def test_what_is_not_ours_is_not_broken(field: Field) -> None:
    field.spoilt = True
    ec2, elb = field.aws.client("ec2"), field.aws.client("elbv2")
    balancer = elb.describe_load_balancers(Names=["hello-dev"])["LoadBalancers"][0]
    foreign = ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=balancer["VpcId"])["GroupId"]
    elb.set_security_groups(
        LoadBalancerArn=balancer["LoadBalancerArn"], SecurityGroups=[*balancer["SecurityGroups"], foreign]
    )
    with pytest.raises(
        ConflictError,
        match=f"{foreign}, which block_alb breaks in us-east-1, does not belong",
    ):
        field.decide(kinds.BLOCK_ALB)


def test_without_a_guardian_that_can_call_aws_nothing_is_broken(field: Field) -> None:
    before = field.state()
    ctx, plan = field.decide(kinds.BLOCK_ALB)
    with (
        field.aws.fail("ExpiredToken", operation="GetCallerIdentity", count=100),
        pytest.raises(FailoverError, match=r"nothing was broken, because the guardian .*ExpiredToken"),
    ):
        field.drill(ctx, plan).run()
    assert field.state() == before
    assert field.phase() == ""
