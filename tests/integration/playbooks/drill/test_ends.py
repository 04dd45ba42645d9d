# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.yml: what it broke is healed however a run ends."""

from __future__ import annotations

import json
import signal

import pytest

from sandbox import Sandbox
from tests.integration.playbooks.conftest import Playbooks, end, interrupt
from tests.sampling import one_of_each

from .drills import drilling, guardians, ingress, journal, policies, processes, start, until, until_broken

pytestmark = [pytest.mark.timeout(900), pytest.mark.once]


@pytest.mark.exhaustive
def test_as_an_ordinary_module_it_has_a_guardian_too(playbooks: Playbooks, aws: Sandbox) -> None:
    """Then its code is in an archive that goes away with the module's process."""
    before = ingress(aws)
    # The drill alone: when it is its turn, it is known which region serves.
    alone = json.dumps({"everlook_failover_in_worker": "{{ failover_info_result is not defined }}"})
    run = start(playbooks, "-e", alone, "-e", "drill_hold=300")
    until_broken(playbooks, run)
    assert len(guardians(playbooks)) == 1
    end(drilling(playbooks), signal.SIGKILL)
    run.communicate(timeout=300)
    until("the journal to be closed", lambda: not journal(playbooks))
    until("the guardian to end", lambda: not guardians(playbooks))
    assert ingress(aws) == before


@pytest.mark.parametrize(
    "number",
    one_of_each([signal.SIGINT, signal.SIGTERM, signal.SIGKILL], lambda number: number is signal.SIGKILL),
    ids=lambda number: number.name,
)
def test_however_it_ends_it_is_healed(playbooks: Playbooks, aws: Sandbox, number: signal.Signals) -> None:
    before = ingress(aws)
    run = start(playbooks, "-e", "drill_hold=300")
    until_broken(playbooks, run)
    assert ingress(aws) != before
    interrupt(run, number, playbooks.folder)
    run.communicate(timeout=300)
    until("the journal to be closed", lambda: not journal(playbooks))
    until("the guardian to end", lambda: not guardians(playbooks))
    assert ingress(aws) == before


@pytest.mark.exhaustive
def test_the_next_run_heals_what_no_guardian_has(playbooks: Playbooks, aws: Sandbox) -> None:
    before = ingress(aws)
    run = start(playbooks, "-e", "drill_hold=300")
    until_broken(playbooks, run)
    # Ansible's workers are in sessions of their own. The drill first would wake the guardian, and the other way round.
    ansible = [*processes(playbooks, b"ansible-playbook"), *drilling(playbooks)]
    end(ansible, signal.SIGSTOP)
    end(guardians(playbooks), signal.SIGKILL)
    end(ansible, signal.SIGKILL)
    run.communicate(timeout=300)
    assert journal(playbooks)
    assert ingress(aws) != before
    aws.restrict("dev", *policies("read", "site", "network"))
    looked = playbooks.run("site", "--check")
    assert "has left us-east-1 broken" in looked.flat()
    assert journal(playbooks)
    # The deployer may not take the mark away, which takes the drill's policy.
    aws.restrict("dev", *policies("read", "site", "network", "drill"))
    healed = playbooks.ok("site")
    assert "has its ingress rules again" in healed.flat()
    assert not journal(playbooks)
    assert ingress(aws) == before
    assert "heal_drill.yml" not in playbooks.ok("site").text
