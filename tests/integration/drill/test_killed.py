# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills killed at every moment: whatever happens, what was broken is healed."""

from __future__ import annotations

import dataclasses
import os
import signal
import time

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import journal
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.start_guardian import start_guardian
from tests.sampling import every_third, first_and_last

from .field import EAST, FORK, IN_AWS, SECONDS, Field, field_groups, healed_by, until

pytestmark = pytest.mark.once


@pytest.mark.parametrize("kind", first_and_last(IN_AWS))
def test_when_the_drill_is_killed_the_guardian_heals(field: Field, kind: str) -> None:
    before = field.state()
    with field.process(kind) as process:
        assert field.state() != before
        process.kill()
        healed_by(field, before, "guardian")


@pytest.mark.exhaustive
def test_when_the_process_that_started_it_has_ended_the_drill_heals_and_ends(field: Field) -> None:
    """Ansible's workers are in sessions of their own, so one lives on when ansible-playbook is killed."""
    before = field.state()
    ctx, plan = field.decide(kinds.BLOCK_ALB, give_up=600)

    def start() -> None:
        FORK.Process(target=field.drill(ctx, plan).run).start()
        until("the fault", lambda: field.phase() == journal.BROKEN)
        os._exit(0)

    starter = FORK.Process(target=start)
    starter.start()
    starter.join(SECONDS)
    assert starter.exitcode == 0
    healed_by(field, before, "drill")


def test_when_the_guardian_is_killed_the_drill_heals_and_ends(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process:
        os.kill(until("the guardian", field.guardian), signal.SIGKILL)
        process.join(SECONDS)
        assert process.exitcode == 1
        healed_by(field, before, "drill")


@pytest.mark.parametrize(
    "number", every_third([signal.SIGTERM, signal.SIGINT, signal.SIGHUP]), ids=lambda number: number.name
)
def test_when_the_guardian_has_to_go_it_heals_first(field: Field, number: signal.Signals) -> None:
    before = field.state()
    with field.process(kinds.STOP_TASKS) as process:
        os.kill(until("the guardian", field.guardian), number)
        healed_by(field, before, "guardian")
        process.join(SECONDS)
        assert process.exitcode == 1


def test_when_both_are_killed_the_next_run_heals(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process:
        # The drill first would wake the guardian, the guardian first the drill.
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(until("the guardian", field.guardian), signal.SIGKILL)
        process.kill()
    assert field.path.exists()
    assert field.state() != before
    seen = field.heal(check_mode=True)
    assert (seen["journal"], seen["fault"], seen["changed"]) == (str(field.path), kinds.BLOCK_ALB, False)
    assert field.state() != before
    result = field.heal()
    assert result["changed"]
    assert "has its ingress rules again" in result["healed"][0]
    healed_by(field, before, "a run with state healed")
    again = field.heal()
    assert (again["changed"], again["healed"], again["journal"]) == (False, [], None)


@pytest.mark.exhaustive
def test_killed_while_the_guardian_starts(field: Field) -> None:
    """It hears that its drill is gone as soon as it is ready, and leaves no journal."""
    before = field.state()
    with (
        field.aws.hold(operation="GetCallerIdentity", write=False) as fault,
        field.process(kinds.BLOCK_ALB, phase=journal.PLANNED) as process,
    ):
        assert fault.wait(60)
        process.kill()
        process.join()
    healed_by(field, before, "guardian")
    assert field.closed()["healed"]["outcomes"] == ["nothing was broken"]


def test_killed_before_there_is_a_guardian(field: Field) -> None:
    before = field.state()
    _ctx, plan = field.decide(kinds.BLOCK_ALB)
    journal.open_new(field.path, plan.journal("20261125T154012Z-1", time.time()))
    assert field.heal()["healed"] == [
        f"nothing in {EAST} carries the mark of this drill: it broke nothing, or that is undone"
    ]
    healed_by(field, before, "a run with state healed")


@pytest.mark.exhaustive
def test_killed_before_anything_was_broken(field: Field) -> None:
    """The mark is the first call. Its answer is held back, so nothing has been broken yet."""
    before = field.state()
    with (
        field.aws.hold(operation="CreateTags") as fault,
        field.process(kinds.BLOCK_ALB, phase=journal.PLANNED) as process,
    ):
        assert fault.wait(60)
        process.kill()
        healed_by(field, before, "guardian")


def test_killed_while_the_call_that_breaks_is_on_its_way(field: Field) -> None:
    """It has taken effect, and the drill has not heard of it. The guardian looks twice, for it might be slow."""
    before = field.state()
    with (
        field.aws.hold(operation="RevokeSecurityGroupIngress") as fault,
        field.process(kinds.BLOCK_ALB, phase=journal.ARMED) as process,
    ):
        assert fault.wait(60)
        process.kill()
        healed_by(field, before, "guardian")
        assert field.closed()["phase"] == journal.ARMED
        assert len(field.closed()["healed"]["outcomes"]) == 2


@pytest.mark.exhaustive
def test_killed_while_it_heals(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process, field.aws.hold(operation="AuthorizeSecurityGroupIngress") as fault:
        # Without its guardian the drill begins to heal; the call is done and not answered when it dies.
        os.kill(until("the guardian", field.guardian), signal.SIGKILL)
        assert fault.wait(60)
        process.kill()
        process.join()
    assert field.path.exists()
    assert field.heal()["healed"] == [
        f"security group {next(iter(field_groups(field)))} in {EAST} already has ingress rules"
    ]
    healed_by(field, before, "a run with state healed")


def test_at_the_deadline_the_guardian_heals_although_the_drill_lives(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process:
        found = field.journal()
        assert found is not None
        guardian = until("the guardian", field.guardian)
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(guardian, signal.SIGKILL)
        # A guardian whose time is up, over the same journal.
        late = dataclasses.replace(found, deadline=time.time() - 1)
        journal.update(field.path, late)
        context = field.context()
        start_guardian(field.path, late, context.clients.environment())
        healed_by(field, before, "guardian")
        os.kill(process.pid, signal.SIGCONT)
        process.join(SECONDS)
        assert process.exitcode == 1
    assert field.state() == before
